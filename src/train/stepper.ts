import type { Tensor, Tensors } from '../core/tensor.ts';
import { loadWithEncoder } from '../encoders/session.ts';
import { CONSISTENCY_WEIGHT } from '../nn/consistency.ts';
import { contentOf } from '../nn/context.ts';
import { optimizers } from '../nn/optimizers.ts';
import { type ParameterGroup, scalarName, unfrozen } from '../nn/parameter-groups.ts';
import { learningRate } from '../nn/schedules.ts';
import { AVERAGE_PREFIX, LEVEL_NORM, type StepGraph, trainingStep } from '../nn/step-graph.ts';
import { type Engine, type Session, scalarTensor } from '../runtime/engine.ts';
import type { Length } from './batch-plan.ts';
import { consistencyWeight } from './consistency.ts';
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
  /** All that the step put out beside its state. */
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** A network in training: its step graph and its state, in an engine, which its owner closes. */
export class Stepper {
  readonly engine: Engine;
  readonly #plan: TrainingPlan;
  readonly #length: Length;
  readonly #encoded: boolean;
  /** The step graph, and which groups of parameters it trains. */
  #loaded: { readonly session: Session; readonly groups: string } | undefined;
  /** One that was made and has not been loaded yet. */
  #made: { readonly graph: StepGraph; readonly groups: string } | undefined;

  private constructor(plan: TrainingPlan, length: Length, engine: Engine, encoded: boolean) {
    this.#plan = plan;
    this.#length = length;
    this.engine = engine;
    this.#encoded = encoded;
  }

  /**
   * @param options.engine computes the steps
   * @param options.state all that a step reads and renews, where a training goes on; otherwise it begins
   * @param options.encoded whether steps are fed the encoder's taps; otherwise the encoder is part of each step
   */
  static async open(
    plan: TrainingPlan,
    length: Length,
    options: { readonly engine: Engine; readonly state?: Tensors; readonly encoded: boolean },
  ): Promise<Stepper> {
    const { engine, state } = options;
    const stepper = new Stepper(plan, length, engine, options.encoded);
    const { state: specs } = stepper.#graph(plan.groups ?? []);
    const averages = Array.from(plan.initial, ([name, content]) => [AVERAGE_PREFIX + name, content] as const);
    const saved = state
      ? specs.map((spec) => [spec.name, contentOf(state, spec, 'saved state')] as const)
      : [];
    await engine.setState(new Map([...plan.initial, ...(plan.average ? averages : []), ...saved]), specs);
    return stepper;
  }

  /** @param step from 1 */
  async run(step: number, tensors: Readonly<Record<string, Tensor>>): Promise<StepResult> {
    const { schedule, warmupSteps } = this.#plan;
    const lr = learningRate(schedule, this.#plan.lr, { step, steps: this.#length.steps, warmupSteps });
    const session = await this.#session(step);
    const scalars = Object.entries(this.#scalars(step, lr)).map(([name, value]) => [
      name,
      scalarTensor(value),
    ]);
    const outputs = await session.run({ ...tensors, ...Object.fromEntries(scalars) });
    const single = (name: string) => outputs[name].data[0];
    const levels = Object.keys(outputs).filter((name) => name.startsWith(LEVEL_NORM));
    const [loss, gradientNorm, weightNorm] = ['loss', 'gradient_norm', 'weight_norm'].map(single);
    return {
      ...{ loss, lr, gradientNorm, weightNorm, outputs },
      levelNorms: Object.fromEntries(levels.map((name) => [name, single(name)])),
      finite: [loss, gradientNorm, weightNorm].every(Number.isFinite),
    };
  }

  /** What checkpoints hold, as it is now; the averages, where there are any. */
  async weights(): Promise<Tensors> {
    const { initial, average } = this.#plan;
    if (!average) return this.engine.state([...initial.keys()]);
    const prefixed = await this.engine.state(Array.from(initial.keys(), (name) => AVERAGE_PREFIX + name));
    return new Map(Array.from(prefixed, ([name, content]) => [name.slice(AVERAGE_PREFIX.length), content]));
  }

  /** Of a step: groups are frozen in the first ones. */
  async #session(step: number): Promise<Session> {
    const trained = unfrozen(this.#plan.groups ?? [], this.#epoch(step));
    const groups = namesOf(trained);
    if (this.#loaded?.groups !== groups) {
      await this.#loaded?.session.release();
      const { architecture, size } = this.#plan;
      const batches = { ...size, batch: this.#images };
      const { model } = this.#graph(trained);
      const session = await loadWithEncoder(this.engine, model, architecture.encoder, batches);
      this.#loaded = { session, groups };
      // It holds a copy of the encoder's weights.
      this.#made = undefined;
    }
    return this.#loaded.session;
  }

  /** In a step, the plain ones among them. */
  get #images(): number {
    return this.#length.batch + (this.#plan.consistency?.batch ?? 0);
  }

  #epoch(step: number): number {
    return Math.ceil(step / this.#length.stepsPerEpoch);
  }

  /** The graph of a step in which these groups of parameters are trained. */
  #graph(trained: readonly ParameterGroup[]): StepGraph {
    const names = namesOf(trained);
    if (this.#made?.groups === names) return this.#made.graph;
    const plan = this.#plan;
    const { loss, weighted } = plan.objective;
    const graph = trainingStep(plan.architecture, this.#encoded ? undefined : plan.encoder, {
      ...{ ...plan, ...plan.size, batch: this.#images, plain: plan.consistency?.batch },
      ...{ loss, weighted, optimizer: optimizers[plan.optimizer] },
      frozen: plan.groups?.filter((group) => !trained.includes(group)),
      averaged: !!plan.average,
    });
    this.#made = { graph, groups: names };
    return graph;
  }

  /** The numbers of a step that its graph reads. */
  #scalars(step: number, lr: number): Readonly<Record<string, number>> {
    const { optimizer, optimizerOptions, groups = [], average, consistency } = this.#plan;
    const numbers = { lr, ...optimizers[optimizer].scalars(step, optimizerOptions) };
    const ofGroups = unfrozen(groups, this.#epoch(step)).flatMap((group) => {
      const since = step - group.frozenEpochs * this.#length.stepsPerEpoch;
      const own = { lr: lr * group.lrFactor, ...optimizers[optimizer].scalars(since, optimizerOptions) };
      return Object.entries(own).map(([name, value]) => [scalarName(name, group), value] as const);
    });
    return {
      ...numbers,
      ...Object.fromEntries(ofGroups),
      ...(average && { average_decay: Math.min(average, step / (9 + step)) }),
      ...(consistency && { [CONSISTENCY_WEIGHT]: consistencyWeight(consistency, step, this.#length.steps) }),
    };
  }
}

const namesOf = (groups: readonly ParameterGroup[]) => groups.map(({ name }) => name).join();
