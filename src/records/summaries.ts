import * as z from 'zod';
import { METRIC_NAMES, METRICS, type Metric, OVERLAP_METRICS } from '../eval/metrics.ts';
import type { Summaries } from '../eval/summary.ts';
import type { TestSummary } from '../objectives/segment.ts';
import { type Kept, measured } from './format.ts';

const ofScore = z.object({ mean: measured, median: measured, p5: measured, below_half: measured });
const ofError = z.object({ mean: measured, median: measured, p95: measured });

function summariesOf<M extends Metric>(metrics: readonly M[]): z.ZodType<Summaries<M>> {
  const shape = metrics.map((metric) => [metric, METRICS[metric].better === 'lower' ? ofError : ofScore]);
  return z.object(Object.fromEntries(shape)) as unknown as z.ZodType<Summaries<M>>;
}

const ofClass = z.object({ iou: measured, dice: measured });
const setScores = z.object({
  classes: z.record(z.string(), ofClass),
  iou: measured.optional(),
  dice: measured.optional(),
  accuracy: measured,
});

const testSummary: z.ZodType<TestSummary> = z.object({
  images: z.number(),
  native: summariesOf(METRIC_NAMES),
  network: summariesOf(OVERLAP_METRICS),
  classes: z
    .record(z.string(), z.object({ images: z.number(), native: summariesOf(METRIC_NAMES).optional() }))
    .optional(),
  set: setScores.optional(),
  confusion: z.array(z.array(z.number())).optional(),
});

/** What every run says. */
const ofRun = {
  interrupted: z.boolean(),
  /** 0 where nothing is learned. */
  steps: z.number(),
  epochs: z.number(),
  /** Those that were trained on. */
  images: z.number(),
  best_epoch: z.number().optional(),
  seconds: z.number(),
  /** Share of the time that steps waited for their batch. */
  waited_for_data: z.number(),
};

const pretrainSummary = z.object({
  kind: z.literal('pretrain'),
  ...ofRun,
  method: z.enum(['autoencoder', 'statistics']),
  val_mse: measured.optional(),
  /** Absent if the target is noise. */
  val_psnr: measured.optional(),
});
/** The result of a pretraining: its `summary.json`. */
export type PretrainSummary = Kept<typeof pretrainSummary>;

const trainSummary = z.object({
  kind: z.literal('train'),
  ...ofRun,
  /** Those that were used: of images that train or validate. */
  masks: z.number(),
  /** Plain images that were learned from, where that was asked for. */
  plain: z.number().optional(),
  best_val_dice: measured.optional(),
  /** Which weights were tested. */
  tested: z.enum(['best', 'last']).optional(),
  test: testSummary.optional(),
  /** What costs nothing, beside the network: mean Dice of the test images at the network's size, by name. */
  baselines: z.record(z.string(), z.number()).optional(),
  /** How many images the best epoch was chosen on; absent where none was chosen. */
  validated_on: z.number().optional(),
  stopped_early: z.boolean(),
});
/** The result of a training: its `summary.json`. */
export type TrainSummary = Kept<typeof trainSummary>;

const seedResult = z.object({
  seed: z.number(),
  draw: z.number(),
  /** This and the next two are missing without validation. */
  lowest_val_loss: measured.optional(),
  best_val_dice: measured.optional(),
  best_epoch: z.number().optional(),
  steps: z.number(),
  test: testSummary,
});
/** What an arm scored with a seed and a draw. */
export type SeedResult = Kept<typeof seedResult>;

const armResult = z.object({
  arm: z.string(),
  labels: z.string(),
  /** By seed, then by draw. */
  seeds: z.array(seedResult),
  /** Means over the seeds of the mean test Dice. */
  dice: measured,
  net_dice: measured,
});
/** What an arm scored with a budget of masks. */
export type ArmResult = Kept<typeof armResult>;

const studySummary = z.object({
  kind: z.literal('study'),
  interrupted: z.boolean(),
  arms: z.array(armResult),
  seconds: z.number(),
});
/** The result of a study: its `summary.json`. */
export type StudySummary = Kept<typeof studySummary>;

export type RunSummary = PretrainSummary | TrainSummary;

export const summary = z.discriminatedUnion('kind', [pretrainSummary, trainSummary, studySummary]);
/** What a run or a study came to, by its kind. */
export type SummaryOf<Kind extends RunKind> = Extract<Kept<typeof summary>, { readonly kind: Kind }>;
export const RUN_KINDS = ['pretrain', 'train', 'study'] as const;
export type RunKind = (typeof RUN_KINDS)[number];
