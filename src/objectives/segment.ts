import type { Row } from '../core/csv.ts';
import { type MaskRule, maskOf, PLAIN_RULE } from '../eval/mask-rule.ts';
import { METRIC_NAMES, type Metric, OVERLAP_METRICS } from '../eval/metrics.ts';
import { maskAt, scoresAt } from '../eval/native.ts';
import {
  type ObjectScores,
  type ObjectSummary,
  objectRow,
  objectScores,
  summariseObjects,
} from '../eval/object-scores.ts';
import { objectMap } from '../eval/objects.ts';
import { type Overlap, overlap } from '../eval/overlap.ts';
import type { Scoring } from '../eval/scoring.ts';
import { type Summaries, summariseAll } from '../eval/summary.ts';
import { MASK_HEAD } from '../nn/head.ts';
import type { Loss } from '../nn/losses.ts';
import type { Objective } from './objective.ts';
import { pseudoMasks } from './pseudo-masks.ts';

/** What masks mark. */
export const CLASS_NAMES = ['object'] as const;

/** Scores of one image: at the mask's own size and at the network's. */
export interface SegmentationScores {
  readonly native: Readonly<Record<Metric, number>>;
  readonly network: Overlap;
  /** Where they were asked for, at the mask's own size. */
  readonly objects?: ObjectScores;
}

/** The scores of a test set in short. */
export interface TestSummary {
  readonly images: number;
  readonly native: Summaries<Metric>;
  readonly network: Summaries<keyof Overlap>;
  /** Where they were asked for. */
  readonly objects?: ObjectSummary;
}

/** At the mask's own size the probabilities are resized bilinearly, then made a mask. */
function scoringBy(rule: MaskRule): Scoring<SegmentationScores, TestSummary> {
  return {
    needsMasks: true,
    score: ({ output, mask, truth, size }) => ({
      native: scoresAt(output, size, truth!, rule),
      network: overlap(maskOf(output, size, rule), mask!),
    }),
    row: rowOf,
    summarise: (scores) => ({
      images: scores.length,
      native: summariseAll(
        METRIC_NAMES,
        scores.map(({ native }) => native),
      ),
      network: summariseAll(
        OVERLAP_METRICS,
        scores.map(({ network }) => network),
      ),
    }),
  };
}

/** With masks from 0.5 on, as they are. */
export const segmentationScoring = scoringBy(PLAIN_RULE);

/** Masks scored as objects, too: their connected parts. */
export function withObjects(
  { score, row, summarise, ...rest }: Scoring<SegmentationScores, TestSummary>,
  rule: MaskRule,
): Scoring<SegmentationScores, TestSummary> {
  return {
    ...rest,
    score: (image) => {
      const truth = image.truth!;
      const mask = maskAt(image.output, image.size, truth, 1, rule);
      const objects = objectScores(objectMap(mask, truth), objectMap(truth.data, truth));
      return { ...score(image), objects };
    },
    row: (scores) => ({ ...row(scores), ...objectRow(scores.objects!) }),
    summarise: (scores) => ({
      ...summarise(scores),
      objects: summariseObjects(scores.map(({ objects }) => objects!)),
    }),
  };
}

/** To six digits, native scores first, then those at the network's size. */
function rowOf({ native, network }: SegmentationScores): Row {
  const short = (score: number) => Number(score.toPrecision(6));
  return {
    ...Object.fromEntries(METRIC_NAMES.map((metric) => [metric, short(native[metric])])),
    ...Object.fromEntries(OVERLAP_METRICS.map((metric) => [`net_${metric}`, short(network[metric])])),
  };
}

/**
 * Marks one class: the target is the mask, the output its probability, pixel by pixel.
 *
 * @param rule how a finished network's probabilities become masks
 */
export function segment(loss: Loss, rule: MaskRule = PLAIN_RULE): Objective<SegmentationScores, TestSummary> {
  return {
    name: 'segmentation',
    paints: false,
    head: MASK_HEAD,
    weighted: false,
    loss,
    target: ({ mask }) => mask!,
    scores: (output, target) => {
      const { dice, iou } = overlap(output, target);
      return { dice, iou };
    },
    pseudo: pseudoMasks,
    better: { score: 'dice', sign: 1 },
    scoring: scoringBy(rule),
    output: {
      name: 'probability',
      facts: {
        output_range: '[0, 1]',
        class_names: JSON.stringify(CLASS_NAMES),
        threshold: String(rule.threshold),
      },
      picture: (output, size, native) => ({
        data: maskAt(output, size, native, 255, rule),
        channels: 1,
      }),
      measures: (output, size) => ({
        area: maskOf(output, size, rule).reduce((sum, pixel) => sum + pixel, 0) / output.length,
      }),
    },
  };
}
