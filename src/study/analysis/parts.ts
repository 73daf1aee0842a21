import { overGroups } from '../../stats/groups.ts';
import { pairedDifferences, type Score } from '../../stats/paired.ts';
import { type VarianceParts, varianceParts } from '../../stats/variance-parts.ts';

/** A score, and which draw of masks of its seed it is of; empty where a file does not say. */
type DrawnScore = Score & { readonly draw: string };

/**
 * What the differences of an arm vary by.
 *
 * @param scores of one budget of masks, in which both arms have the same draws of each seed; where seeds have not as many, the first
 *   ones of each count
 * @returns undefined with one seed, or with one image or group
 */
export function partsOf(
  scores: readonly DrawnScore[],
  arm: string,
  baseline: string,
): VarianceParts | undefined {
  const byRun = scores.map((score) => ({ ...score, seed: JSON.stringify([score.seed, score.draw]) }));
  const { seeds: runs, values, groups } = pairedDifferences(byRun, arm, baseline);
  const table = groups ? overGroups(values, groups) : values;
  const bySeed = new Map<string, (readonly number[])[]>();
  for (const [at, run] of runs.entries()) {
    const [seed]: string[] = JSON.parse(run);
    bySeed.set(seed, [...(bySeed.get(seed) ?? []), table[at]]);
  }
  if (bySeed.size < 2 || table[0].length < 2) return undefined;
  const draws = Math.min(...[...bySeed.values()].map(({ length }) => length));
  return varianceParts([...bySeed.values()].map((rows) => rows.slice(0, draws)));
}
