/** Keeps values up to a bound; those that were not asked for the longest go first. */
export class Bounded<Value> {
  readonly #values = new Map<string, { readonly value: Value; readonly cost: number }>();
  #sum = 0;

  /** @param most sum of costs */
  constructor(
    readonly most: number,
    readonly costOf: (value: Value) => number = () => 1,
  ) {}

  get(key: string): Value | undefined {
    const found = this.#values.get(key);
    if (!found) return undefined;
    this.#values.delete(key);
    this.#values.set(key, found);
    return found.value;
  }

  /** A value that costs more than all may is not kept. */
  set(key: string, value: Value): void {
    const cost = this.costOf(value);
    this.#remove(key);
    if (cost > this.most) return;
    this.#values.set(key, { value, cost });
    this.#sum += cost;
    for (const oldest of this.#values.keys()) {
      if (this.#sum <= this.most) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#sum -= this.#values.get(key)?.cost ?? 0;
    this.#values.delete(key);
  }
}
