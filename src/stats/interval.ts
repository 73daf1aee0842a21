import { quantile } from '../core/quantile.ts';
import type { RandomStream } from '../core/random.ts';
import { type Decomposition, decompose } from './decompose.ts';
import { studentQuantile } from './student.ts';

const RESAMPLES = 2000;

/**
 * The 95 % interval of the mean difference over seeds and images both drawn anew: crossed resampling (the pigeonhole
 * bootstrap; Owen 2007, "The pigeonhole bootstrap"), corrected for small samples. One resample draws S seeds and, once for
 * all of them, I images, with replacement. Of the resampled means, q_lo and q_hi are the 2.5 and 97.5 percentiles. They keep
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
  differences: readonly (readonly number[])[],
  stream: RandomStream,
  { mean, variance, degreesOfFreedom }: Decomposition = decompose(differences),
): [number, number] {
  const means = resampledMeans(differences, stream);
  const [low, high] = [quantile(means, 0.025) - mean, quantile(means, 0.975) - mean];
  const width = 2 * studentQuantile(0.975, degreesOfFreedom) * Math.sqrt(variance);
  const stretch = high > low ? width / (high - low) : 0;
  return [mean + stretch * low, mean + stretch * high];
}

/** Ascending. */
function resampledMeans(differences: readonly (readonly number[])[], stream: RandomStream): number[] {
  const [seeds, images] = [differences.length, differences[0].length];
  const means = Array.from({ length: RESAMPLES }, () => {
    const seedCounts = drawnCounts(seeds, stream);
    const imageCounts = drawnCounts(images, stream);
    let sum = 0;
    for (let s = 0; s < seeds; s++) {
      if (seedCounts[s] === 0) continue;
      const row = differences[s];
      let ofSeed = 0;
      for (let i = 0; i < images; i++) ofSeed += imageCounts[i] * row[i];
      sum += seedCounts[s] * ofSeed;
    }
    return sum / (seeds * images);
  });
  return means.sort((a, b) => a - b);
}

/** How often each of n things comes when n are drawn with replacement. */
function drawnCounts(n: number, stream: RandomStream): Int32Array {
  const counts = new Int32Array(n);
  for (let k = 0; k < n; k++) counts[stream.integer(n)]++;
  return counts;
}
