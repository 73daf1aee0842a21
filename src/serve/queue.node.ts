/** Work that takes all of the machine: one after the other. */
export class Queue {
  #last: Promise<void> = Promise.resolve();

  /** Does it after what waits already. @returns when it is done; work tells its own errors */
  add(work: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(work);
    return this.#last;
  }

  /** When all that waits is done. */
  idle(): Promise<void> {
    return this.#last;
  }
}
