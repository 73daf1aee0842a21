/** Work of which there is one at a time, one after the other. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Does it after what waits already, whatever came of that. @returns what it gives, or throws */
  add<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  /** When all that waits is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
