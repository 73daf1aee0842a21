import type { Size } from '../core/size.ts';
import { type Image, resizeByRows } from '../data/decode/resize.ts';
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
  rule: MaskRule = PLAIN_RULE,
): Readonly<Record<Metric, number>> {
  const counts = { both: 0, predicted: 0, actual: 0 };
  const errors = noErrors();
  const mask = new Uint8Array(truth.height * truth.width);
  resizeByRows(probabilities, from, truth, (row, y) => {
    const actual = truth.data.subarray(y * truth.width, (y + 1) * truth.width);
    addErrors(errors, row, actual);
    mark(mask, row, { from: y * truth.width, threshold: rule.threshold });
  });
  clean(mask, truth, rule);
  countPixels(counts, mask, truth.data);
  return {
    ...overlapOf(counts),
    ...boundaryAgreement(mask, truth.data, truth),
    ...calibrationOf(errors),
  };
}
