/** Mean and variance of each channel of features that come in parts, summed up in float64. */
export class ChannelMoments {
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  /** Values of a channel so far. */
  #count = 0;

  constructor(readonly channels: number) {
    this.#sums = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  /** @param features [n, C, h, w] */
  add(features: Float32Array, area: number): void {
    for (let start = 0, plane = 0; start < features.length; start += area, plane++) {
      let [sum, square] = [0, 0];
      for (let i = start; i < start + area; i++) {
        const x = features[i];
        sum += x;
        square += x * x;
      }
      this.#sums[plane % this.channels] += sum;
      this.#squares[plane % this.channels] += square;
    }
    this.#count += features.length / this.channels;
  }

  /** By channel; the variance is that of all values there were, divided by their number. */
  values(): { readonly mean: Float64Array; readonly variance: Float64Array } {
    const mean = this.#sums.map((sum) => sum / this.#count);
    // Of equal values rounding may leave less than nothing.
    const variance = this.#squares.map((square, c) => Math.max(0, square / this.#count - mean[c] ** 2));
    return { mean, variance };
  }
}
