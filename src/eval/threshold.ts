import { mean } from '../core/mean.ts';
import type { Size } from '../core/size.ts';
import { resizeByRows } from '../data/decode/resize.ts';
import { UNKNOWN } from '../data/masks/labelling.ts';
import type { ClassMask } from './native.ts';
import { overlapOf, THRESHOLD } from './overlap.ts';

/** Thresholds that are tried: 0.05, 0.1, .. 0.95. */
export const THRESHOLDS: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);

/**
 * The Dice of probabilities, resized bilinearly, against a true mask of another size, at each of `THRESHOLDS`; in one pass.
 *
 * @param probabilities [from.height, from.width]
 */
export function diceAtThresholds(probabilities: Float32Array, from: Size, truth: ClassMask): number[] {
  // Pixels, and those of the object, by how many thresholds they reach.
  const pixels = new Array<number>(THRESHOLDS.length + 1).fill(0);
  const ofObject = pixels.slice();
  resizeByRows(probabilities, from, truth, (row, y) => {
    for (let x = 0, i = y * truth.width; x < truth.width; x++, i++) {
      if (truth.data[i] === UNKNOWN) continue;
      const reached = thresholdsReached(row[x]);
      pixels[reached]++;
      ofObject[reached] += truth.data[i];
    }
  });
  const reaching = (counts: readonly number[], t: number) =>
    counts.slice(t + 1).reduce((sum, count) => sum + count, 0);
  const actual = ofObject.reduce((sum, count) => sum + count, 0);
  return THRESHOLDS.map(
    (_, t) => overlapOf({ both: reaching(ofObject, t), predicted: reaching(pixels, t), actual }).dice,
  );
}

/** How many of the thresholds a probability reaches. */
function thresholdsReached(p: number): number {
  let count = Math.max(0, Math.min(THRESHOLDS.length, Math.floor(p * 20)));
  // The product is rounded.
  if (count < THRESHOLDS.length && p >= THRESHOLDS[count]) count++;
  else if (count > 0 && p < THRESHOLDS[count - 1]) count--;
  return count;
}

/** The threshold at which masks are best, and how good they are. */
export interface BestThreshold {
  readonly threshold: number;
  /** Mean Dice with it, and with 0.5. */
  readonly dice: number;
  readonly dice_at_half: number;
}

/** @param images of each image, its Dice at each of `THRESHOLDS`. Of equally good ones, the nearest to 0.5 */
export function bestThreshold(images: readonly (readonly number[])[]): BestThreshold {
  const means = THRESHOLDS.map((_, t) => mean(images.map((dice) => dice[t])));
  const half = THRESHOLDS.indexOf(THRESHOLD);
  const distance = (t: number) => Math.abs(t - half);
  const order = THRESHOLDS.map((_, t) => t).sort((a, b) => means[b] - means[a] || distance(a) - distance(b));
  const [best] = order;
  return { threshold: THRESHOLDS[best], dice: means[best], dice_at_half: means[half] };
}
