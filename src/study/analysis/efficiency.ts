import { mean } from '../../core/mean.ts';
import { RandomStream } from '../../core/random.ts';
import type { Budget, EfficiencyPoint, LabelEfficiency, MasksSaved } from '../../records/study-findings.ts';
import type { RunRow } from '../../records/study-tables.ts';
import { erfc } from '../../stats/erfc.ts';
import { type MaskCount, masksNeeded, meanOverLogMasks } from '../../stats/label-curve.ts';
import { compareNumbers } from '../../stats/paired-numbers.ts';
import { studentQuantile } from '../../stats/student.ts';
import { numbersOf } from './draws.ts';

const RESAMPLES = 2000;

/** Mean test Dice of a seed, by budget of masks. */
type Curve = readonly number[];

/**
 * @param budgets at least two, ascending in masks, of which the first and the last differ
 * @param arms to tell of, the baseline first
 */
export function labelEfficiency(
  runs: readonly RunRow[],
  budgets: readonly Budget[],
  [baseline, ...others]: readonly string[],
): LabelEfficiency {
  const scores = budgets.map(({ labels }) =>
    numbersOf(
      runs.filter((run) => run.labels === labels),
      ({ dice }) => dice,
    ),
  );
  const curves = [baseline, ...others]
    .map((arm) => ({ arm, points: pointsOf(scores, budgets, arm) }))
    .filter(({ points }) => points.length > 0);
  const complete = [baseline, ...others].map((arm) => ({ arm, bySeed: completeCurves(scores, arm) }));
  const areas = complete.flatMap(({ arm, bySeed }) =>
    [...bySeed].map(([seed, curve]) => ({ arm, seed, value: meanOverLogMasks(pointsAlong(budgets, curve)) })),
  );
  const theirs = complete[0].bySeed;
  return {
    curves,
    area: compareNumbers(areas, baseline),
    masks_saved: complete.slice(1).flatMap(({ arm, bySeed }) => {
      const seeds = [...bySeed.keys()].filter((seed) => theirs.has(seed)).sort();
      const pairs = seeds.map((seed) => ({ ours: bySeed.get(seed)!, theirs: theirs.get(seed)! }));
      return pairs.length > 0 ? budgets.map((_, at) => ({ arm, ...masksSaved(pairs, budgets, at) })) : [];
    }),
  };
}

type Scores = readonly ReturnType<typeof numbersOf>[];

function pointsOf(scores: Scores, budgets: readonly Budget[], arm: string): EfficiencyPoint[] {
  return budgets.flatMap((budget, at) => {
    const ofArm = scores[at].filter((score) => score.arm === arm).map(({ value }) => value);
    return ofArm.length > 0 ? { ...budget, dice: mean(ofArm), seeds: ofArm.length } : [];
  });
}

/** By seed; of those that have all budgets of masks. */
function completeCurves(scores: Scores, arm: string): Map<string, Curve> {
  const seeds = scores[0].filter((score) => score.arm === arm).map(({ seed }) => seed);
  return new Map(
    seeds.flatMap((seed) => {
      const curve = scores.flatMap(
        (atBudget) => atBudget.find((score) => score.arm === arm && score.seed === seed)?.value ?? [],
      );
      return curve.length === scores.length ? [[seed, curve] as const] : [];
    }),
  );
}

const pointsAlong = (budgets: readonly Budget[], curve: Curve) =>
  budgets.map(({ masks }, i) => ({ masks, value: curve[i] }));

/** One seed's curves in the arm and in the baseline. */
interface Pair {
  readonly ours: Curve;
  readonly theirs: Curve;
}

function masksSaved(pairs: readonly Pair[], budgets: readonly Budget[], at: number): Omit<MasksSaved, 'arm'> {
  const neededBy = (drawn: readonly Pair[]) => {
    const curve = budgets.map((_, i) => mean(drawn.map(({ theirs }) => theirs[i])));
    return masksNeeded(pointsAlong(budgets, curve), mean(drawn.map(({ ours }) => ours[at])));
  };
  return {
    ...budgets[at],
    dice: mean(pairs.map(({ ours }) => ours[at])),
    baseline_masks: neededBy(pairs),
    ...(pairs.length >= 3 && { ci95: resampled(pairs, neededBy) }),
    seeds: pairs.length,
  };
}

/**
 * Expanded percentiles (Hesterberg 2015, "What teachers should know about the bootstrap"): instead of 2.5 % of the resamples, the
 * part is cut off that makes up for the small number n of seeds, the normal tail beyond t_{0.975, n-1} sqrt(n / (n - 1)).
 * Bounds lie beyond all numbers.
 */
function resampled(
  pairs: readonly Pair[],
  neededBy: (drawn: readonly Pair[]) => MaskCount,
): [MaskCount, MaskCount] {
  const stream = new RandomStream(0, 'masks-saved');
  const counts = Array.from({ length: RESAMPLES }, () =>
    neededBy(pairs.map(() => pairs[stream.integer(pairs.length)])),
  );
  const rank = ({ masks, bound }: MaskCount) =>
    bound === undefined ? masks : bound === 'more than' ? Number.POSITIVE_INFINITY : 0;
  counts.sort((a, b) => Math.sign(rank(a) - rank(b)) || 0);
  const n = pairs.length;
  const tail = erfc((studentQuantile(0.975, n - 1) * Math.sqrt(n / (n - 1))) / Math.SQRT2) / 2;
  const last = RESAMPLES - 1;
  return [counts[Math.floor(tail * last)], counts[Math.ceil((1 - tail) * last)]];
}
