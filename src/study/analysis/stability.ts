import { mean } from '../../core/mean.ts';
import type { SpreadComparison, Stability } from '../../records/study-findings.ts';
import type { RunRow } from '../../records/study-tables.ts';
import { withHolm } from '../../stats/holm.ts';
import { compareNumbers } from '../../stats/paired-numbers.ts';
import { pitmanMorgan } from '../../stats/pitman-morgan.ts';
import { type Course, lastEpoch } from './courses.ts';
import { numbersOf } from './draws.ts';

/** @param courses and runs of one budget of masks */
export function stabilityOf(
  courses: readonly Course[],
  runs: readonly RunRow[],
  baseline: string,
): Stability {
  return {
    over_epochs: compareNumbers(numbersOf(courses, meanChange), baseline),
    over_seeds: spreads(runs, baseline),
  };
}

/**
 * Mean of |loss at e - loss at e - 1| over the epochs e of the second half, e > last / 2: how much the loss of a run
 * still changes when training should have converged.
 *
 * @returns undefined for a run of one epoch, and without validation
 */
export function meanChange(course: Course): number | undefined {
  const { epochs } = course;
  const changes = epochs.flatMap(({ epoch, val_loss: loss }, i) => {
    const before = epochs[i - 1]?.val_loss;
    const counts = loss !== undefined && before !== undefined && epoch > lastEpoch(course) / 2;
    return counts ? Math.abs(loss - before) : [];
  });
  return changes.length > 0 ? mean(changes) : undefined;
}

function spreads(runs: readonly RunRow[], baseline: string): SpreadComparison[] {
  const scores = numbersOf(runs, ({ dice }) => dice);
  const bySeed = (of: string) =>
    new Map(scores.filter(({ arm }) => arm === of).map(({ seed, value }) => [seed, value]));
  const theirs = bySeed(baseline);
  const arms = [...new Set(scores.map(({ arm }) => arm))].filter((arm) => arm !== baseline);
  const compared = arms.flatMap((arm) => {
    const pairs = [...bySeed(arm)].flatMap(([seed, value]) =>
      theirs.has(seed) ? [[value, theirs.get(seed)!]] : [],
    );
    const samples = [0, 1].map((side) => pairs.map((pair) => pair[side]));
    if (pairs.length < 3 || samples.some((sample) => new Set(sample).size === 1)) return [];
    return { arm, seeds: pairs.length, ...pitmanMorgan(samples[0], samples[1]) };
  });
  return withHolm(compared);
}
