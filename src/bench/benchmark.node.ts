import { availableParallelism, cpus } from 'node:os';
import { quantile } from '../core/quantile.ts';
import { RandomStream } from '../core/random.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { type Tensor, tensor } from '../core/tensor.ts';
import type { EncoderHooks } from '../encoders/obtain.node.ts';
import { readEncoder } from '../encoders/read.node.ts';
import type { Program } from '../graph/program.ts';
import { losses } from '../nn/losses.ts';
import { checkExtent, type DecoderName, defaultChannels, parametersOf } from '../nn/model.ts';
import { optimizers } from '../nn/optimizers.ts';
import { evaluationGraph, trainingStep } from '../nn/step-graph.ts';
import { Engine, scalarTensor, zeroState } from '../runtime/engine.node.ts';
import { freshWeights } from '../train/checkpoint.node.ts';
import { parseSettings, parseSize } from '../train/config.ts';
import { optimizerOptionsOf } from '../train/resolve.node.ts';
import { manifest } from '../train/run-folder.node.ts';
import { decoderStep, encoderGraph } from './parts.ts';
import { randomEncoder } from './random-encoder.ts';
import { type BenchmarkOptions, benchmarkSchema } from './settings.ts';

/** What was timed, and the times: medians, in ms a batch. */
export interface Benchmark {
  readonly tool: string;
  readonly cpu: string;
  readonly threads: number;
  /** Channels in a block of the runtime's blocked layout; 0 = plain kernels. */
  readonly block: number;
  readonly decoder: DecoderName;
  /** Of the images, as it was given: N or HxW. */
  readonly size: number | string;
  readonly batch: number;
  /** Trainable numbers. */
  readonly params: number;
  /** A training step of the decoder, the encoder's taps being there already. */
  readonly decoder_step_ms: number;
  /** A training step as `train` runs it: encoder, decoder, gradients, optimizer. */
  readonly train_step_ms: number;
  /** The encoder's five taps. */
  readonly encoder_ms: number;
  /** The whole network as `predict` runs it. */
  readonly infer_ms: number;
  readonly train_images_per_s: number;
  readonly infer_images_per_s: number;
  /** The most memory that this process has had, in MiB. */
  readonly peak_rss_mb: number;
}

const WARM_UPS = 2;
const LEARNING_RATE = 1e-3;
const optimizer = optimizers.adam;
const optimizerOptions = optimizerOptionsOf({ momentum: 0, weightDecay: 0 });

/**
 * Times the graphs that training and prediction run, on random images and masks, in the engine that they run in: binary
 * cross-entropy, Adam. Loading and augmenting images is no part of it.
 *
 * @throws UserError for settings or an encoder that cannot be used
 */
export async function benchmark(
  options: BenchmarkOptions = {},
  hooks: EncoderHooks = {},
): Promise<Benchmark> {
  const { decoder, size, batch, runs, ...settings } = parseSettings(benchmarkSchema, options);
  const shape = { ...parseSize(size), batch };
  checkExtent(shape);
  const threads = settings.threads === 'auto' ? availableParallelism() : settings.threads;
  const encoder = settings.encoder ? (await readEncoder(settings.encoder, hooks)).weights : randomEncoder();
  const architecture = { decoder, decoderChannels: defaultChannels(decoder), outputs: 1 };
  const weights = freshWeights(architecture, 0);
  const learning = { ...shape, loss: losses.bce, optimizer, optimizerOptions, clipNorm: 0 };
  const image = drawn('image', [batch, 3, shape.height, shape.width], (x) => 2 * x - 1);
  const target = drawn('target', [batch, 1, shape.height, shape.width], Math.round);

  const engine = new Engine({ threads, kernels: settings.kernels });
  const time = async (model: Program, feeds: Readonly<Record<string, Tensor>>, scalars = noScalars) => {
    const session = await engine.load(model);
    const times: number[] = [];
    for (let step = 1; step <= WARM_UPS + runs; step++) {
      const given = { ...copies(feeds), ...scalars(step) };
      const began = performance.now();
      await session.run(given);
      times.push(performance.now() - began);
    }
    await session.release();
    return quantile(
      times.slice(WARM_UPS).sort((a, b) => a - b),
      0.5,
    );
  };
  try {
    const step = trainingStep(architecture, encoder, learning);
    await engine.setState(new Map([...zeroState(step.state), ...weights]));
    // First, because it leaves its taps to the decoder's step.
    const encoderMs = await time(encoderGraph(encoder, shape), { image });
    const decoderMs = await time(decoderStep(architecture, learning).model, { target }, stepScalars);
    const trainMs = await time(step.model, { image, target }, stepScalars);
    const inferMs = await time(evaluationGraph(architecture, encoder, { ...shape, weights }), { image });
    return {
      tool: `fewmask ${manifest.version}, onnxruntime ${manifest.dependencies['onnxruntime-node']}`,
      cpu: cpus()[0]?.model ?? 'unknown',
      threads,
      block: await engine.blockSize(),
      decoder,
      size,
      batch,
      params: parametersOf(architecture)
        .filter(({ trainable }) => trainable)
        .reduce((sum, spec) => sum + sizeOf(spec.shape), 0),
      decoder_step_ms: decoderMs,
      train_step_ms: trainMs,
      encoder_ms: encoderMs,
      infer_ms: inferMs,
      train_images_per_s: (1000 * batch) / trainMs,
      infer_images_per_s: (1000 * batch) / inferMs,
      peak_rss_mb: process.resourceUsage().maxRSS / 1024,
    };
  } finally {
    await engine.close();
  }
}

/** What the optimizer is told in a step, from 1. */
function stepScalars(step: number): Record<string, Tensor> {
  const numbers = { lr: LEARNING_RATE, ...optimizer.scalars(step, optimizerOptions) };
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, scalarTensor(value)]));
}

const noScalars = (_step: number): Record<string, Tensor> => ({});

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
