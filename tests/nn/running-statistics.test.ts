import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tensors } from '../../src/core/tensor.ts';
import { normRelu } from '../../src/nn/layers.ts';
import { losses } from '../../src/nn/losses.ts';
import { optimizers } from '../../src/nn/optimizers.ts';
import { stepGraph } from '../../src/nn/step-graph.ts';
import { Engine, scalarTensor } from '../../src/runtime/engine.node.ts';
import { tensorOf } from '../support/run-many.ts';

const SHAPE = [3, 1, 2, 2];
const wave = (pace: number) => Array.from({ length: 12 }, (_, i) => Math.sin(1 + pace * i));
const optimizerOptions = { momentum: 0, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

let engine: Engine;
beforeAll(() => {
  engine = new Engine({ threads: 1 });
});
afterAll(() => engine.close());

/** A layer whose kernel passes its input on, so that what batch norm is given is known. */
async function afterOneStep(normMomentum?: number): Promise<Tensors> {
  const step = stepGraph(
    (context) => normRelu(context, context.graph.input('image', SHAPE), 'layer', 'same', 1),
    { loss: losses.mse, optimizer: optimizers.sgd, optimizerOptions, clipNorm: 0, normMomentum },
  );
  const initial = {
    'layer.0.weight': tensorOf([1, 1, 3, 3], [0, 0, 0, 0, 1, 0, 0, 0, 0]),
    'layer.1.weight': tensorOf([1], [1.5]),
    'layer.1.bias': tensorOf([1], [0.2]),
    'layer.1.running_mean': tensorOf([1], [0.5]),
    'layer.1.running_var': tensorOf([1], [2]),
  };
  await engine.setState(new Map(Object.entries(initial)), step.state);
  const session = await engine.load(step.model);
  await session.run({
    image: tensorOf(SHAPE, wave(0.7)),
    target: tensorOf(SHAPE, wave(0.3)),
    lr: scalarTensor(0.1),
  });
  await session.release();
  return engine.state();
}

test.each([
  undefined,
  0.1,
  0.01,
  0.6,
  1,
])('with momentum %s running statistics go that far towards the batch, as in PyTorch', async (given) => {
  const momentum = given ?? 0.1;
  const values = wave(0.7);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const unbiased = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const next = await afterOneStep(given);
  expect(next.get('layer.1.running_mean')!.data[0]).toBeCloseTo(0.5 + momentum * (mean - 0.5), 6);
  expect(next.get('layer.1.running_var')!.data[0]).toBeCloseTo(2 + momentum * (unbiased - 2), 6);
});

test('what is learned does not depend on it', async () => {
  const [usual, slow] = [await afterOneStep(0.1), await afterOneStep(0.01)];
  for (const name of ['layer.0.weight', 'layer.1.weight', 'layer.1.bias'])
    expect(slow.get(name)!.data, name).toEqual(usual.get(name)!.data);
});
