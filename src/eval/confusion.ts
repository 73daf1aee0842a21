import { mean } from '../core/mean.ts';
import { UNKNOWN } from '../data/masks/labelling.ts';

/** Pixels by true class (rows) and predicted class (columns). */
export type Confusion = readonly (readonly number[])[];

/** Of one image; pixels of which nothing is known do not count. */
export function confusionOf(predicted: Uint8Array, truth: Uint8Array, classes: number): Confusion {
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) if (truth[i] !== UNKNOWN) counts[truth[i]][predicted[i]]++;
  return counts;
}

/** @param all at least one, of as many classes each */
export function sumOfConfusions(all: readonly Confusion[]): Confusion {
  return all[0].map((row, t) => row.map((_, p) => all.reduce((sum, confusion) => sum + confusion[t][p], 0)));
}

/** How well classes are marked over all pixels of a set. */
export interface SetScores {
  /** Of each class of which truth or prediction has any, by name: of all pixels together. */
  readonly classes: Readonly<Partial<Record<string, { readonly iou: number; readonly dice: number }>>>;
  /** Means over the classes that are scored, as far as there is something of them; absent where there is nothing of any. */
  readonly iou?: number;
  readonly dice?: number;
  /** Share of the pixels whose class is right. */
  readonly accuracy: number;
}

/**
 * @param names of the classes, in the order of the confusion
 * @param averaged names of those that means are taken over
 */
export function setScores(
  confusion: Confusion,
  names: readonly string[],
  averaged: readonly string[] = names,
): SetScores {
  const sums = names.map((_, k) => ({
    both: confusion[k][k],
    actual: confusion[k].reduce((sum, count) => sum + count, 0),
    predicted: confusion.reduce((sum, row) => sum + row[k], 0),
  }));
  const each = sums.map(({ both, actual, predicted }) => ({
    iou: both / (actual + predicted - both),
    dice: (2 * both) / (actual + predicted),
  }));
  const known = each.filter(({ iou }, k) => averaged.includes(names[k]) && !Number.isNaN(iou));
  const pixels = sums.reduce((sum, { actual }) => sum + actual, 0);
  return {
    classes: Object.fromEntries(
      names.flatMap((name, k) => (Number.isNaN(each[k].iou) ? [] : [[name, each[k]]])),
    ),
    ...(known.length > 0 && {
      iou: mean(known.map(({ iou }) => iou)),
      dice: mean(known.map(({ dice }) => dice)),
    }),
    accuracy: sums.reduce((sum, { both }) => sum + both, 0) / pixels,
  };
}
