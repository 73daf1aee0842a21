import { parseSize, type Size } from '../core/size.ts';
import type { Tensors } from '../core/tensor.ts';
import type { Architecture } from '../nn/model.ts';
import type { OptimizerName, OptimizerOptions } from '../nn/optimizers.ts';
import type { ParameterGroup } from '../nn/parameter-groups.ts';
import type { ScheduleName } from '../nn/schedules.ts';
import { withOwnEncoder } from '../nn/trained-encoder.ts';
import type { Objective } from '../objectives/objective.ts';
import type { Device } from '../runtime/device.ts';
import type { Kernels } from '../runtime/kernels.ts';
import { augmentationOf } from '../settings/augmentation.ts';
import { degradationOf, deviceOf, groupsOf, optimizerOptionsOf } from '../settings/meaning.ts';
import type { TrainConfig } from '../settings/training.ts';
import type { LengthOptions, ViewOptions } from './batch-plan.ts';
import type { ConsistencyPlan } from './consistency.ts';
import type { PseudoMaskPlan } from './pseudo-batches.ts';

/** Everything that decides what a training does. */
export interface TrainingPlan extends LengthOptions, Omit<ViewOptions, 'pretext'> {
  readonly architecture: Architecture;
  /** The encoder's weights; what is trained of it starts from `initial`. */
  readonly encoder: Tensors;
  /**
   * What checkpoints hold, as it is at the start: parameters, running statistics, and what of the encoder is not as in its
   * file.
   */
  readonly initial: Tensors;
  readonly objective: Objective;
  readonly size: Size;
  readonly optimizer: OptimizerName;
  readonly optimizerOptions: OptimizerOptions;
  readonly clipNorm: number;
  readonly gatePenalty?: number;
  readonly normMomentum?: number;
  readonly lr: number;
  readonly schedule: ScheduleName;
  readonly warmupSteps: number;
  /** Parameters that learn in a way of their own; default none. */
  readonly groups?: readonly ParameterGroup[];
  /** How much of the averages of all weights a step keeps, which are then validated and kept; 0 or none = no averages. */
  readonly average?: number;
  /** Of a training with plain images. */
  readonly consistency?: ConsistencyPlan;
  /** Of a training on masks and pseudo-masks. */
  readonly pseudo?: PseudoMaskPlan;
  readonly threads: number;
  readonly kernels?: Kernels;
  readonly device?: Device;
}

/** A network before its training. */
export interface BeforeTraining extends Pick<TrainingPlan, 'architecture' | 'initial' | 'objective'> {
  /** The encoder's weights as its file has them. */
  readonly encoder: Tensors;
}

/** What settings say of a training on masks. */
export function planOf(config: TrainConfig, network: BeforeTraining): TrainingPlan {
  return {
    ...{ ...config, ...network, size: parseSize(config.size) },
    // Not as the settings have it: a plan of it is made of the images that there are.
    consistency: undefined,
    encoder: withOwnEncoder(network.encoder, network.initial),
    device: deviceOf(config),
    groups: groupsOf(config),
    optimizerOptions: optimizerOptionsOf(config),
    augmentation: augmentationOf(config),
    degradation: degradationOf(config),
  };
}
