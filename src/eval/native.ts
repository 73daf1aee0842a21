import { type Image, resizeByRows, type Size } from '../data/resize.ts';
import { countPixels, type Overlap, overlapOf, THRESHOLD } from './metrics.ts';

/**
 * Probabilities as a mask of another size: resized bilinearly, then `on` where they are >= 0.5, else 0.
 * @param probabilities [from.height, from.width]
 */
export function maskAt(probabilities: Float32Array, from: Size, to: Size, on = 1): Uint8Array {
  const mask = new Uint8Array(to.height * to.width);
  resizeByRows(probabilities, from, to, (row, y) => {
    for (let x = 0; x < row.length; x++) if (row[x] >= THRESHOLD) mask[y * to.width + x] = on;
  });
  return mask;
}

/**
 * The overlap of probabilities, resized bilinearly, with a true mask of another size.
 * @param truth one channel of 0 and 1
 */
export function overlapAt(probabilities: Float32Array, from: Size, truth: Image): Overlap {
  const counts = { both: 0, predicted: 0, actual: 0 };
  resizeByRows(probabilities, from, truth, (row, y) => {
    countPixels(counts, row, truth.data.subarray(y * truth.width, (y + 1) * truth.width));
  });
  return overlapOf(counts);
}
