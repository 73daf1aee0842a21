import { UNKNOWN } from '../data/masks/labelling.ts';

/** How far probabilities are from what they claim, each in 0..1, 0 at best. */
export interface Calibration {
  /** Brier score: mean squared difference of probability and truth. */
  readonly brier: number;
  /** Expected calibration error. */
  readonly ece: number;
}

/** Bins of equal width over [0, 1]; each holds its lower edge, the last one 1 as well. */
export const BINS = 15;

/** What the pixels seen so far add up to. */
interface ErrorSums {
  pixels: number;
  /** Of (p - y)^2. */
  squared: number;
  /** Of p - y, by the bin of p. */
  readonly byBin: Float64Array;
}

export function noErrors(): ErrorSums {
  return { pixels: 0, squared: 0, byBin: new Float64Array(BINS) };
}

/**
 * Adds pixels to sums; those of which nothing is known add nothing.
 *
 * @param probabilities of a class, 0..1
 * @param labels what each pixel is, as many
 * @param ofClass the label of that class
 */
export function addErrors(
  sums: ErrorSums,
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  ofClass = 1,
): void {
  const { byBin } = sums;
  let squared = 0;
  let pixels = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === UNKNOWN) continue;
    const p = probabilities[i];
    const error = p - (labels[i] === ofClass ? 1 : 0);
    squared += error * error;
    byBin[Math.min(BINS - 1, Math.floor(p * BINS))] += error;
    pixels++;
  }
  sums.squared += squared;
  sums.pixels += pixels;
}

/**
 * Brier score (Brier 1950) and expected calibration error (Naeini, Cooper and Hauskrecht 2015) of one image: the sum over
 * the bins of (share of the pixels) |mean p - mean y|. Both are of the probability of the object, whatever the threshold, not
 * of the confidence in the likelier class. A bin's share times its difference of means is its sum of p - y over all pixels,
 * so an empty bin adds nothing.
 *
 * @param sums of at least one pixel; of none both are 0
 */
export function calibrationOf({ pixels, squared, byBin }: ErrorSums): Calibration {
  const count = Math.max(1, pixels);
  return {
    brier: squared / count,
    ece: byBin.reduce((sum, error) => sum + Math.abs(error), 0) / count,
  };
}
