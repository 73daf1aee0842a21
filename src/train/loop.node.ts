import { UserError } from '../core/errors.ts';
import { RandomStream } from '../core/random.ts';
import type { Size } from '../core/size.ts';
import type { Tensor, Tensors } from '../core/tensor.ts';
import type { BatchRequest } from '../data/loading/batch.ts';
import type { Jitter } from '../data/loading/jitter.ts';
import type { Pretext } from '../data/pretexts/index.ts';
import { contentOf } from '../nn/context.ts';
import { type Architecture, parametersOf } from '../nn/model.ts';
import { type OptimizerName, type OptimizerOptions, optimizers } from '../nn/optimizers.ts';
import { learningRate, type ScheduleName } from '../nn/schedules.ts';
import { drawnGates } from '../nn/skips.ts';
import { LEVEL_NORM, trainingStep } from '../nn/step-graph.ts';
import type { Objective } from '../objectives/objective.ts';
import type { Position } from '../records/saved-state.node.ts';
import { Engine, type Session, scalarTensor } from '../runtime/engine.node.ts';
import type { Kernels } from '../runtime/kernels.ts';
import type { TapsOf } from './features.node.ts';
import type { LoadedSamples } from './images.node.ts';
import { lengthOf } from './length.ts';

/** Everything that decides what a training does. */
export interface TrainingPlan extends Jitter {
  readonly architecture: Architecture;
  readonly encoder: Tensors;
  readonly initial: Tensors;
  readonly size: Size;
  readonly batch: number;
  readonly epochs: number;
  readonly maxSteps?: number;
  readonly objective: Objective;
  readonly optimizer: OptimizerName;
  readonly optimizerOptions: OptimizerOptions;
  readonly clipNorm: number;
  readonly gatePenalty?: number;
  readonly normMomentum?: number;
  readonly lr: number;
  readonly schedule: ScheduleName;
  readonly warmupSteps: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly augment: boolean;
  /** What else is done to training images; masks stay as they are. */
  readonly degradation?: Pretext;
  readonly threads: number;
  readonly kernels?: Kernels;
}

/** What happens while a training runs. */
export interface StepRecord {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly lr: number;
  readonly gradientNorm: number;
  /** Of each level of the network, as `gradient_norm/decoder.blocks.0`. */
  readonly levelNorms: Readonly<Record<string, number>>;
}

export interface EpochRecord {
  readonly epoch: number;
  readonly step: number;
  /** Mean over the epoch's steps, each before its update. */
  readonly trainLoss: number;
  readonly seconds: number;
}

export interface TrainingHooks {
  onStep(record: StepRecord): Promise<void>;
  /** After the last step of an epoch, or of the training; true = stop here. */
  onEpoch(record: EpochRecord, engine: Engine): Promise<boolean>;
  /** From time to time, and when the training is ended early. */
  save(position: Position, state: Tensors): Promise<void>;
  /** Saves the state when the training cannot go on, and says where. */
  rescue(state: Tensors): Promise<string>;
}

/** What may be given beside the plan. */
export interface TrainingCourse {
  /** Ends the training after the step under way. */
  readonly signal?: AbortSignal;
  /** Goes on from what `save` was given; the steps that follow are the same as without the break. */
  readonly from?: { readonly position: Position; readonly state: Tensors };
  /** Makes the encoder's taps of a batch; without it the encoder is part of each step. */
  readonly taps?: TapsOf;
  /** Seconds of work after which `save` is called. */
  readonly saveEvery?: number;
}

export interface TrainingResult {
  /** How far the training has come, what went before `from` included. */
  readonly steps: number;
  /** Parameters and running statistics. */
  readonly weights: Tensors;
  /** Whether the signal ended it early. */
  readonly interrupted: boolean;
  /** Whether `onEpoch` did. */
  readonly stoppedEarly: boolean;
  /** Share of the time that steps waited for their batch. */
  readonly waitedForData: number;
}

/**
 * Trains the decoder. Batches are assembled while the step before them runs.
 *
 * @param indices the samples of `source` to train on, in file order
 * @throws UserError if loss, gradients or updated weights are not finite; the state before that step is rescued
 */
