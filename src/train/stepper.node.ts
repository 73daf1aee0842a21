import type { Tensor, Tensors } from '../core/tensor.ts';
import { contentOf } from '../nn/context.ts';
import { optimizers } from '../nn/optimizers.ts';
import { learningRate } from '../nn/schedules.ts';
import { LEVEL_NORM, trainingStep } from '../nn/step-graph.ts';
import { Engine, type Session, scalarTensor } from '../runtime/engine.node.ts';
import type { Length } from './batch-plan.ts';
import type { TrainingPlan } from './plan.ts';

/** What came of a step. */
export interface StepResult {
  readonly loss: number;
  readonly lr: number;
  readonly gradientNorm: number;
  /** Of each level of the network, as `gradient_norm/decoder.blocks.0`. */
  readonly levelNorms: Readonly<Record<string, number>>;
  /** Whether loss, gradients and updated weights are finite; where not, the state is that before the step. */
  readonly finite: boolean;
  readonly weightNorm: number;
}

/** A network in training: its step graph and its state, in an engine of its own. */
export class Stepper {
  readonly engine: Engine;
  readonly #session: Session;
  readonly #plan: TrainingPlan;
  readonly #length: Length;

  private constructor(plan: TrainingPlan, length: Length, engine: Engine, session: Session) {
    this.#plan = plan;
    this.#length = length;
    this.engine = engine;
    this.#session = session;
  }

  /**
   * @param options.state all that a step reads and renews, where a training goes on; otherwise it begins
   * @param options.encoded whether steps are fed the encoder's taps; otherwise the encoder is part of each step
   */
  static async open(
    plan: TrainingPlan,
    length: Length,
    options: { readonly state?: Tensors; readonly encoded: boolean },
  ): Promise<Stepper> {
    const { loss, weighted } = plan.objective;
    const engine = new Engine({ threads: plan.threads, kernels: plan.kernels });
    try {
      const graph = trainingStep(plan.architecture, options.encoded ? undefined : plan.encoder, {
        ...{ ...plan, ...plan.size, batch: length.batch },
        ...{ loss, weighted, optimizer: optimizers[plan.optimizer] },
      });
      const { state } = options;
      const start = state
        ? new Map(graph.state.map((spec) => [spec.name, contentOf(state, spec, 'saved state')]))
        : plan.initial;
      await engine.setState(start, graph.state);
      return new Stepper(plan, length, engine, await engine.load(graph.model));
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** @param step from 1 */
  async run(step: number, tensors: Readonly<Record<string, Tensor>>): Promise<StepResult> {
    const { schedule, warmupSteps, optimizer, optimizerOptions } = this.#plan;
    const lr = learningRate(schedule, this.#plan.lr, { step, steps: this.#length.steps, warmupSteps });
    const numbers = { lr, ...optimizers[optimizer].scalars(step, optimizerOptions) };
    const scalars = Object.entries(numbers).map(([name, value]) => [name, scalarTensor(value)]);
    const outputs = await this.#session.run({ ...tensors, ...Object.fromEntries(scalars) });
    const single = (name: string) => outputs[name].data[0];
    const levels = Object.keys(outputs).filter((name) => name.startsWith(LEVEL_NORM));
    const [loss, gradientNorm, weightNorm] = ['loss', 'gradient_norm', 'weight_norm'].map(single);
    return {
      ...{ loss, lr, gradientNorm, weightNorm },
      levelNorms: Object.fromEntries(levels.map((name) => [name, single(name)])),
      finite: [loss, gradientNorm, weightNorm].every(Number.isFinite),
    };
  }

  close(): Promise<void> {
    return this.engine.close();
  }
}
