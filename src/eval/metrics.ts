import { mean } from '../core/mean.ts';
import { quantile } from '../core/quantile.ts';

/** Overlap of one predicted mask with the true one, each in 0..1. */
export interface Overlap {
  readonly dice: number;
  readonly iou: number;
  readonly precision: number;
  readonly recall: number;
}

export const OVERLAP_METRICS = ['dice', 'iou', 'precision', 'recall'] as const;

/** A pixel is predicted as lesion from this probability on. */
export const THRESHOLD = 0.5;

/** How many pixels are lesion in both masks, in the predicted one, in the true one. */
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

/** What is told of one metric over a set of images. */
export interface Summary {
  readonly mean: number;
  readonly median: number;
  /** 5th percentile, linearly interpolated. */
  readonly p5: number;
  /** Share of images below 0.5. */
  readonly below_half: number;
}

/** @param values at least one */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    mean: mean(values),
    median: quantile(sorted, 0.5),
    p5: quantile(sorted, 0.05),
    below_half: values.filter((value) => value < 0.5).length / values.length,
  };
}

/**
 * Mean squared error of a reconstruction, on the scale of images in [0, 1], the output clipped to it.
 *
 * @param output image in [-1, 1], or beyond
 * @param target image in [-1, 1], as many values
 * @param weight how much each pixel counts, one number for all channels; they count alike without it
 */
export function clippedMse(
  output: ArrayLike<number>,
  target: ArrayLike<number>,
  weight?: ArrayLike<number>,
): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < target.length; i++) {
    const counts = weight ? weight[i % weight.length] : 1;
    const difference = (Math.min(1, Math.max(-1, output[i])) - target[i]) / 2;
    sum += counts * difference * difference;
    total += counts;
  }
  return sum / total;
}

/** Mean squared difference of as many values. */
export function meanSquaredError(output: ArrayLike<number>, target: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < target.length; i++) sum += (output[i] - target[i]) ** 2;
  return sum / target.length;
}

/** Peak signal-to-noise ratio in dB of a mean squared error on the scale of images in [0, 1]. */
export function psnr(mse: number): number {
  return -10 * Math.log10(mse);
}
