import { afterAll, beforeAll, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { initialise } from '../../src/nn/init.ts';
import { losses } from '../../src/nn/losses.ts';
import { type Architecture, parametersOf } from '../../src/nn/model.ts';
import { optimizers } from '../../src/nn/optimizers.ts';
import { trainingStep } from '../../src/nn/step-graph.ts';
import { Engine, scalarTensor } from '../../src/runtime/engine.node.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { tensorOf } from '../support/run-many.ts';
import { largestDifference } from '../support/shared.ts';

const architecture: Architecture = {
  encoder: mobileNetV2,
  decoder: 'unet',
  decoderChannels: [4, 4, 4, 4, 4],
  head: MASK_HEAD,
};
const optimizerOptions = { momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
const encoder = randomEncoder();

let engine: Engine;
beforeAll(() => {
  engine = new Engine({ threads: 2 });
});
afterAll(() => engine.close());

/** One step of plain descent at rate 1: what it moves the trainable parameters by is the clipped gradient. */
async function moved(clipNorm: number) {
  const step = trainingStep(architecture, encoder, {
    batch: 1,
    height: 32,
    width: 32,
    loss: losses.bce,
    optimizer: optimizers.sgd,
    optimizerOptions,
    clipNorm,
  });
  const specs = parametersOf(architecture);
  const initial = specs.map((spec) => [spec.name, initialise(spec, 1)] as const);
  await engine.setState(new Map(initial), step.state);
  const session = await engine.load(step.model);
  const stream = new RandomStream('image');
  const noise = Array.from({ length: 3 * 32 * 32 }, () => 2 * stream.uniform() - 1);
  const result = await session.run({
    image: tensorOf([1, 3, 32, 32], noise),
    target: tensorOf(
      [1, 1, 32, 32],
      noise.slice(0, 1024).map((x) => (x > 0 ? 1 : 0)),
    ),
    lr: scalarTensor(1),
  });
  await session.release();
  const state = await engine.state();
  const trainable = new Set(specs.filter((spec) => spec.trainable).map(({ name }) => name));
  const gradient = initial
    .filter(([name]) => trainable.has(name))
    .flatMap(([name, { data }]) => Array.from(data, (x, i) => x - state.get(name)!.data[i]));
  const levels = Object.entries(result).filter(([name]) => name.startsWith('gradient_norm/'));
  return {
    gradient,
    norm: result.gradient_norm.data[0],
    levels: new Map(levels.map(([name, { data }]) => [name.slice('gradient_norm/'.length), data[0]])),
  };
}

test('gradients are scaled down to a norm, over all of them, and never up', async () => {
  const free = await moved(0);
  const norm = Math.hypot(...free.gradient);
  expect(free.norm / norm).toBeCloseTo(1, 4);

  const clipped = await moved(norm / 4);
  expect(clipped.norm / norm).toBeCloseTo(1, 4);
  expect(Math.hypot(...clipped.gradient) / norm).toBeCloseTo(1 / 4, 4);
  expect(
    largestDifference(
      clipped.gradient,
      free.gradient.map((x) => x / 4),
    ),
  ).toBeLessThan(1e-5 * norm);

  expect((await moved(norm * 4)).gradient).toEqual(free.gradient);
});

test('the norm of each level is told, and they come to the whole', async () => {
  const { levels, norm, gradient } = await moved(0);
  expect([...levels.keys()]).toEqual([
    ...[0, 1, 2, 3, 4].map((i) => `decoder.blocks.${i}`),
    'segmentation_head',
  ]);
  expect(Math.hypot(...levels.values()) / norm).toBeCloseTo(1, 5);
  // The output layer's weights and bias are the last parameters.
  const { decoderChannels } = architecture;
  const head = gradient.slice(-(9 * decoderChannels[4] + 1));
  expect(levels.get('segmentation_head')! / Math.hypot(...head)).toBeCloseTo(1, 4);
});
