/** Does one thing after the other; of those that are asked for meanwhile only the last, so that a hand is followed without delay. */
export class Latest<Wish> {
  readonly #work: (wish: Wish) => Promise<void>;
  #next: { readonly wish: Wish } | undefined;
  #busy = false;

  /** @param work tells its own errors */
  constructor(work: (wish: Wish) => Promise<void>) {
    this.#work = work;
  }

  ask(wish: Wish): void {
    this.#next = { wish };
    if (!this.#busy) this.#go();
  }

  async #go(): Promise<void> {
    this.#busy = true;
    while (this.#next) {
      const { wish } = this.#next;
      this.#next = undefined;
      await this.#work(wish);
    }
    this.#busy = false;
  }
}
