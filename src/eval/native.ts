import type { Size } from '../core/size.ts';
import { resizeByRows } from '../data/decode/resize.ts';
import { UNKNOWN } from '../data/masks/labelling.ts';
import { boundaryAgreement } from './boundary.ts';
import { addErrors, calibrationOf, noErrors } from './calibration.ts';
import { clean, type MaskRule, mark, PLAIN_RULE } from './mask-rule.ts';
import type { Metric } from './metrics.ts';
import { countPixels, overlapOf } from './overlap.ts';

/**
 * Probabilities as a mask of another size: resized bilinearly, then `on` where the rule says so, else 0.
 * @param probabilities [from.height, from.width]
 */
export function maskAt(
  probabilities: Float32Array,
  from: Size,
  to: Size,
  on = 1,
  rule: MaskRule = PLAIN_RULE,
): Uint8Array {
  const mask = new Uint8Array(to.height * to.width);
  const { threshold } = rule;
  resizeByRows(probabilities, from, to, (row, y) => mark(mask, row, { from: y * to.width, on, threshold }));
  clean(mask, to, rule, on);
  return mask;
}

/** A mask of one class: 0 and 1 in rows, `UNKNOWN` where nothing is known. */
export interface ClassMask extends Size {
  readonly data: Uint8Array;
}

/**
 * All metrics of probabilities, resized bilinearly, against a true mask of another size. Of that size it holds masks only,
 * and the probabilities row after row. Pixels of which nothing is known do not count, and are in neither mask.
 *
 * @param probabilities [from.height, from.width]
 */
export function scoresAt(
  probabilities: Float32Array,
  from: Size,
  truth: ClassMask,
  rule: MaskRule = PLAIN_RULE,
): Readonly<Record<Metric, number>> {
  const counts = { both: 0, predicted: 0, actual: 0 };
  const errors = noErrors();
  const mask = new Uint8Array(truth.height * truth.width);
  resizeByRows(probabilities, from, truth, (row, y) => {
    addErrors(errors, row, truth.data.subarray(y * truth.width, (y + 1) * truth.width));
    mark(mask, row, { from: y * truth.width, threshold: rule.threshold });
  });
  clean(mask, truth, rule);
  const actual = withoutUnknown(truth.data, mask);
  countPixels(counts, mask, actual);
  return {
    ...overlapOf(counts),
    ...boundaryAgreement(mask, actual, truth),
    ...calibrationOf(errors),
  };
}

/** A true mask without its unknown pixels, which are taken out of the predicted one, in place, too. */
function withoutUnknown(truth: Uint8Array, predicted: Uint8Array): Uint8Array {
  if (!truth.includes(UNKNOWN)) return truth;
  return truth.map((value, i) => {
    if (value !== UNKNOWN) return value;
    predicted[i] = 0;
    return 0;
  });
}
