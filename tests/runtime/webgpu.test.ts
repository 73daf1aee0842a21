import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { Graph, nodeOf, type Value } from '../../src/graph/graph.ts';
import { lower } from '../../src/graph/lower.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { losses } from '../../src/nn/losses.ts';
import { type Architecture, DECODER_NAMES, defaultChannels } from '../../src/nn/model.ts';
import { type Optimizer, optimizers } from '../../src/nn/optimizers.ts';
import { trainingStep } from '../../src/nn/step-graph.ts';
import { trainedTensors } from '../../src/nn/trained-encoder.ts';
import { conv, convTranspose } from '../../src/ops/conv.ts';
import type { ConvOptions } from '../../src/ops/conv-geometry.ts';
import { add, log, mul } from '../../src/ops/elementwise.ts';
import { scalar, sum } from '../../src/ops/reduce.ts';
import { lookAt } from '../../src/runtime/choose-device.node.ts';
import { compile } from '../../src/runtime/compile.ts';
import { untrusted } from '../../src/runtime/devices.ts';
import { Engine, scalarTensor } from '../../src/runtime/engine.node.ts';
import { largestPart } from '../../src/runtime/self-check.ts';
import { webgpuForms } from '../../src/runtime/webgpu-forms.ts';
import { freshWeights } from '../../src/train/weights.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { tensorOf } from '../support/run-many.ts';
import { describeWithWebgpu } from '../support/webgpu.ts';

const drawn = (name: string, shape: Shape): Tensor => {
  const stream = new RandomStream('webgpu', name);
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()) };
};

const optimizerOptions = { momentum: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 };

/** Imitated by the processor, one takes two seconds. */
const STEPS = process.env.FEWMASK_TESTS === 'all' ? 20 : 4;

type Convolution = readonly [form: string, of: typeof conv, x: Shape, w: Shape, options: ConvOptions];

/** A convolution that WebGPU gets wrong for each way around it. */
const CONVOLUTIONS: readonly Convolution[] = [
  ['groups of a multiple of four outputs', conv, [2, 4, 5, 6], [36, 1, 3, 3], { groups: 4, padding: 1 }],
  ['groups of a multiple of four outputs', conv, [1, 8, 4, 4], [12, 4, 3, 3], { groups: 2, stride: 2 }],
  ['a kernel with a row of zeros', conv, [2, 3, 2, 2], [2, 3, 2, 2], { padding: [0, 0, 1, 1] }],
  ['a kernel with a row of zeros', conv, [1, 4, 1, 3], [4, 4, 1, 3], { padding: [0, 0, 0, 2] }],
  ['a multiple of four inputs', conv, [3, 9, 8, 5], [16, 9, 3, 3], { stride: 2, padding: 1 }],
  ['a multiple of four inputs', conv, [1, 6, 4, 4], [4, 6, 3, 3], { dilation: 2, padding: 2 }],
  ['groups of two outputs', convTranspose, [2, 4, 5, 5], [4, 1, 3, 3], { groups: 2, stride: 2 }],
  ['groups of two outputs', convTranspose, [1, 32, 4, 4], [32, 1, 2, 2], { groups: 8 }],
];

test('a convolution for each form of one', () => {
  const { conv: own, convTranspose: transposed } = webgpuForms;
  const forms = [...own, ...transposed].map(({ name }) => name);
  expect([...new Set(CONVOLUTIONS.map(([form]) => form))].sort()).toEqual(forms.sort());
});

test.each(DECODER_NAMES)('no node of a step of %s is left to the processor', (decoder) => {
  const decoderChannels = defaultChannels(decoder, mobileNetV2);
  const trained = trainedTensors(mobileNetV2, 'all');
  const network: Architecture = { encoder: mobileNetV2, decoder, decoderChannels, head: MASK_HEAD, trained };
  for (const optimizer of Object.values(optimizers))
    for (const loss of Object.values(losses)) {
      const shape = {
        batch: 2,
        height: 64,
        width: 64,
        optimizer,
        optimizerOptions,
        clipNorm: 1,
        averaged: true,
      };
      const { model } = trainingStep(network, randomEncoder(), { ...shape, loss });
      expect(untrusted('webgpu', compile(model, 0, webgpuForms).model)).toEqual([]);
    }
});

