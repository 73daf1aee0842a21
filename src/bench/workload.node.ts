import { availableParallelism } from 'node:os';
import { UserError } from '../core/errors.ts';
import type { Listener } from '../core/events.ts';
import { RandomStream } from '../core/random.ts';
import type { Shape } from '../core/shape.ts';
import { parseSize, type Size } from '../core/size.ts';
import { type Tensor, type Tensors, tensor } from '../core/tensor.ts';
import { RANDOM_ENCODER, randomSeed } from '../encoders/random.ts';
import { readEncoder } from '../encoders/read.node.ts';
import { weightsFor, withLearnedNorms } from '../nn/encoder-layer.ts';
import { MASK_HEAD } from '../nn/head.ts';
import { losses } from '../nn/losses.ts';
import { type Architecture, checkSize, defaultChannels } from '../nn/model.ts';
import { optimizers } from '../nn/optimizers.ts';
import { type StepGraph, type StepOptions, trainingStep } from '../nn/step-graph.ts';
import { parseEncoderTraining, trainedTensors } from '../nn/trained-encoder.ts';
import { Engine, type Session, scalarTensor } from '../runtime/engine.node.ts';
import { deviceOf, optimizerOptionsOf } from '../settings/meaning.ts';
import { freshWeights } from '../train/weights.ts';
import type { BenchmarkSettings } from './settings.ts';

/** Runs before those that are timed: the first ones find memory for their tensors. */
export const WARM_UPS = 2;

const LEARNING_RATE = 1e-3;
const optimizer = optimizers.adam;
const optimizerOptions = optimizerOptionsOf({ momentum: 0, weightDecay: 0 });

/** A network that is to be timed: binary cross-entropy, Adam, random images and masks. */
export interface Workload {
  readonly architecture: Architecture;
  readonly encoder: Tensors;
  readonly weights: Tensors;
  readonly learning: StepOptions & Size & { readonly batch: number };
  readonly step: StepGraph;
  /** [N, 3, H, W] in [-1, 1). */
  readonly image: Tensor;
  /** [N, 1, H, W], 0 and 1. */
  readonly target: Tensor;
}

export function threadsOf({ threads }: BenchmarkSettings): number {
  return threads === 'auto' ? availableParallelism() : threads;
}

/** @throws UserError for a size or an encoder that cannot be used */
export async function workloadOf(settings: BenchmarkSettings, listener: Listener): Promise<Workload> {
  const { decoder, batch } = settings;
  const shape = { ...parseSize(settings.size), batch };
  const file = await readEncoder(settings.encoder ?? RANDOM_ENCODER, listener, { size: shape });
  if (file.encoder.model) {
    throw new UserError({
      what: 'encoder',
      got: file.encoder.name,
      expected: 'an encoder that is part of the step',
      fix: 'take one of docs/encoders.md',
    });
  }
  checkSize(shape, file.encoder);
  const decoderChannels = defaultChannels(decoder, file.encoder);
  const training = parseEncoderTraining(settings.trainEncoder, file.encoder);
  // As `train` has it; the one that stands for weights that take as long learns no batch norms.
  const fromNothing = training === 'all' && randomSeed(settings.encoder ?? '') !== undefined;
  const own = fromNothing ? withLearnedNorms(file.encoder) : file.encoder;
  const weights = weightsFor(own, file.weights);
  const trained = trainedTensors(own, training);
  const architecture = { encoder: own, trained, decoder, decoderChannels, head: MASK_HEAD };
  const learning = { ...shape, loss: losses.bce, optimizer, optimizerOptions, clipNorm: 0 };
  return {
    architecture,
    encoder: weights,
    weights: freshWeights(architecture, 0, weights),
    learning,
    step: trainingStep(architecture, weights, learning),
    image: drawn('image', [batch, 3, shape.height, shape.width], (x) => 2 * x - 1),
    target: drawn('target', [batch, 1, shape.height, shape.width], Math.round),
  };
}

/** Does something with an engine that holds the state of a fresh training. */
export async function inEngine<Result>(
  { step, weights }: Workload,
  settings: BenchmarkSettings,
  work: (engine: Engine) => Promise<Result>,
): Promise<Result> {
  const engine = new Engine({
    threads: threadsOf(settings),
    kernels: settings.kernels,
    device: deviceOf(settings),
  });
  try {
    await engine.setState(weights, step.state);
    return await work(engine);
  } finally {
    await engine.close();
  }
}

/**
 * Runs a session, after runs that warm it up.
 *
 * @param scalars what is fed beside in a step, from 1
 * @returns the time of each run in ms
 */
export async function timesOf(
  session: Session,
  runs: number,
  feeds: Readonly<Record<string, Tensor>>,
  scalars: (step: number) => Readonly<Record<string, Tensor>> = () => ({}),
): Promise<number[]> {
  const times: number[] = [];
  for (let step = 1; step <= WARM_UPS + runs; step++) {
    const given = { ...copies(feeds), ...scalars(step) };
    const began = performance.now();
    await session.run(given);
    times.push(performance.now() - began);
  }
  return times.slice(WARM_UPS);
}

/** What the optimizer is told in a step, from 1. */
export function stepScalars(step: number): Record<string, Tensor> {
  const numbers = { lr: LEARNING_RATE, ...optimizer.scalars(step, optimizerOptions) };
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, scalarTensor(value)]));
}

/** The engine takes what it is fed away. */
function copies(feeds: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  );
}

/** Random numbers in [0, 1), changed. */
function drawn(purpose: string, shape: Shape, change: (x: number) => number): Tensor {
  const stream = new RandomStream('benchmark', purpose);
  const result = tensor(shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = change(stream.uniform());
  return result;
}
