import { mean } from '../core/mean.ts';
import { clippedMse, meanSquaredError, psnr } from '../eval/reconstruction.ts';
import type { MarkedClass, Objective } from '../objectives/objective.ts';
import type { AuditResult, Score } from '../records/audit-result.ts';

/** Of one image. @param weight [1, H, W], how much each pixel of a mask counts; all alike without it */
type Measure = (output: Float32Array, target: Float32Array, weight?: Float32Array) => number;

/** How the outputs of a network are scored, which follows from its objective. */
export interface Criterion {
  readonly kind: AuditResult['kind'];
  /** Whether outputs are images like the inputs: then other kinds of images are measured, too. */
  readonly paints: boolean;
  /** Mean squared error: images in [0, 1], outputs clipped to it; else of the output's values as they are. */
  readonly error: Measure;
  /** Where the output is a mask. */
  readonly dice?: Measure;
}

/** @param ofClass the class that is scored alone */
export function criterionOf(
  { paints, scores, head }: Pick<Objective, 'paints' | 'scores' | 'head'>,
  ofClass?: MarkedClass,
): Criterion {
  if (paints) return { kind: 'autoencoder', paints, error: (output, target) => clippedMse(output, target) };
  if (ofClass) {
    const { channel, dice } = ofClass;
    const own = (values: Float32Array) => {
      const area = values.length / head.channels;
      return values.subarray(channel * area, (channel + 1) * area);
    };
    const error: Measure = (output, target, weight) => meanSquaredError(own(output), own(target), weight);
    return { kind: 'segmentation', paints, error, dice };
  }
  return {
    kind: 'segmentation',
    paints,
    error: meanSquaredError,
    dice: (output, target, weight) => scores(output, target, weight).dice,
  };
}

/** The means over images: of their errors and, for masks, of their Dice. */
export function scoreOf(errors: ArrayLike<number>, dice?: ArrayLike<number>): Score {
  const mse = mean(Array.from(errors));
  return dice ? { mse, dice: mean(Array.from(dice)) } : imageScore(mse);
}

export const imageScore = (mse: number): Score => ({ mse, psnr: psnr(mse) });
