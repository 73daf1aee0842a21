import * as z from 'zod';
import { DECODER_NAMES } from '../nn/model.ts';
import { type Kept, measured } from './format.ts';

/** What the rules call a network; a segmentation network copies and reconstructs nothing, but relies on one part or another. */
export const LABELS = {
  autoencoder: {
    skips: 'copies through skips',
    depth: 'reconstructs from depth',
    mixed: 'mixed',
    nothing: 'explains nothing',
    unknown: 'undecided',
  },
  segmentation: {
    skips: 'relies on skips',
    depth: 'relies on depth',
    mixed: 'mixed',
    nothing: 'explains nothing',
    unknown: 'undecided',
  },
} as const;
export type AuditKind = keyof typeof LABELS;
export type LabelOf<Kind extends AuditKind> = (typeof LABELS)[Kind][
  | 'skips'
  | 'depth'
  | 'mixed'
  | 'nothing'
  | 'unknown'];
export type Label = LabelOf<AuditKind>;

const label = z.enum([...Object.values(LABELS.autoencoder), ...Object.values(LABELS.segmentation)]);

const score = z.union([
  z.object({ mse: measured, psnr: measured }),
  z.object({ mse: measured, dice: measured }),
]);
/**
 * How far an output is from what was wanted, over all images: the mean squared error (images in [0, 1], outputs clipped to
 * it; of a mask, of its probabilities), and of an image the PSNR of that error in dB, of a mask the mean Dice.
 */
export type Score = Kept<typeof score>;

const pathResult = z.object({
  name: z.string(),
  stride: measured,
  /** Its share of the decrease of the error; null if the error does not decrease. */
  shapley: z.number().nullable(),
  /** The network with this path's features replaced: by zeros, by their mean over the images, by another image's. */
  zero: score,
  mean: score,
  shuffle: score.nullable(),
});
export type PathResult = Kept<typeof pathResult>;

const swapResult = z.object({
  to_host_mse: measured,
  to_donor_mse: measured,
});
/** Mean squared error of a hybrid to the targets of the two images that it is made of. */
export type SwapResult = Kept<typeof swapResult>;

const bandResult = z.object({
  from: measured,
  to: measured,
  mse: measured,
  /** With a path's features replaced by their mean, by its name. */
  without: z.record(z.string(), measured),
});
/** Error in a band of spatial frequencies, in cycles a pixel; the bands sum to the mean squared error. */
export type BandResult = Kept<typeof bandResult>;

const levelResult = z.object({
  name: z.string(),
  stride: measured,
  /** Area under the ROC curve of a linear probe, object against background. */
  auc: z.number().nullable(),
  /** Of the same level with initial weights; null for a tap. */
  auc_untrained: z.number().nullable(),
  /** Linear CKA of the level before training and after; null for a tap, or where the start is not known. */
  cka_before: z.number().nullable(),
});
/** How well a tap of the encoder or a level of the decoder separates objects from background. */
export type LevelResult = Kept<typeof levelResult>;

export const auditResult = z.object({
  kind: z.enum(['autoencoder', 'segmentation']),
  /** The family, as `resnet18`. */
  encoder: z.string(),
  decoder: z.enum(DECODER_NAMES),
  weights: z.enum(['best', 'last']),
  /** The class that was audited alone. */
  class: z.string().optional(),
  images: measured,
  /** Of a network that was trained on pieces of images: the size, HxW, of the one piece of each that was audited. */
  piece: z.string().optional(),
  reference: score,
  /** What the input itself would score as an output; null unless it is a degraded image. */
  input: score.nullable(),
  /** The score of the mean of all targets as output, which does not depend on the image. */
  mean_target: score,
  /** With all paths at their means. */
  nothing: score,
  paths: z.array(pathResult),
  /** With the bottleneck only: skips at zero, skips at their means. */
  depth_alone: z.object({
    zero: score,
    mean: score,
  }),
  /** The donor's bottleneck with the host's skips; and with it, `skips`, the other way round. Null without another image
   * or without a skip. */
  swap: swapResult.extend({ skips: swapResult }).nullable(),
  /** Of the first skip, on images that were not used to fit it, and the network's of the same; null without a skip. */
  linear_readout: z
    .object({
      psnr: measured,
      network_psnr: measured,
    })
    .nullable(),
  /** 1 - MSE(output) / MSE(input); null where the input is the target. */
  skill: z.number().nullable(),
  out_of_domain: z.array(
    z.object({
      set: z.string(),
      psnr: measured,
    }),
  ),
  bands: z.array(bandResult),
  blind_spot: z
    .object({
      replaced_mse: measured,
      kept_mse: measured,
      gap: measured,
      /** The gap as a part of what a copy of the input would have: 0 = never looks at the pixel, 1 = copies it. */
      copied: measured,
    })
    .nullable(),
  /** Null where the encoder is a model of its own, which has no gradient. */
  receptive_field: z
    .object({
      /** Share of the gradient's mass within so many pixels. */
      within: z.record(z.string(), measured),
      /** Radius in pixels that contains half of it. */
      half: measured,
    })
    .nullable(),
  /** The gates that were learned, skip1 first; null if skips are not gated. */
  gates: z.array(measured).nullable(),
  /** Taps, then levels deep to shallow; empty without masks. */
  levels: z.array(levelResult),
  verdict: z.object({
    /** Sum of the skips' shares; null if the error does not decrease. */
    leak: z.number().nullable(),
    /** Bootstrap over images, 95 %. */
    leak_ci95: z.tuple([measured, measured]).nullable(),
    label: label,
    because: z.array(z.string()),
  }),
});
/** The result of an audit: the content of `audit.json`. */
export type AuditResult = Kept<typeof auditResult>;
