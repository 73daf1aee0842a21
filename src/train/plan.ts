import type { Size } from '../core/size.ts';
import type { Tensors } from '../core/tensor.ts';
import type { Architecture } from '../nn/model.ts';
import type { OptimizerName, OptimizerOptions } from '../nn/optimizers.ts';
import type { ScheduleName } from '../nn/schedules.ts';
import type { Objective } from '../objectives/objective.ts';
import type { Kernels } from '../runtime/kernels.ts';
import type { LengthOptions, ViewOptions } from './batch-plan.ts';

/** Everything that decides what a training does. */
export interface TrainingPlan extends LengthOptions, Omit<ViewOptions, 'pretext'> {
  readonly architecture: Architecture;
  /** The encoder's weights. */
  readonly encoder: Tensors;
  /** The parameters and running statistics that it starts from. */
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
  readonly threads: number;
  readonly kernels?: Kernels;
}
