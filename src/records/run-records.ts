import * as z from 'zod';
import { type Kept, measured } from './format.ts';

/** An image of a run: its name and the SHA-256 of its files. */
const splitEntry = z.object({
  ...{ stem: z.string(), image: z.string(), mask: z.string().optional() },
  /** Of plain images from several folders: of which one it is, from 1. */
  source: z.number().optional(),
  /** What it belongs to, where groups are known: a patient, a video, a slide. */
  group: z.string().optional(),
});
export type SplitEntry = Kept<typeof splitEntry>;
export const splits = z.object({
  train: z.array(splitEntry),
  validation: z.array(splitEntry),
  test: z.array(splitEntry),
  /** Of a training that learns from plain images: these. */
  plain: z.array(splitEntry).optional(),
  /** Of one that learns from pseudo-masks: the plain images with these. */
  pseudo: z.array(splitEntry).optional(),
});
export type Splits = Kept<typeof splits>;

const range = z.object({ low: z.number(), high: z.number() });
export const looks = z.object({
  /** How many images they are. */
  images: z.number(),
  /** Pixels at their own size. */
  area: range,
  /** Of each image the mean of what the network is fed, and its highest value less its lowest: 0..255. */
  brightness: range,
  contrast: range,
});
/** JSON has no NaN: a number that was not finite is null. */
const metric = z.number().nullable();
export const metricsRow = z
  .object({
    step: z.number().optional(),
    epoch: z.number().optional(),
    ...{ train_loss: metric.optional(), lr: metric.optional(), gradient_norm: metric.optional() },
    ...{ val_loss: metric.optional(), val_dice: metric.optional(), val_iou: metric.optional() },
    ...{ val_mse: metric.optional(), val_psnr: metric.optional(), seconds: metric.optional() },
  })
  .catchall(metric)
  .refine(({ step, epoch }) => step !== undefined || epoch !== undefined, 'neither step nor epoch');
/** A row of `metrics.jsonl`, of a step or an epoch; numbers of other names may be there, too. */
export type MetricsRow = Kept<typeof metricsRow>;

const reconstructionRow = z.object({
  stem: z.string(),
  input: z.string(),
  target: z.string(),
  output: z.string(),
  /** dB, reconstruction against target. */
  psnr: measured,
});
const predictionRow = z.object({ stem: z.string(), rank: z.string(), dice: measured, picture: z.string() });
export const pictures = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reconstruction'), rows: z.array(reconstructionRow) }),
  z.object({ kind: z.literal('prediction'), rows: z.array(predictionRow) }),
]);
/** An image, and the names of the files that show it. */
export type ReconstructionRow = Kept<typeof reconstructionRow>;
export type PredictionRow = Kept<typeof predictionRow>;
export type RunPictures = Kept<typeof pictures>;

export const pseudoMasks = z.object({
  /** Of which weights they are, and over how many views. */
  weights: z.enum(['best', 'last']),
  views: z.number(),
  /** In the folder of pseudo-masks, of classes that overlap a file each; those that could not be read are missing. */
  masks: z.array(
    z.object({
      stem: z.string(),
      source: z.number().optional(),
      file: z.string().optional(),
      files: z.record(z.string(), z.string()).optional(),
    }),
  ),
});
/** What a round of self-training has marked. */
export type PseudoMaskRecord = Kept<typeof pseudoMasks>;

export const threshold = z.object({
  threshold: z.number().gt(0).lt(1),
  /** Validation images on which it was chosen, and their views. */
  images: z.number(),
  views: z.number(),
  /** Mean Dice of those images with it, and with 0.5. */
  dice: measured,
  dice_at_half: measured,
  /** Of which weights it is. */
  weights: z.enum(['best', 'last']),
});
/** The threshold at which a run's masks of its validation images are best. */
export type ThresholdRecord = Kept<typeof threshold>;

const calibration = z.object({
  errors: z.array(z.number()),
  groups: z.array(z.string()),
  distances: z.array(z.number()),
});
export const expectation = z.object({
  /** Of which weights it is, how they are applied, and at which size of the networks' input. */
  weights: z.enum(['best', 'last']),
  views: z.number(),
  mask_threshold: z.number(),
  /** How many parts of the masks were held out, one after the other. */
  folds: z.number(),
  /** What a score is expected by. */
  model: z.object({ constant: z.number(), weights: z.array(z.number()), penalty: z.number() }),
  /** How far scores were from what was expected of them: of masks that were held out in turn, and of the test images, if there are any. */
  held_out: calibration,
  test: calibration.optional(),
});
/** What is expected of a run's masks, and by what. */
export type ExpectationRecord = Kept<typeof expectation>;

/** The Dice of one test image, at the network's size, by what costs nothing. */
export interface BaselineRow {
  readonly stem: string;
  readonly [baseline: string]: string | number;
}
