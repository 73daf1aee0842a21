import { mean } from '../core/mean.ts';
import type { Size } from '../core/size.ts';
import { type LabelMap, UNKNOWN } from '../data/masks/labelling.ts';
import { boundaryAgreement } from './boundary.ts';
import { addErrors, type Calibration, calibrationOf, noErrors } from './calibration.ts';
import { classesAt } from './class-map.ts';
import { cleanClasses } from './class-parts.ts';
import { type Confusion, confusionOf } from './confusion.ts';
import type { MaskRule } from './mask-rule.ts';
import { METRIC_NAMES, METRICS, type Metric, OVERLAP_METRICS } from './metrics.ts';
import { scoresAt } from './native.ts';
import { countPixels, type Overlap, overlapOf } from './overlap.ts';

type Scores = Readonly<Record<Metric, number>>;

/** Scores of one class. Where an image has nothing of it, in truth and in prediction, only its probabilities are scored. */
export type ScoresOfClass = Readonly<Calibration & Partial<Scores>>;

/** What is measured where there are several classes. */
export interface ClassScores {
  /** In the order of the classes that are scored. */
  readonly each: readonly ScoresOfClass[];
  /** Only of classes of which each pixel has one. */
  readonly confusion?: Confusion;
}

/**
 * All metrics of classes of which each pixel has one, class by class: the pixels that are predicted to be of it, against those
 * that are. Probabilities are resized bilinearly, then the largest decides, and small holes and parts go.
 *
 * @param probabilities [channels, from.height, from.width]
 * @param of.scored channels of the classes that are scored
 */
export function exclusiveScoresAt(
  probabilities: Float32Array,
  from: Size,
  truth: LabelMap,
  {
    scored,
    background,
    rule,
  }: { readonly scored: readonly number[]; readonly background: number | undefined; readonly rule: MaskRule },
): ClassScores {
  const { data, width } = truth;
  const errors = new Map(scored.map((c) => [c, noErrors()]));
  const labels = classesAt(probabilities, from, truth, (c, row, y) => {
    const sums = errors.get(c);
    if (!sums) return;
    addErrors(sums, row, data.subarray(y * width, (y + 1) * width), c);
  });
  cleanClasses(labels, truth, rule, background);
  for (let i = 0; i < data.length; i++) if (data[i] === UNKNOWN) labels[i] = UNKNOWN;
  const each = scored.map((c) => {
    const [predicted, actual] = [labels, data].map((map) => maskOf(map, c));
    const counts = { both: 0, predicted: 0, actual: 0 };
    countPixels(counts, predicted, actual);
    const calibration = calibrationOf(errors.get(c)!);
    if (counts.predicted + counts.actual === 0) return calibration;
    return { ...overlapOf(counts), ...boundaryAgreement(predicted, actual, truth), ...calibration };
  });
  const channels = probabilities.length / (from.height * from.width);
  return { each, confusion: confusionOf(labels, data, channels) };
}

/** 1 where a pixel has a label, else 0. */
function maskOf(labels: Uint8Array, label: number): Uint8Array {
  const mask = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) if (labels[i] === label) mask[i] = 1;
  return mask;
}

/** The same of classes that overlap: each has a probability and a true mask of its own. */
export function overlappingScoresAt(
  probabilities: Float32Array,
  from: Size,
  truth: LabelMap,
  rule: MaskRule,
): ClassScores {
  const areas = [from, truth].map(({ height, width }) => height * width);
  const plane = <Data extends Float32Array | Uint8Array>(data: Data, area: number, k: number) =>
    data.subarray(k * area, (k + 1) * area) as Data;
  const each = Array.from({ length: truth.planes }, (_, k) => {
    const actual = plane(truth.data, areas[1], k);
    const scores = scoresAt(plane(probabilities, areas[0], k), from, { ...truth, data: actual }, rule);
    // Of an empty mask the Dice is 1 only where nothing is predicted.
    const { brier, ece } = scores;
    return scores.dice === 1 && !actual.includes(1) ? { brier, ece } : scores;
  });
  return { each };
}

/**
 * The mean over the classes that an image has something of, or, of what scores probabilities, over all; where it has nothing of any, no
 * mask is wrong.
 */
export function meanOverClasses(each: readonly ScoresOfClass[]): Scores {
  const of = (metric: Metric) => {
    const present = each.flatMap((scores) => scores[metric] ?? []);
    return present.length > 0 ? mean(present) : faultless(metric);
  };
  return Object.fromEntries(METRIC_NAMES.map((metric) => [metric, of(metric)])) as Scores;
}

const faultless = (metric: Metric) => (METRICS[metric].better === 'higher' ? 1 : 0);

/** Overlap of classes at one size, averaged in the same way. @param masks of each class that is scored, predicted and true */
export function overlapOverClasses(
  masks: readonly { readonly predicted: Uint8Array; readonly actual: Uint8Array }[],
): Overlap {
  const counted = masks.map(({ predicted, actual }) => {
    const counts = { both: 0, predicted: 0, actual: 0 };
    countPixels(counts, predicted, actual);
    return counts;
  });
  const present = counted.filter(({ predicted, actual }) => predicted + actual > 0);
  if (present.length === 0) return overlapOf({ both: 0, predicted: 0, actual: 0 });
  const each = present.map(overlapOf);
  const means = OVERLAP_METRICS.map((name) => [name, mean(each.map((of) => of[name]))]);
  return Object.fromEntries(means) as Overlap;
}
