/** How many samples are multiplied at a time; a hundred variables of them stay in a core's own cache. */
const BLOCK = 128;
/** With how many variables at a time one is multiplied: each number read of it then serves as often. */
const ABREAST = 4;

/**
 * Means and covariances of variables over samples that come in parts, in float64. What each variable is in the first
 * sample is subtracted from all, so that a constant has a variance of exactly 0.
 */
export class Covariance {
  readonly #rows: number;
  readonly #origin: Float64Array;
  readonly #sums: Float64Array;
  /** [variables, rows]; held for second >= first. */
  readonly #products: Float64Array;
  /** [rows, BLOCK]; the rows after the variables are zeros. */
  readonly #block: Float64Array;
  #count = 0;

  constructor(readonly variables: number) {
    this.#rows = Math.ceil(variables / ABREAST) * ABREAST;
    this.#origin = new Float64Array(variables);
    this.#sums = new Float64Array(variables);
    this.#products = new Float64Array(variables * this.#rows);
    this.#block = new Float64Array(this.#rows * BLOCK);
  }

  /** Samples so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * @param parts variables one after another, each of its samples: [a, samples], [b, samples], .. with a + b + .. variables
   * @throws Error if they are not that many
   */
  add(parts: readonly Float32Array[], samples: number): void {
    const values = parts.reduce((sum, { length }) => sum + length, 0);
    if (values !== this.variables * samples) {
      throw new Error(
        `covariance: got ${values} values, expected ${samples} of each of ${this.variables} variables`,
      );
    }
    const rows = parts.flatMap((part) =>
      Array.from({ length: part.length / samples }, (_, i) => part.subarray(i * samples, (i + 1) * samples)),
    );
    if (this.#count === 0) for (const [i, row] of rows.entries()) this.#origin[i] = row[0];
    for (let start = 0; start < samples; start += BLOCK) {
      const size = Math.min(BLOCK, samples - start);
      for (const [i, row] of rows.entries()) this.#fill(i, row.subarray(start, start + size));
      this.#multiply(size);
    }
    this.#count += samples;
  }

  mean(i: number): number {
    return this.#origin[i] + this.#sums[i] / this.#count;
  }

  /** Divided by the number of samples. */
  covariance(i: number, j: number): number {
    const product = this.#products[Math.min(i, j) * this.#rows + Math.max(i, j)];
    return product / this.#count - (this.#sums[i] / this.#count) * (this.#sums[j] / this.#count);
  }

  #fill(i: number, samples: Float32Array): void {
    const origin = this.#origin[i];
    let sum = 0;
    for (let k = 0; k < samples.length; k++) {
      const value = samples[k] - origin;
      this.#block[i * BLOCK + k] = value;
      sum += value;
    }
    this.#sums[i] += sum;
  }

  #multiply(size: number): void {
    const block = this.#block;
    const products = this.#products;
    for (let i = 0; i < this.variables; i++) {
      const x = i * BLOCK;
      for (let j = i - (i % ABREAST); j < this.#rows; j += ABREAST) {
        const a = j * BLOCK;
        const b = a + BLOCK;
        const c = b + BLOCK;
        const d = c + BLOCK;
        let [withA, withB, withC, withD] = [0, 0, 0, 0];
        for (let k = 0; k < size; k++) {
          const value = block[x + k];
          withA += value * block[a + k];
          withB += value * block[b + k];
          withC += value * block[c + k];
          withD += value * block[d + k];
        }
        const at = i * this.#rows + j;
        products[at] += withA;
        products[at + 1] += withB;
        products[at + 2] += withC;
        products[at + 3] += withD;
      }
    }
  }
}
