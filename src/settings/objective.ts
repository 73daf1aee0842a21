import { lossOf, parseLoss } from '../nn/loss-sum.ts';
import { IMAGE_LOSSES, losses } from '../nn/losses.ts';
import type { Objective } from '../objectives/objective.ts';
import {
  type ReconstructionScores,
  type ReconstructionSummary,
  reconstruct,
} from '../objectives/reconstruct.ts';
import {
  type SegmentationScores,
  type SegmentOptions,
  segment,
  type TestSummary,
} from '../objectives/segment.ts';
import { maskLossOf } from './mask-loss.ts';
import { labellingOf, type MaskSettings } from './masks.ts';
import { pretextOf } from './meaning.ts';
import type { PretrainConfig, RunConfig, TrainConfig } from './training.ts';

/** What is asked of a finished network, and what of the loss its settings do not say. */
type ObjectiveOptions = Omit<SegmentOptions, 'labelling'> & { readonly weights?: readonly number[] };

/**
 * What a training's network learns.
 *
 * @param options.weights how much each class counts in the loss
 */
export function trainObjective(
  config: Pick<TrainConfig, 'loss' | 'fit' | keyof MaskSettings>,
  { weights, ...options }: ObjectiveOptions = {},
): Objective<SegmentationScores, TestSummary> {
  const labelling = labellingOf(config);
  const padded = config.fit === 'pad';
  return segment(maskLossOf(labelling, config.loss, weights), { labelling, padded, ...options });
}

/** What a pretraining's network learns. */
export function pretrainObjective(
  config: PretrainConfig,
): Objective<ReconstructionScores, ReconstructionSummary> {
  const loss = lossOf(parseLoss(config.loss, IMAGE_LOSSES), losses);
  return reconstruct(loss, pretextOf(config), { borders: config.fit === 'pad' });
}

/** What the network of a run of either kind is for. */
export type RunObjective = ReturnType<typeof trainObjective> | ReturnType<typeof pretrainObjective>;

export function objectiveOf(config: RunConfig): RunObjective {
  return config.kind === 'train' ? trainObjective(config) : pretrainObjective(config);
}
