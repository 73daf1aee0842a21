import type { MaskRule } from '../eval/mask-rule.ts';
import { lossOf, parseLoss } from '../nn/loss-sum.ts';
import { IMAGE_LOSSES, MASK_LOSSES } from '../nn/losses.ts';
import type { Objective } from '../objectives/objective.ts';
import {
  type ReconstructionScores,
  type ReconstructionSummary,
  reconstruct,
} from '../objectives/reconstruct.ts';
import { type SegmentationScores, segment, type TestSummary } from '../objectives/segment.ts';
import { pretextOf } from './meaning.ts';
import type { PretrainConfig, TrainConfig } from './training.ts';

/**
 * What a training's network learns.
 *
 * @param rule how a finished network's probabilities become masks
 */
export function trainObjective(
  { loss }: Pick<TrainConfig, 'loss'>,
  rule?: MaskRule,
): Objective<SegmentationScores, TestSummary> {
  return segment(lossOf(parseLoss(loss, MASK_LOSSES)), rule);
}

/** What a pretraining's network learns. */
export function pretrainObjective(
  config: PretrainConfig,
): Objective<ReconstructionScores, ReconstructionSummary> {
  return reconstruct(lossOf(parseLoss(config.loss, IMAGE_LOSSES)), pretextOf(config));
}

/** What the network of a run of either kind is for. */
export type RunObjective = ReturnType<typeof trainObjective> | ReturnType<typeof pretrainObjective>;

export function objectiveOf(
  config: ({ readonly kind: 'train' } & TrainConfig) | ({ readonly kind: 'pretrain' } & PretrainConfig),
): RunObjective {
  return config.kind === 'train' ? trainObjective(config) : pretrainObjective(config);
}
