import { quantile } from '../core/quantile.ts';
import type { RandomStream } from '../core/random.ts';
import { type Decomposition, decompose } from './decompose.ts';
import { resampledMeans, type Table } from './resample.ts';
import { studentQuantile } from './student.ts';

/**
 * The 95 % interval of the mean difference over seeds and images both drawn anew, by crossed resampling (`resampledMeans`),
 * corrected for small samples. Of the resampled means, q_lo and q_hi are the 2.5 and 97.5 percentiles. They keep
 * their shape, but are stretched about the mean to the width that Student's t asks for (`decompose`):
 *
 *     k = 2 t_{0.975, df} sqrt(variance) / (q_hi - q_lo)
 *     interval = mean + k (q_lo - mean), mean + k (q_hi - mean)
 *
 * For the bootstrap alone errs both ways: with few seeds it is too narrow, as it takes the variance of n for that of n - 1
 * and knows no t; and its variance is about V_s + V_i + V_e, in which the rest counts three times.
 *
 * @param differences by seed, then by image: a full table; at least two seeds or two images
 */
export function meanInterval(
  differences: Table,
  stream: RandomStream,
  { mean, variance, degreesOfFreedom }: Decomposition = decompose(differences),
): [number, number] {
  const width = 2 * studentQuantile(0.975, degreesOfFreedom) * Math.sqrt(variance);
  return stretched(resampledMeans([differences], stream)[0], mean, width);
}

/** The 2.5 and 97.5 percentiles of resampled means, stretched about the mean until they are so far apart. */
export function stretched(resampled: Float64Array, mean: number, width: number): [number, number] {
  const sorted = resampled.toSorted();
  const [low, high] = [quantile(sorted, 0.025) - mean, quantile(sorted, 0.975) - mean];
  const stretch = high > low ? width / (high - low) : 0;
  return [mean + stretch * low, mean + stretch * high];
}
