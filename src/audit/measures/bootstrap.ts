import { quantile } from '../../core/quantile.ts';
import type { RandomStream } from '../../core/random.ts';

const RESAMPLES = 2000;

/**
 * Percentile bootstrap (Efron 1979): the 95 % interval of a statistic over samples of the items drawn with replacement.
 *
 * @param count of items, at least 1
 * @param statistic of a sample, given by the positions of its items; undefined where it has none
 * @returns undefined if it has none for more than a twentieth of the samples
 */
export function bootstrapInterval(
  count: number,
  statistic: (sample: Int32Array) => number | undefined,
  stream: RandomStream,
): [number, number] | undefined {
  const sample = new Int32Array(count);
  const values: number[] = [];
  for (let i = 0; i < RESAMPLES; i++) {
    for (let k = 0; k < count; k++) sample[k] = Math.floor(stream.uniform() * count);
    const value = statistic(sample);
    if (value !== undefined) values.push(value);
  }
  if (values.length < 0.95 * RESAMPLES) return undefined;
  values.sort((a, b) => a - b);
  return [quantile(values, 0.025), quantile(values, 0.975)];
}
