import { UserError } from '../core/errors.ts';
import { mean } from '../core/mean.ts';
import type { Tensors } from '../core/tensor.ts';
import type { StepEvent } from '../events/run-event.ts';
import type { Position } from '../records/saved-state.node.ts';
import type { Engine } from '../runtime/engine.ts';
import type { BatchPlan } from './batch-plan.ts';
import type { TapsOf } from './features.node.ts';
import { type Fed, Feeds, type StepSource } from './feeds.ts';
import type { TrainingPlan } from './plan.ts';
import { trainingBatches } from './pseudo-batches.ts';
import { Stepper } from './stepper.ts';
import { Teacher } from './teacher.ts';

/** An epoch, before its validation. */
export interface EpochResult {
  readonly epoch: number;
  readonly step: number;
  /** Means over the epoch's steps, each before its update: the loss, and of plain images what was measured on them. */
  readonly means: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Who is told of a training's steps, and keeps what is to be kept. */
export interface TrainingKeeper {
  afterStep(step: StepEvent): Promise<void>;
  /** After the last step of an epoch, or of the training; true = stop here. */
  afterEpoch(epoch: EpochResult, stepper: Stepper): Promise<boolean>;
  /** Whether the state is to be saved after this step. */
  isSaveDue(): boolean;
  save(position: Position, state: Tensors): Promise<void>;
  /** Saves the state when the training cannot go on, and says where. */
  rescue(state: Tensors): Promise<string>;
}

/** What is given beside the plan. */
export interface StepsOptions {
  /** Computes the steps; its owner closes it. */
  readonly engine: Engine;
  /** Ends the training after the step under way. */
  readonly signal?: AbortSignal;
  /** Goes on from what `save` was given; the steps that follow are the same as without the break. */
  readonly from?: { readonly position: Position; readonly state: Tensors };
  /** Makes the encoder's taps of a batch; without it the encoder is part of each step. */
  readonly taps?: TapsOf;
  /** Of a plan that learns from plain images: these. */
  readonly plain?: StepSource;
}

export interface StepsResult {
  /** How far the training has come, what went before `from` included. */
  readonly steps: number;
  /** What checkpoints hold. */
  readonly weights: Tensors;
  /** Whether the signal ended it early. */
  readonly interrupted: boolean;
  /** Whether `afterEpoch` did. */
  readonly stoppedEarly: boolean;
  /** Share of the time that steps waited for their batch. */
  readonly waitedForData: number;
}

/**
 * Trains a network, step by step.
 *
 * @throws UserError if loss, gradients or updated weights are not finite; the state before that step is rescued
 */
export async function runSteps(
  plan: TrainingPlan,
  source: StepSource,
  keeper: TrainingKeeper,
  { engine, signal, from, taps, plain }: StepsOptions,
): Promise<StepsResult> {
  const batches = trainingBatches({ ...plan, pretext: plan.objective.pretext }, source.samples.length);
  const encoded = taps !== undefined;
  const stepper = await Stepper.open(plan, batches, { engine, state: from?.state, encoded });
  const teacher = plan.consistency && plain ? new Teacher(plan, plan.consistency, engine) : undefined;
  let { step, stopped } = from?.position ?? { step: 0, stopped: false };
  const measures = new EpochMeasures(from?.position.epoch);
  const feeds = stopped ? undefined : new Feeds({ plan, batches, source, plain, engine, taps, signal }, step);
  const began = performance.now();
  let epochBegan = began;
  try {
    for (let fed = await feeds?.next(); fed; fed = await feeds?.next()) {
      step++;
      const epoch = Math.ceil(step / batches.stepsPerEpoch);
      measures.add(await oneStep(stepper, fed, { step, epoch, batches, keeper, teacher }));
      if (step % batches.stepsPerEpoch === 0 || step === batches.steps) {
        const seconds = (performance.now() - epochBegan) / 1000;
        stopped = await keeper.afterEpoch({ epoch, step, means: measures.means(), seconds }, stepper);
        measures.clear();
        epochBegan = performance.now();
      }
      const ends = signal?.aborted || stopped;
      if (ends || keeper.isSaveDue())
        await keeper.save({ step, epoch: measures.all, stopped }, await engine.state());
      if (ends) break;
    }
    return {
      steps: step,
      weights: await stepper.weights(),
      interrupted: signal?.aborted === true && !stopped && step < batches.steps,
      stoppedEarly: stopped,
      waitedForData: (feeds?.waited ?? 0) / (performance.now() - began),
    };
  } finally {
    await feeds?.close();
  }
}

/** What was measured in the steps of an epoch, by name. */
class EpochMeasures {
  #all: Record<string, number[]>;

  /** @param all of an epoch that goes on */
  constructor(all: Readonly<Record<string, readonly number[]>> = {}) {
    this.#all = Object.fromEntries(Object.entries(all).map(([name, values]) => [name, [...values]]));
  }

  get all(): Record<string, number[]> {
    return this.#all;
  }

  add(measured: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(measured)) {
      this.#all[name] ??= [];
      this.#all[name].push(value);
    }
  }

  /** Over the steps that have a number: where no pixel counts, none of them agrees or not. */
  means(): Record<string, number> {
    const known = (values: readonly number[]) => values.filter((value) => !Number.isNaN(value));
    return Object.fromEntries(Object.entries(this.#all).map(([name, values]) => [name, mean(known(values))]));
  }

  clear(): void {
    this.#all = {};
  }
}

/** Which step is run, and who is told of it. */
interface StepPlace {
  readonly step: number;
  readonly epoch: number;
  readonly batches: BatchPlan;
  readonly keeper: TrainingKeeper;
  readonly teacher?: Teacher;
}

/** Runs a step, and returns its loss, and what was measured on its plain images. */
async function oneStep(
  stepper: Stepper,
  { tensors, plain }: Fed,
  { step, epoch, batches, keeper, teacher }: StepPlace,
): Promise<Record<string, number>> {
  const pseudo = teacher && plain ? await teacher.pseudoMasks(plain) : undefined;
  const { finite, weightNorm, outputs, ...result } = await stepper.run(step, {
    ...tensors,
    ...pseudo?.tensors,
  });
  const { loss, lr, gradientNorm } = result;
  if (!finite) {
    const kept = await keeper.rescue(await stepper.engine.state());
    throw new UserError({
      what: `step ${step}, learning rate ${lr}`,
      got: `loss ${loss}, gradient norm ${gradientNorm}, weight norm ${weightNorm}`,
      expected: 'finite numbers',
      fix: `lower --lr or set --clip-norm; the weights before this step are kept in ${kept}`,
    });
  }
  const { steps, epochs } = batches;
  const measures = pseudo ? pseudo.measures(outputs) : {};
  await keeper.afterStep({ type: 'step', step, steps, epoch, epochs, ...result, measures });
  return { loss, ...measures };
}
