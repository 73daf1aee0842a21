import { quantile } from '../../core/quantile.ts';
import type { EpochsToLevel, LevelCurve } from '../../records/study-findings.ts';
import { compareNumbers } from '../../stats/paired-numbers.ts';
import { kaplanMeier, logRank, type Observation } from '../../stats/survival.ts';
import { type Course, lastEpoch } from './courses.ts';
import { numbersOf } from './draws.ts';

/** Of the median best validation Dice: near the results of the runs, so that most reach it, but below the peaks of noise. */
const SHARE = 0.95;

/** A run and when it reached the level; if it did not, its last epoch. */
interface TimedRun extends Observation {
  readonly arm: string;
  readonly seed: number;
}

/**
 * @param courses of one budget of masks, with validation; at least one
 * @param arms to tell of, the baseline first
 * @param level validation Dice; default 95 % of the median over the runs, of all arms, of the best validation Dice. All arms
 *   count in it, so it stays the same if two arms of a seed are exchanged, which the sign-flip test requires
 */
export function epochsToLevel(
  courses: readonly Course[],
  [baseline, ...others]: readonly string[],
  level?: number,
): EpochsToLevel {
  const reference = level ?? SHARE * medianBest(courses);
  const runs = courses.map((course): TimedRun => {
    const reached = course.epochs.find(
      ({ val_dice }) => val_dice !== undefined && val_dice >= reference,
    )?.epoch;
    return {
      arm: course.arm,
      seed: course.seed,
      time: reached ?? lastEpoch(course),
      event: reached !== undefined,
    };
  });
  const horizon = Math.min(...courses.map(lastEpoch));
  const restricted = numbersOf(runs, ({ time }) => Math.min(time, horizon));
  const compared = compareNumbers(restricted, baseline);
  const independent = runs.length === restricted.length;
  return {
    level: reference,
    given: level !== undefined,
    horizon,
    curves: [baseline, ...others].flatMap((arm): LevelCurve[] => {
      const ofArm = runs.filter((run) => run.arm === arm);
      if (ofArm.length === 0) return [];
      const reached = ofArm.filter(({ event }) => event).length;
      return [{ arm, runs: ofArm.length, reached, ...kaplanMeier(ofArm) }];
    }),
    comparisons: compared,
    ...(independent && {
      log_rank: compared.map(({ arm }) => ({ arm, ...logRank(...pairedRuns(runs, arm, baseline)) })),
    }),
  };
}

function medianBest(courses: readonly Course[]): number {
  const best = courses.map(({ epochs }) => Math.max(...epochs.flatMap(({ val_dice }) => val_dice ?? [])));
  return quantile(
    best.sort((a, b) => a - b),
    0.5,
  );
}

/** The runs of two arms whose seeds both have. */
function pairedRuns(runs: readonly TimedRun[], arm: string, baseline: string): [TimedRun[], TimedRun[]] {
  const seeds = (of: string) => new Set(runs.filter((run) => run.arm === of).map(({ seed }) => seed));
  const [ours, theirs] = [seeds(arm), seeds(baseline)];
  const shared = runs.filter(({ seed }) => ours.has(seed) && theirs.has(seed));
  return [shared.filter((run) => run.arm === arm), shared.filter((run) => run.arm === baseline)];
}
