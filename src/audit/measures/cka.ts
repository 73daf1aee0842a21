import { Covariance } from '../../stats/covariance.ts';

/**
 * Linear centred kernel alignment of two representations of the same samples (Kornblith et al. 2019, "Similarity of
 * neural network representations revisited"): |cov(x, y)|^2 / (|cov(x, x)| |cov(y, y)|), Frobenius norms. It is 1 for
 * representations that differ by a rotation, a factor and a shift, and 0 for uncorrelated ones. With not many more
 * samples than features even independent ones come out above 0.
 */
export class LinearCka {
  readonly #covariance: Covariance;

  constructor(
    readonly p: number,
    readonly q: number,
  ) {
    this.#covariance = new Covariance(p + q);
  }

  /** @param x [p, samples]; y [q, samples], of the same samples */
  add(x: Float32Array, y: Float32Array, samples: number): void {
    this.#covariance.add([x, y], samples);
  }

  /** 0..1; NaN where a representation is constant. */
  value(): number {
    const [first, second] = [
      { start: 0, stop: this.p },
      { start: this.p, stop: this.p + this.q },
    ];
    return (
      this.#squaredNorm(first, second) /
      Math.sqrt(this.#squaredNorm(first, first) * this.#squaredNorm(second, second))
    );
  }

  #squaredNorm(rows: Part, columns: Part): number {
    let sum = 0;
    for (let i = rows.start; i < rows.stop; i++)
      for (let j = columns.start; j < columns.stop; j++) sum += this.#covariance.covariance(i, j) ** 2;
    return sum;
  }
}

interface Part {
  readonly start: number;
  readonly stop: number;
}
