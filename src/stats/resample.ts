import type { RandomStream } from '../core/random.ts';

const RESAMPLES = 2000;

/** By seed, then by image: a full table. */
export type Table = readonly (readonly number[])[];

/**
 * Means of tables whose seeds and images are both drawn anew, 2000 times: crossed resampling (the pigeonhole bootstrap; Owen
 * 2007, "The pigeonhole bootstrap"). One resample draws S seeds and, once for all of them, I images, with replacement; all
 * tables get the same.
 *
 * @param tables of the same seeds and images
 * @returns of each table its means, in the order of the resamples
 */
export function resampledMeans(tables: readonly Table[], stream: RandomStream): Float64Array[] {
  const [seeds, images] = [tables[0].length, tables[0][0].length];
  const means = tables.map(() => new Float64Array(RESAMPLES));
  for (let k = 0; k < RESAMPLES; k++) {
    const seedCounts = drawnCounts(seeds, stream);
    const imageCounts = drawnCounts(images, stream);
    for (const [t, table] of tables.entries()) {
      let sum = 0;
      for (let s = 0; s < seeds; s++) {
        if (seedCounts[s] === 0) continue;
        const row = table[s];
        let ofSeed = 0;
        for (let i = 0; i < images; i++) ofSeed += imageCounts[i] * row[i];
        sum += seedCounts[s] * ofSeed;
      }
      means[t][k] = sum / (seeds * images);
    }
  }
  return means;
}

/** How often each of n things comes when n are drawn with replacement. */
function drawnCounts(n: number, stream: RandomStream): Int32Array {
  const counts = new Int32Array(n);
  for (let k = 0; k < n; k++) counts[stream.integer(n)]++;
  return counts;
}
