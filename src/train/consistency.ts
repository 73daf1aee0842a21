import type { Photometric } from '../data/loading/augmentation.ts';
import { STRONG_VIEWS } from '../settings/augmentation.ts';
import type { PseudoMasks } from '../settings/consistency.ts';
import type { TrainConfig } from '../settings/training.ts';

/** How a network learns from plain images: it is held to what a teacher makes of another view of them. */
export interface ConsistencyPlan {
  /** Plain images in each step. */
  readonly batch: number;
  /** Factor of their loss, once it has risen. */
  readonly weight: number;
  /** In which share of all steps it rises from 0, in a straight line; 0 to 1. */
  readonly ramp: number;
  /** From which probability on the teacher's word counts, 0.5 to 1. */
  readonly threshold: number;
  /** Probability that an image gets a rectangle of another one. */
  readonly cutmix: number;
  /** How the values of the view that the network sees are changed; undefined where they are not. */
  readonly strong?: Photometric;
  /** Whose pseudo-masks an image is held to: its own, or as a control those of another image of the batch. */
  readonly pseudoMasks: PseudoMasks;
}

/** @param images how many plain ones there are; without any nothing can be learned from them */
export function consistencyOf(config: TrainConfig, images: number): ConsistencyPlan | undefined {
  if (config.consistency === 'off' || images === 0) return undefined;
  return {
    batch: Math.min(config.plainBatch ?? config.batch, images),
    weight: config.consistencyWeight,
    ramp: config.ramp,
    threshold: config.consistencyThreshold,
    cutmix: config.cutmix,
    ...(config.strongViews && { strong: STRONG_VIEWS }),
    pseudoMasks: config.pseudoMasks,
  };
}

/**
 * The factor of the plain images' loss in a step.
 *
 * @param step from 1
 */
export function consistencyWeight(
  { weight, ramp }: Pick<ConsistencyPlan, 'weight' | 'ramp'>,
  step: number,
  steps: number,
): number {
  return weight * (ramp === 0 ? 1 : Math.min(1, step / (ramp * steps)));
}
