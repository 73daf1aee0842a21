import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Tensors } from '../../src/core/tensor.ts';
import { Graph } from '../../src/graph/graph.ts';
import { consistencyLoss } from '../../src/nn/consistency.ts';
import { ModelContext } from '../../src/nn/context.ts';
import { biased, normRelu } from '../../src/nn/layers.ts';
import { lossOf, parseLoss } from '../../src/nn/loss-sum.ts';
import { losses, MASK_LOSSES } from '../../src/nn/losses.ts';
import { optimizers } from '../../src/nn/optimizers.ts';
import { AVERAGE_PREFIX, stepGraph } from '../../src/nn/step-graph.ts';
import { segment } from '../../src/objectives/segment.ts';
import { sigmoid } from '../../src/ops/elementwise.ts';
import { Engine, scalarTensor } from '../../src/runtime/engine.node.ts';
import { consistencyWeight } from '../../src/train/consistency.ts';
import { evaluate, tensorOf } from '../support/run-many.ts';

const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});
function opened(kernels: 'auto' | 'plain' = 'auto'): Engine {
  const engine = new Engine({ threads: 1, kernels });
  engines.push(engine);
  return engine;
}

/** What `scripts/peers/consistency_step.py` wrote. */
const expected = JSON.parse(
  readFileSync(new URL('../fixtures/consistency.json', import.meta.url), 'utf8'),
) as {
  settings: Record<'lr' | 'momentum' | 'average' | 'threshold' | 'weight' | 'ramp', number>;
  steps: { loss: number; consistency: number; share: number }[];
  student: Record<string, number[]>;
  teacher: Record<string, number[]>;
};
const MASK_LOSS = lossOf(parseLoss('bce+dice', MASK_LOSSES), losses);
const [LABELLED, PLAIN, CHANNELS, SIZE] = [2, 2, 4, 8];
const AREA = SIZE * SIZE;
const wave = (count: number, pace: number, first: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(first + pace * i));

const model = (images: number) => (context: ModelContext) => {
  const image = context.graph.input('image', [images, 3, SIZE, SIZE]);
  return biased(context, normRelu(context, image, 'layer', 'same', CHANNELS), 'head', 'same', 1);
};

const scaled = (values: Float32Array, factor: number) => values.map((value) => factor * value);
const initial: Record<string, { shape: number[]; data: Float32Array }> = {
  'layer.0.weight': { shape: [CHANNELS, 3, 3, 3], data: scaled(wave(CHANNELS * 27, 0.7, 1), 0.4) },
  'layer.1.weight': tensorOf([CHANNELS], [1, 1, 1, 1]) as never,
  'layer.1.bias': tensorOf([CHANNELS], [0, 0, 0, 0]) as never,
  'layer.1.running_mean': tensorOf([CHANNELS], [0, 0, 0, 0]) as never,
  'layer.1.running_var': tensorOf([CHANNELS], [1, 1, 1, 1]) as never,
  'head.weight': { shape: [1, CHANNELS, 3, 3], data: scaled(wave(CHANNELS * 9, 0.9, 2), 0.8) },
  'head.bias': tensorOf([1], [0.1]) as never,
};

