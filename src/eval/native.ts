import type { Size } from '../core/size.ts';
import { type Image, resizeByRows } from '../data/decode/resize.ts';
import { boundaryAgreement } from './boundary.ts';
import { addErrors, calibrationOf, noErrors } from './calibration.ts';
import type { Metric } from './metrics.ts';
import { countPixels, overlapOf, THRESHOLD } from './overlap.ts';

/**
 * Probabilities as a mask of another size: resized bilinearly, then `on` where they are >= 0.5, else 0.
 * @param probabilities [from.height, from.width]
 */
export function maskAt(probabilities: Float32Array, from: Size, to: Size, on = 1): Uint8Array {
  const mask = new Uint8Array(to.height * to.width);
  resizeByRows(probabilities, from, to, (row, y) => mark(mask, row, y, on));
  return mask;
}

/**
 * All metrics of probabilities, resized bilinearly, against a true mask of another size. Of that size it holds masks only,
 * and the probabilities row after row.
 * @param probabilities [from.height, from.width]
 * @param truth one channel of 0 and 1
 */
export function scoresAt(
  probabilities: Float32Array,
  from: Size,
  truth: Image,
): Readonly<Record<Metric, number>> {
  const counts = { both: 0, predicted: 0, actual: 0 };
  const errors = noErrors();
  const mask = new Uint8Array(truth.height * truth.width);
  resizeByRows(probabilities, from, truth, (row, y) => {
    const actual = truth.data.subarray(y * truth.width, (y + 1) * truth.width);
    countPixels(counts, row, actual);
    addErrors(errors, row, actual);
    mark(mask, row, y, 1);
  });
  return {
    ...overlapOf(counts),
    ...boundaryAgreement(mask, truth.data, truth),
    ...calibrationOf(errors),
  };
}

/** Fills in a row of a mask. */
function mark(mask: Uint8Array, probabilities: Float32Array, y: number, on: number): void {
  const start = y * probabilities.length;
  for (let x = 0; x < probabilities.length; x++) if (probabilities[x] >= THRESHOLD) mask[start + x] = on;
}
