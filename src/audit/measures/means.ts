/** The mean of arrays, value by value. */
export class Means {
  readonly #sums: Float64Array;
  #count = 0;

  constructor(length: number) {
    this.#sums = new Float64Array(length);
  }

  /** @param values of any number of arrays, one after another */
  add(values: Float32Array): void {
    const sums = this.#sums;
    for (let start = 0; start < values.length; start += sums.length) {
      for (let i = 0; i < sums.length; i++) sums[i] += values[start + i];
      this.#count++;
    }
  }

  values(): Float32Array {
    return Float32Array.from(this.#sums, (sum) => sum / this.#count);
  }
}
