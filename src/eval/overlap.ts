/** Overlap of one predicted mask with the true one, each in 0..1. */
export interface Overlap {
  readonly dice: number;
  readonly iou: number;
  readonly precision: number;
  readonly recall: number;
}

/** A pixel is predicted as the object from this probability on. */
export const THRESHOLD = 0.5;

/** How many pixels are of the object in both masks, in the predicted one, in the true one. */
interface PixelCounts {
  both: number;
  predicted: number;
  actual: number;
}

/**
 * Adds pixels to counts.
 *
 * @param probabilities predicted where >= 0.5
 * @param truth 0 or 1, as many
 */
export function countPixels(
  counts: PixelCounts,
  probabilities: ArrayLike<number>,
  truth: ArrayLike<number>,
): void {
  for (let i = 0; i < truth.length; i++) {
    const p = probabilities[i] >= THRESHOLD ? 1 : 0;
    counts.both += p & truth[i];
    counts.predicted += p;
    counts.actual += truth[i];
  }
}

/**
 * Dice 2TP/(2TP+FP+FN), IoU TP/(TP+FP+FN), precision TP/(TP+FP) and recall TP/(TP+FN) of one image.
 * Where a ratio is 0/0 it is 1 if both masks are empty, as nothing was missed and nothing made up, else 0.
 */
export function overlapOf({ both, predicted, actual }: PixelCounts): Overlap {
  const empty = predicted + actual === 0 ? 1 : 0;
  const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : empty);
  return {
    dice: ratio(2 * both, predicted + actual),
    iou: ratio(both, predicted + actual - both),
    precision: ratio(both, predicted),
    recall: ratio(both, actual),
  };
}

/** `overlapOf` probabilities and true mask of one size. */
export function overlap(probabilities: ArrayLike<number>, truth: ArrayLike<number>): Overlap {
  if (probabilities.length !== truth.length) {
    throw new Error(`overlap: got ${probabilities.length} and ${truth.length} pixels, expected equally many`);
  }
  const counts = { both: 0, predicted: 0, actual: 0 };
  countPixels(counts, probabilities, truth);
  return overlapOf(counts);
}
