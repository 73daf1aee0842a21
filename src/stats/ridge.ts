import { Covariance } from './covariance.ts';

/**
 * @param features [features, samples]
 * @returns [targets, samples]
 */
export type LinearMap = (features: Float32Array, samples: number) => Float32Array;

/** A linear map as numbers: of each target its weights of the features, and its constant. */
export interface LinearWeights {
  readonly weights: readonly Float64Array[];
  readonly constants: readonly number[];
}

/** A pivot that is this part of the largest variance is rounding: what lies behind it is a sum of earlier features. */
const NEGLIGIBLE = 1e-12;

/**
 * Ridge regression (Hoerl and Kennard 1970) of targets on features and a constant, in closed form, from samples that
 * come in parts. The constant is not penalised.
 */
export class RidgeRegression {
  readonly #covariance: Covariance;

  constructor(
    readonly features: number,
    readonly targets: number,
  ) {
    this.#covariance = new Covariance(features + targets);
  }

  /** @param features [features, samples]; targets [targets, samples] */
  add(features: Float32Array, targets: Float32Array, samples: number): void {
    this.#covariance.add([features, targets], samples);
  }

  /**
   * The weights that minimise the mean squared error + lambda (mean variance of a feature) |weights|^2. Features that
   * are constant or, with a lambda of 0, sums of earlier ones get weights of 0.
   */
  solve(lambda: number): LinearMap {
    const { weights, constants } = this.weights(lambda);
    return (x, samples) => apply(weights, constants, x, samples);
  }

  /** The same as numbers. */
  weights(lambda: number): LinearWeights {
    const { features, targets } = this;
    const covariance = this.#covariance;
    const lower = Array.from({ length: features }, (_, i) =>
      Float64Array.from({ length: i + 1 }, (_, j) => covariance.covariance(i, j)),
    );
    const penalty = (lambda * lower.reduce((trace, row, i) => trace + row[i], 0)) / features;
    for (const [i, row] of lower.entries()) row[i] += penalty;
    factorise(lower);
    const weights = Array.from({ length: targets }, (_, t) =>
      solveFactorised(
        lower,
        Float64Array.from({ length: features }, (_, i) => covariance.covariance(i, features + t)),
      ),
    );
    const constants = weights.map((row, t) =>
      row.reduce((sum, weight, i) => sum - weight * covariance.mean(i), covariance.mean(features + t)),
    );
    return { weights, constants };
  }
}

function apply(
  weights: readonly Float64Array[],
  constants: readonly number[],
  features: Float32Array,
  samples: number,
): Float32Array {
  const result = new Float32Array(weights.length * samples);
  const sums = new Float64Array(samples);
  for (const [t, row] of weights.entries()) {
    sums.fill(constants[t]);
    for (let i = 0; i < row.length; i++) {
      const weight = row[i];
      const start = i * samples;
      for (let k = 0; k < samples; k++) sums[k] += weight * features[start + k];
    }
    result.set(sums, t * samples);
  }
  return result;
}

/** A = L L', by Cholesky: the lower half of a positive semidefinite A becomes L, columns of negligible pivots zeros. */
function factorise(lower: readonly Float64Array[]): void {
  const least = NEGLIGIBLE * lower.reduce((largest, row, i) => Math.max(largest, row[i]), 0);
  for (const [i, row] of lower.entries()) {
    for (let j = 0; j <= i; j++) {
      const other = lower[j];
      let rest = row[j];
      for (let k = 0; k < j; k++) rest -= row[k] * other[k];
      if (i === j) row[j] = rest > least ? Math.sqrt(rest) : 0;
      else row[j] = other[j] > 0 ? rest / other[j] : 0;
    }
  }
}

/** x with L L' x = right; 0 where the pivot is. */
function solveFactorised(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const x = right.slice();
  for (const [i, row] of lower.entries()) {
    for (let k = 0; k < i; k++) x[i] -= row[k] * x[k];
    x[i] = row[i] > 0 ? x[i] / row[i] : 0;
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i] -= lower[k][i] * x[k];
    x[i] = lower[i][i] > 0 ? x[i] / lower[i][i] : 0;
  }
  return x;
}