describe.each(['auto', 'plain'] as const)('%s kernels', (kernels) => {
  test('three steps with an averaged teacher are those of PyTorch', async () => {
    const { lr, momentum, average, threshold, weight, ramp } = expected.settings;
    const engine = opened(kernels);
    const step = stepGraph(model(LABELLED + PLAIN), {
      loss: MASK_LOSS,
      optimizer: optimizers.sgd,
      optimizerOptions: { momentum, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
      clipNorm: 0,
      averaged: true,
      plain: PLAIN,
    });
    const averages = Object.entries(initial).map(([name, content]) => [AVERAGE_PREFIX + name, content]);
    const state = new Map(Object.entries({ ...initial, ...Object.fromEntries(averages) })) as Tensors;
    await engine.setState(state, step.state);
    const graph = new Graph();
    const context = new ModelContext(graph, 'evaluate', { inputPrefix: AVERAGE_PREFIX });
    const marks = { output: sigmoid(model(PLAIN)(context)) };
    const teacher = await engine.load({
      outputs: marks,
      stored: context.specs.map(({ name }) => AVERAGE_PREFIX + name),
    });
    const student = await engine.load(step.model);
    const { pseudo } = segment(MASK_LOSS);

    for (const [i, { loss, consistency, share }] of expected.steps.entries()) {
      const k = i + 1;
      const image = wave(LABELLED * 3 * AREA, 0.37, k);
      const target = wave(LABELLED * AREA, 0.11, k).map((value) => (value > 0 ? 1 : 0));
      const weak = wave(PLAIN * 3 * AREA, 0.29, k);
      const strong = weak.map((value) => value * 0.9 + 0.05);
      const { output } = await teacher.run({ image: tensorOf([PLAIN, 3, SIZE, SIZE], weak) });
      const made = pseudo!.of(output.data, threshold);
      expect(made.weight.reduce((sum, one) => sum + one, 0) / made.weight.length).toBe(share);
      const result = await student.run({
        image: tensorOf([LABELLED + PLAIN, 3, SIZE, SIZE], [...image, ...strong]),
        target: tensorOf([LABELLED, 1, SIZE, SIZE], target),
        pseudo_target: tensorOf([PLAIN, 1, SIZE, SIZE], made.target),
        pseudo_weight: tensorOf([PLAIN, 1, SIZE, SIZE], made.weight),
        consistency_weight: scalarTensor(consistencyWeight({ weight, ramp: 1 }, k, ramp)),
        average_decay: scalarTensor(Math.min(average, k / (9 + k))),
        lr: scalarTensor(lr),
      });
      expect(result.loss.data[0]).toBeCloseTo(loss, 5);
      expect(result.consistency_loss.data[0]).toBeCloseTo(consistency, 5);
    }
    const reached = await engine.state();
    for (const [prefix, tensors] of [
      ['', expected.student],
      [AVERAGE_PREFIX, expected.teacher],
    ] as const)
      for (const [name, values] of Object.entries(tensors))
        for (const [i, value] of values.entries())
          expect(reached.get(prefix + name)!.data[i], `${prefix}${name} ${i}`).toBeCloseTo(value, 5);
  });
});

describe('the loss of plain images', () => {
  const plainLoss = async (target: readonly number[], weight: readonly number[]) => {
    const graph = new Graph();
    const output = graph.input('output', [1, 1, 2, 2]);
    const { loss } = await evaluate(
      opened(),
      { loss: consistencyLoss(losses.bce, output) },
      {
        output: tensorOf([1, 1, 2, 2], [2, -1, 0, 3]),
        pseudo_target: tensorOf([1, 1, 2, 2], target),
        pseudo_weight: tensorOf([1, 1, 2, 2], weight),
      },
    );
    return loss[0];
  };
  const cross = (logit: number, label: number) => Math.log1p(Math.exp(label === 1 ? -logit : logit));

  test('is the mean over all pixels of what counts', async () => {
    // Two of four count: their mean, times one half.
    const wanted = (cross(2, 1) + cross(3, 0)) / 4;
    expect(await plainLoss([1, 1, 1, 0], [1, 0, 0, 1])).toBeCloseTo(wanted, 6);
    expect(await plainLoss([1, 0, 0, 0], [1, 0, 0, 1])).toBeCloseTo(wanted, 6);
  });

  test('is 0 where the teacher is sure of nothing', async () => {
    expect(await plainLoss([1, 0, 1, 0], [0, 0, 0, 0])).toBe(0);
  });
});

test('its factor rises in a straight line, then stays', () => {
  const of = (step: number, ramp: number) => consistencyWeight({ weight: 2, ramp }, step, 100);
  expect([1, 10, 20, 21, 100].map((step) => of(step, 0.2))).toEqual([0.1, 1, 2, 2, 2]);
  expect([1, 100].map((step) => of(step, 0))).toEqual([2, 2]);
  expect([1, 50, 100].map((step) => of(step, 1))).toEqual([0.02, 1, 2]);
});

describe('pseudo-masks', () => {
  const { pseudo } = segment(losses.bce);

  test('a pixel is what it is nearer to, and counts where that is sure enough', () => {
    const { target, weight } = pseudo!.of(Float32Array.of(0.5, 0.97, 0.9, 0.49, 0.05, 0.01), 0.96);
    expect([...target]).toEqual([1, 1, 1, 0, 0, 0]);
    expect([...weight]).toEqual([0, 1, 0, 0, 0, 1]);
    expect([...pseudo!.of(Float32Array.of(0.5, 0.3), 0.5).weight]).toEqual([1, 1]);
    expect([...pseudo!.of(Float32Array.of(1, 0, 0.999), 1).weight]).toEqual([1, 1, 0]);
  });

  test('agreement is over the pixels that count', () => {
    const logits = Float32Array.of(3, -1, 0.2, -4);
    const target = Float32Array.of(1, 1, 0, 0);
    expect(pseudo!.agreement(logits, target, Float32Array.of(1, 1, 1, 1))).toBe(0.5);
    expect(pseudo!.agreement(logits, target, Float32Array.of(1, 0, 0, 1))).toBe(1);
    expect(pseudo!.agreement(logits, target, new Float32Array(4))).toBeNaN();
  });
});
