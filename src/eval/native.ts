import { resizeByRows, type Size } from '../data/resize.ts';
import { THRESHOLD } from './metrics.ts';

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