export async function runTraining(
  plan: TrainingPlan,
  source: Pick<LoadedSamples, 'batch' | 'samples'>,
  indices: readonly number[],
  hooks: TrainingHooks,
  { signal, from, taps, saveEvery = 30 }: TrainingCourse = {},
): Promise<TrainingResult> {
  const { batch, stepsPerEpoch, steps, epochs } = lengthOf(plan, indices.length);
  const optimizer = optimizers[plan.optimizer];
  const engine = new Engine({ threads: plan.threads, kernels: plan.kernels });
  let upcoming: Promise<Prepared> | undefined;
  try {
    const encoder = taps ? undefined : plan.encoder;
    const { loss, weighted } = plan.objective;
    const options = { ...plan, ...plan.size, batch, loss, weighted, optimizer };
    const graph = trainingStep(plan.architecture, encoder, options);
    const start = from
      ? new Map(graph.state.map((spec) => [spec.name, contentOf(from.state, spec, 'saved state')]))
      : plan.initial;
    await engine.setState(start, graph.state);
    const session = await engine.load(graph.model);
    const request = batchRequests(plan, indices, batch, stepsPerEpoch);
    const prepare = async (step: number): Promise<Prepared> => {
      const asked = request(step);
      const loadedBatch = await source.batch(asked);
      const { input, weight } = loadedBatch;
      const loaded = performance.now();
      const { height, width } = plan.size;
      const encoded = taps
        ? await taps(engine, asked, input, batch)
        : { image: { shape: [batch, 3, height, width], data: input } };
      const stems = asked.indices.map((index) => source.samples[index].stem);
      const gates = drawnGates(plan.architecture, asked, stems);
      const shape = [batch, plan.architecture.head.channels, height, width];
      const feeds: Record<string, Tensor> = {
        ...encoded,
        ...gates,
        target: { shape, data: plan.objective.target(loadedBatch) },
      };
      if (weight) feeds.weight = { shape: [batch, 1, height, width], data: weight };
      return { feeds, loaded };
    };
    const fetch = (step: number) => {
      const wanted = step <= steps && !signal?.aborted ? prepare(step) : undefined;
      // A failure is met when the batch is awaited; until then it must not count as unhandled.
      wanted?.catch(() => {});
      return wanted;
    };

    const began = performance.now();
    let waited = 0;
    let epochBegan = began;
    let saved = began;
    let step = from?.position.step ?? 0;
    let losses = [...(from?.position.losses ?? [])];
    let stopped = from?.position.stopped ?? false;
    upcoming = stopped ? undefined : fetch(step + 1);
    while (upcoming) {
      step++;
      const asked = performance.now();
      const { feeds, loaded } = await upcoming;
      waited += Math.max(0, loaded - asked);
      upcoming = fetch(step + 1);
      const lr = learningRate(plan.schedule, plan.lr, { step, steps, warmupSteps: plan.warmupSteps });
      const scalars = { lr, ...optimizer.scalars(step, plan.optimizerOptions) };
      const { loss, gradientNorm, levelNorms, weightNorm } = await runStep(session, feeds, scalars);
      const epoch = Math.ceil(step / stepsPerEpoch);
      if (![loss, gradientNorm, weightNorm].every(Number.isFinite)) {
        const kept = await hooks.rescue(await engine.state());
        throw new UserError({
          what: `step ${step}, learning rate ${lr}`,
          got: `loss ${loss}, gradient norm ${gradientNorm}, weight norm ${weightNorm}`,
          expected: 'finite numbers',
          fix: `lower --lr or set --clip-norm; the weights before this step are kept in ${kept}`,
        });
      }
      losses.push(loss);
      await hooks.onStep({ step, steps, epoch, epochs, loss, lr, gradientNorm, levelNorms });
      if (step % stepsPerEpoch === 0 || step === steps) {
        const seconds = (performance.now() - epochBegan) / 1000;
        const trainLoss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
        stopped = await hooks.onEpoch({ epoch, step, trainLoss, seconds }, engine);
        losses = [];
        epochBegan = performance.now();
      }
      const ends = signal?.aborted || stopped;
      if (ends || performance.now() - saved >= 1000 * saveEvery) {
        await hooks.save({ step, losses, stopped }, await engine.state());
        saved = performance.now();
      }
      if (ends) break;
    }
    return {
      steps: step,
      weights: await engine.state(parametersOf(plan.architecture).map(({ name }) => name)),
      interrupted: signal?.aborted === true && !stopped && step < steps,
      stoppedEarly: stopped,
      waitedForData: waited / (performance.now() - began),
    };
  } finally {
    // Its images may be in the engine, which must not be ended while it computes.
    await upcoming?.catch(() => {});
    await engine.close();
  }
}

/** A batch, ready for its step. */
interface Prepared {
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** When the loader had assembled it, in ms. */
  readonly loaded: number;
}

async function runStep(
  session: Session,
  feeds: Readonly<Record<string, Tensor>>,
  scalars: Readonly<Record<string, number>>,
) {
  const numbers = Object.entries(scalars).map(([name, value]) => [name, scalarTensor(value)]);
  const result = await session.run({ ...feeds, ...Object.fromEntries(numbers) });
  return {
    loss: result.loss.data[0],
    gradientNorm: result.gradient_norm.data[0],
    levelNorms: Object.fromEntries(
      Object.entries(result)
        .filter(([name]) => name.startsWith(LEVEL_NORM))
        .map(([name, { data }]) => [name, data[0]]),
    ),
    weightNorm: result.weight_norm.data[0],
  };
}

/** Which samples a step takes: a new shuffle each epoch, or file order, going round. */
function batchRequests(
  { seed, shuffle, augment, objective, degradation, brightness, contrast, saturation, hue }: TrainingPlan,
  indices: readonly number[],
  batch: number,
  stepsPerEpoch: number,
): (step: number) => BatchRequest {
  const jitter = { brightness, contrast, saturation, hue };
  let shuffledEpoch = 0;
  let order = indices;
  return (step) => {
    const epoch = Math.ceil(step / stepsPerEpoch);
    if (shuffle && epoch !== shuffledEpoch) {
      order = new RandomStream(seed, 'order', epoch).shuffled(indices);
      shuffledEpoch = epoch;
    }
    const first = shuffle ? ((step - 1) % stepsPerEpoch) * batch : (step - 1) * batch;
    const chosen = Array.from({ length: batch }, (_, i) => order[(first + i) % order.length]);
    return { indices: chosen, seed, epoch, augment, jitter, pretext: objective.pretext, degradation };
  };
}