describeWithWebgpu('by WebGPU', () => {
  let device: Engine;
  let processor: Engine;
  beforeAll(() => {
    device = new Engine({ threads: 1, device: 'webgpu' });
    processor = new Engine({ threads: 1, kernels: 'plain' });
  });
  afterAll(async () => {
    await device.close();
    await processor.close();
  });

  const ran = async (engine: Engine, y: Value, feeds: Readonly<Record<string, Tensor>>) => {
    const session = await engine.load({ outputs: { y } });
    const copies = Object.entries(feeds).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.slice() },
    ]);
    const made = await session.run(Object.fromEntries(copies));
    await session.release();
    return [made.y.data];
  };

  test.each(CONVOLUTIONS)('%s', async (name, of, xShape, wShape, options) => {
    const graph = new Graph();
    const y = of(graph.input('x', xShape), graph.input('w', wShape), options);
    const form = webgpuForms[of.name].find(({ fits }) => fits?.(nodeOf(y)!));
    expect(form?.name).toBe(name);
    const feeds = { x: drawn('x', xShape), w: drawn('w', wShape) };
    const [expected, found] = [await ran(processor, y, feeds), await ran(device, y, feeds)];
    expect(largestPart(expected, found)).toBeLessThan(1e-5);
  });

  test('passes its self-check', async () => {
    const state = await lookAt('webgpu');
    if ('reason' in state) throw new Error(state.reason);
    expect(state).toMatchObject({ device: 'webgpu', sound: true });
    expect(state.difference).toBeLessThan(1e-5);
    expect(state.ms.device).toBeGreaterThan(0);
  });

  test('operators that nobody has tried run on the processor', async () => {
    const graph = new Graph();
    const model = lower({ y: mul(graph.input('x', [4]), 2) });
    const node = { operator: 'Erf', domain: '', inputs: ['y'], outputs: ['z'], attributes: {} };
    const outputs = [{ name: 'z', shape: [4] }];
    const session = await device.load({ ...model, nodes: [...model.nodes, node], outputs });
    const { z } = await session.run({ x: tensorOf([4], [0, 0.5, -0.5, 10]) });
    for (const [i, erf] of [0, 0.842701, -0.842701, 1].entries()) expect(z.data[i]).toBeCloseTo(erf, 5);
    await session.release();
  });

  describe('the state', () => {
    const graph = new Graph();
    const [p, x] = [graph.input('p', [2]), graph.input('x', [])];
    const model = lower({ loss: log(scalar(sum(p))), 'next/p': add(p, x) });
    const content = async () => [...(await device.state()).get('p')!.data];

    test('stays there from step to step, and is given out', async () => {
      const session = await device.load(model);
      await device.setState(new Map([['p', tensorOf([2], [1, 2])]]));
      for (const expected of [3, 5, 7]) {
        const { loss } = await session.run({ x: scalarTensor(1) });
        expect(loss.data[0]).toBeCloseTo(Math.log(expected), 5);
      }
      expect(await content()).toEqual([4, 5]);
      await session.release();
    });

    test('outlives the session that made it', async () => {
      const first = await device.load(model);
      await device.setState(new Map([['p', tensorOf([2], [1, 2])]]));
      await first.run({ x: scalarTensor(1) });
      await first.release();
      expect(await content()).toEqual([2, 3]);
      const second = await device.load(model);
      for (let i = 0; i < 20; i++) await second.run({ x: scalarTensor(1) });
      expect(await content()).toEqual([22, 23]);
      await second.release();
    });

    test('stays what it was if an output is not finite', async () => {
      const session = await device.load(lower({ loss: add(scalar(sum(p)), x), 'next/p': add(p, x) }));
      await device.setState(new Map([['p', tensorOf([2], [1, 2])]]));
      await session.run({ x: scalarTensor(1) });
      expect((await session.run({ x: scalarTensor(Number.NaN) })).loss.data[0]).toBeNaN();
      expect(await content()).toEqual([2, 3]);
      await session.run({ x: scalarTensor(1) });
      expect(await content()).toEqual([3, 4]);
      await session.release();
    });
  });

  test(`${STEPS} steps of a small U-Net have the losses of the processor`, { timeout: 600_000 }, async () => {
    const encoder = randomEncoder();
    const architecture: Architecture = {
      ...{ encoder: mobileNetV2, decoder: 'unet', decoderChannels: [8, 8, 8, 8, 8], head: MASK_HEAD },
    };
    const optimizer: Optimizer = optimizers.sgd;
    const shape = { batch: 2, height: 32, width: 32 };
    const step = trainingStep(architecture, encoder, {
      ...{ ...shape, loss: losses.bce, optimizer, optimizerOptions, clipNorm: 0 },
    });
    const lossesOf = async (engine: Engine) => {
      await engine.setState(freshWeights(architecture, 0), step.state);
      const session = await engine.load(step.model);
      const found: number[] = [];
      for (let i = 1; i <= STEPS; i++) {
        const target = drawn(`target ${i % 4}`, [2, 1, 32, 32]);
        const { loss } = await session.run({
          image: drawn(`image ${i % 4}`, [2, 3, 32, 32]),
          target: { ...target, data: target.data.map((value) => (value > 0.5 ? 1 : 0)) },
          ...Object.fromEntries(
            Object.entries({ lr: 0.05, ...optimizer.scalars(i, optimizerOptions) }).map(([name, value]) => [
              name,
              scalarTensor(value),
            ]),
          ),
        });
        found.push(loss.data[0]);
      }
      await session.release();
      return found;
    };
    const [expected, found] = [await lossesOf(processor), await lossesOf(device)];
    expect(expected[STEPS - 1]).not.toBeCloseTo(expected[0], 2);
    for (const [i, loss] of found.entries())
      expect(Math.abs(loss - expected[i]), `step ${i + 1}`).toBeLessThan(1e-3);
  });
});
