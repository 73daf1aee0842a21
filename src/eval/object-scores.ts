import type { Row } from '../core/csv.ts';
import { mean } from '../core/mean.ts';
import { type Summary, summarise } from './summary.ts';

/** A predicted object finds a true one from this IoU on. */
export const OBJECT_IOU = 0.5;

/** How the predicted objects of an image, or of several, fit the true ones. */
interface ObjectCounts {
  /** True objects that a predicted one matches. */
  readonly found: number;
  /** True objects that none matches. */
  readonly missed: number;
  /** Predicted objects that match none. */
  readonly invented: number;
}

/** Shares of them, 0..1. */
interface ObjectShares {
  /** found / (found + invented) */
  readonly precision: number;
  /** found / (found + missed) */
  readonly recall: number;
  /** 2 found / (2 found + missed + invented) */
  readonly f1: number;
  /** Panoptic quality: the sum of the IoU of those found / (found + missed / 2 + invented / 2). */
  readonly pq: number;
}

/** The objects of one image. */
export interface ObjectScores extends ObjectCounts, ObjectShares {
  /** The IoU of each true object that was found with its match. */
  readonly ious: readonly number[];
}

/** The objects of a set of images, all counted together; and image by image. */
export interface ObjectSummary extends ObjectCounts, ObjectShares {
  /** Mean IoU of those found; absent where there are none. */
  readonly iou?: number;
  readonly images: { readonly f1: Summary; readonly pq: Summary };
}

/**
 * Matches predicted objects with true ones, one to one, where their IoU is at least `OBJECT_IOU`, the highest IoU first.
 * Above 0.5 no object has a second match. At exactly 0.5 one may be made of two others: it is matched with the one of the lower number;
 * how many match does not depend on it.
 *
 * @param predicted of each pixel the number of its object, 0 where there is none
 * @param actual the same of the true objects: connected parts (`objectMap`), or numbers that came with the data
 */
export function objectScores(predicted: ArrayLike<number>, actual: ArrayLike<number>): ObjectScores {
  const [predictedAreas, actualAreas] = [new Map<number, number>(), new Map<number, number>()];
  const shared = new Map<number, Map<number, number>>();
  const add = (counts: Map<number, number>, number: number) =>
    counts.set(number, (counts.get(number) ?? 0) + 1);
  for (let i = 0; i < actual.length; i++) {
    const [p, a] = [predicted[i], actual[i]];
    if (p !== 0) add(predictedAreas, p);
    if (a !== 0) add(actualAreas, a);
    if (p === 0 || a === 0) continue;
    const ofPredicted = shared.get(p) ?? new Map<number, number>();
    shared.set(p, ofPredicted);
    add(ofPredicted, a);
  }
  const pairs = [...shared].flatMap(([p, others]) =>
    Array.from(others, ([a, both]) => {
      const iou = both / (predictedAreas.get(p)! + actualAreas.get(a)! - both);
      return { p, a, iou };
    }),
  );
  const ious: number[] = [];
  const [usedPredicted, usedActual] = [new Set<number>(), new Set<number>()];
  const candidates = pairs.filter(({ iou }) => iou >= OBJECT_IOU);
  for (const { p, a, iou } of candidates.sort(
    (one, other) => other.iou - one.iou || one.p - other.p || one.a - other.a,
  )) {
    if (usedPredicted.has(p) || usedActual.has(a)) continue;
    usedPredicted.add(p);
    usedActual.add(a);
    ious.push(iou);
  }
  const found = ious.length;
  const counts = { found, missed: actualAreas.size - found, invented: predictedAreas.size - found };
  return { ...counts, ...sharesOf(counts, ious), ious };
}

/** The scores of several classes of an image, whose objects do not match each other's. */
export function objectScoresTogether(each: readonly ObjectScores[]): ObjectScores {
  const total = (count: keyof ObjectCounts) => each.reduce((sum, scores) => sum + scores[count], 0);
  const counts = { found: total('found'), missed: total('missed'), invented: total('invented') };
  const ious = each.flatMap((scores) => scores.ious);
  return { ...counts, ...sharesOf(counts, ious), ious };
}

/** A ratio 0/0 is 1 if there are no objects on either side, else 0. */
function sharesOf({ found, missed, invented }: ObjectCounts, ious: readonly number[]): ObjectShares {
  const empty = found + missed + invented === 0 ? 1 : 0;
  const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : empty);
  return {
    precision: ratio(found, found + invented),
    recall: ratio(found, found + missed),
    f1: ratio(2 * found, 2 * found + missed + invented),
    pq: ratio(
      ious.reduce((sum, iou) => sum + iou, 0),
      found + (missed + invented) / 2,
    ),
  };
}

/** Columns of a table, to six digits. */
export function objectRow({ found, missed, invented, precision, recall, f1, pq }: ObjectScores): Row {
  const shares = { object_f1: f1, object_precision: precision, object_recall: recall, object_pq: pq };
  const short = Object.entries(shares).map(([name, share]) => [name, Number(share.toPrecision(6))]);
  return { found, missed, invented, ...Object.fromEntries(short) };
}

/** @param scores of at least one image */
export function summariseObjects(scores: readonly ObjectScores[]): ObjectSummary {
  const total = (count: keyof ObjectCounts) => scores.reduce((sum, each) => sum + each[count], 0);
  const counts = { found: total('found'), missed: total('missed'), invented: total('invented') };
  const ious = scores.flatMap((each) => each.ious);
  return {
    ...counts,
    ...sharesOf(counts, ious),
    ...(ious.length > 0 && { iou: mean(ious) }),
    images: {
      f1: summarise(scores.map(({ f1 }) => f1)),
      pq: summarise(scores.map(({ pq }) => pq)),
    },
  };
}
