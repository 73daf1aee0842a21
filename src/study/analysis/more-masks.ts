import type { Budget, FoundCurve, MoreMasks } from '../../records/study-findings.ts';
import type { ImageRow } from '../../records/study-tables.ts';
import { overGroups } from '../../stats/groups.ts';
import { type BudgetScores, LearningCurve, REACH, whyNoCurve } from '../../stats/learning-curve.ts';
import { groupsOf, type Score } from '../../stats/paired.ts';
import { averagedScores } from './draws.ts';
import { moreMasksSentence } from './more-masks-text.ts';

/** More than the largest budget, if nobody says how many. */
export const MORE_MASKS = 20;

const METRIC = 'dice';
/** Of a curve that is drawn. */
const POINTS = 9;

/**
 * What more masks would buy each arm, in test Dice.
 *
 * @param budgets ascending in masks
 * @param more masks than the largest budget, >= 1
 */
export function moreMasks(
  rows: readonly ImageRow[],
  budgets: readonly Budget[],
  arms: readonly string[],
  more: number,
): MoreMasks[] {
  const known = arms.filter((arm) => rows.some((row) => row.arm === arm));
  return known.map((arm) => {
    const asked = { arm, masks: budgets.at(-1)!.masks, more };
    const found = curveOf(
      rows.filter((row) => row.arm === arm),
      budgets,
      more,
    );
    const curve = typeof found === 'string' ? undefined : found;
    return {
      ...asked,
      ...(curve && { curve }),
      sentence: moreMasksSentence(asked, budgets, found),
    };
  });
}

/** @returns a text that says why there is none, otherwise */
function curveOf(rows: readonly ImageRow[], budgets: readonly Budget[], more: number): FoundCurve | string {
  const largest = budgets.at(-1)!.masks;
  const { seeds, images, groups, ...scores } = scoresOf(rows, budgets);
  const why = whyNoCurve(new Set(scores.masks).size, seeds);
  if (why) return why;
  if ((groups ?? images) < 2)
    return `one test ${groups ? 'group of images' : 'image'}; an interval needs two`;
  if (largest + more > REACH * largest) return 'no curve is drawn beyond twice the largest budget';
  const curve = new LearningCurve(scores);
  const [from, to] = [scores.masks[0], REACH * largest];
  const points = Array.from({ length: POINTS }, (_, k) => from * (to / from) ** (k / (POINTS - 1)));
  const held = curve.heldOut();
  return {
    ...{ law: curve.law, seeds, images, ...(groups !== undefined && { groups }) },
    // The last may be rounded to more.
    points: points.map((n) => ({ masks: Math.min(n, to), ...curve.score(Math.min(n, to)) })),
    ...{ gain: curve.gain(more), score: curve.score(largest + more) },
    ...(held && { held_out: held }),
  };
}

/** Of the seeds that have all budgets, averaged over their draws, and the images that all these have. */
function scoresOf(
  rows: readonly ImageRow[],
  budgets: readonly Budget[],
): BudgetScores & { readonly seeds: number; readonly images: number; readonly groups?: number } {
  const scores = budgets.map(({ labels }) =>
    averagedScores(rows.filter((row) => row.labels === labels).flatMap(asScore)),
  );
  const common = (key: 'seed' | 'image', of: readonly (readonly Score[])[]) => {
    const each = of.map((some) => new Set(some.map((score) => score[key])));
    return [...(each[0] ?? [])].filter((name) => each.every((names) => names.has(name))).sort();
  };
  const seeds = common('seed', scores);
  const ofSeeds = scores.flatMap((some) => seeds.map((seed) => some.filter((score) => score.seed === seed)));
  const images = common('image', ofSeeds);
  const tables = scores.map((some) => {
    const values = new Map(some.map(({ seed, image, value }) => [JSON.stringify([seed, image]), value]));
    return seeds.map((seed) => images.map((image) => values.get(JSON.stringify([seed, image]))!));
  });
  const groups = groupsOf(scores.flat(), images);
  return {
    masks: budgets.map(({ masks }) => masks),
    tables: groups ? tables.map((table) => overGroups(table, groups)) : tables,
    ...{ seeds: seeds.length, images: images.length },
    ...(groups && { groups: new Set(groups).size }),
  };
}

function asScore({ arm, seed, image, group, scores }: ImageRow): Score[] {
  const value = scores[METRIC];
  if (value === undefined) return [];
  return [{ arm, seed: `${seed}`, image, ...(group !== undefined && { group }), value }];
}
