import { afterAll, beforeAll, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { IMAGE_HEAD } from '../../src/nn/head.ts';
import { initialise } from '../../src/nn/init.ts';
import { losses } from '../../src/nn/losses.ts';
import { type Architecture, parametersOf } from '../../src/nn/model.ts';
import { optimizers } from '../../src/nn/optimizers.ts';
import { evaluationGraph, trainingStep } from '../../src/nn/step-graph.ts';
import { Engine, scalarTensor } from '../../src/runtime/engine.node.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { tensorOf } from '../support/run-many.ts';

const architecture: Architecture = {
  encoder: mobileNetV2,
  decoder: 'unet',
  decoderChannels: [4, 4, 4, 4, 4],
  head: IMAGE_HEAD,
};
const optimizerOptions = { momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };
const encoder = randomEncoder();
const specs = parametersOf(architecture);
const initial = new Map(specs.map((spec) => [spec.name, initialise(spec, 1)] as const));
const extent = { batch: 1, height: 32, width: 32 };
const stream = new RandomStream('image');
const image = Array.from({ length: 3 * 1024 }, () => 2 * stream.uniform() - 1);
/** A quarter of the pixels. */
const weight = Array.from({ length: 1024 }, (_, i) => (i % 32 < 16 && i < 512 ? 1 : 0));

let engine: Engine;
beforeAll(() => {
  engine = new Engine({ threads: 2 });
});
afterAll(() => engine.close());

/** Loss, gradient norm and all weights after a step, as plain numbers, where target pixels are moved by `change`. */
async function stepped(loss: keyof typeof losses, weighted: boolean, change: (pixel: number) => number) {
  const step = trainingStep(architecture, encoder, {
    ...extent,
    loss: losses[loss],
    optimizer: optimizers.sgd,
    optimizerOptions,
    clipNorm: 0,
    weighted,
  });
  await engine.setState(initial, step.state);
  const session = await engine.load(step.model);
  const result = await session.run({
    image: tensorOf([1, 3, 32, 32], image),
    target: tensorOf(
      [1, 3, 32, 32],
      image.map((x, i) => x + change(i % 1024)),
    ),
    ...(weighted && { weight: tensorOf([1, 1, 32, 32], weight) }),
    lr: scalarTensor(0.1),
  });
  await session.release();
  const state = [...(await engine.state()).values()].map(({ data }) => [...data]);
  return { loss: result.loss.data[0], norm: result.gradient_norm.data[0], state };
}

const painters = ['mse', 'l1'] as const;

test.each(painters)('%s: pixels of weight 0 change neither loss nor gradients nor weights', async (loss) => {
  const elsewhere = (pixel: number) => (weight[pixel] === 0 ? 0.3 : 0);
  const there = (pixel: number) => (weight[pixel] === 1 ? 0.3 : 0);
  const plain = await stepped(loss, true, () => 0);
  expect(await stepped(loss, true, elsewhere)).toEqual(plain);
  const moved = await stepped(loss, true, there);
  expect(moved.loss).not.toBe(plain.loss);
  expect(moved.norm).not.toBe(plain.norm);
  expect((await stepped(loss, false, elsewhere)).loss).not.toBe((await stepped(loss, false, () => 0)).loss);
});

test('the loss of a validation is that of the pixels that count', async () => {
  const program = evaluationGraph(architecture, encoder, { ...extent, loss: losses.mse, weighted: true });
  await engine.setState(initial, specs);
  const session = await engine.load(program);
  const { output, loss } = await session.run({
    image: tensorOf([1, 3, 32, 32], image),
    target: tensorOf([1, 3, 32, 32], image),
    weight: tensorOf([1, 1, 32, 32], weight),
  });
  await session.release();
  const errors = Array.from(output.data, (x, i) => weight[i % 1024] * (x - image[i]) ** 2);
  expect(loss.data[0]).toBeCloseTo(errors.reduce((sum, e) => sum + e, 0) / (3 * 256), 5);
});
