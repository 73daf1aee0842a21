import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { receptiveFieldGraph } from '../../src/audit/measures/receptive-field.ts';
import { SplitNetwork } from '../../src/audit/split-network.node.ts';
import { RandomStream } from '../../src/core/random.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { Ensemble } from '../../src/eval/ensemble.node.ts';
import { printGraph } from '../../src/graph/lower.ts';
import { type Encoder, UNIT_INPUT } from '../../src/nn/encoder.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { losses } from '../../src/nn/losses.ts';
import type { Architecture } from '../../src/nn/model.ts';
import { optimizers } from '../../src/nn/optimizers.ts';
import { trainingStep } from '../../src/nn/step-graph.ts';
import { Engine, scalarTensor } from '../../src/runtime/engine.node.ts';
import { optimizerOptionsOf } from '../../src/settings/meaning.ts';
import { freshWeights } from '../../src/train/weights.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { largestDifference } from '../support/shared.ts';

const symmetric: Architecture = {
  encoder: mobileNetV2,
  decoder: 'unet',
  decoderChannels: [8, 8, 8, 8, 8],
  head: MASK_HEAD,
};
const unitEncoder = { ...mobileNetV2, input: UNIT_INPUT };
const unit: Architecture = { ...symmetric, encoder: unitEncoder };
const encoder = randomEncoder();
const weights = freshWeights(symmetric, 3);
const size = { height: 32, width: 64 };
const batches = { ...size, batch: 2 };
const shape = [2, 3, 32, 64];
const stream = new RandomStream('encoder range');
const image = Float32Array.from({ length: 2 * 3 * 32 * 64 }, () => 2 * stream.uniform() - 1);
/** What the encoder is to be given, by hand. */
const halved = image.map((x) => (x + 1) / 2);
const fed = (data: Float32Array) => ({ image: { shape, data: data.slice() } });

let engine: Engine;
beforeAll(() => {
  engine = new Engine({ threads: 1 });
});
afterAll(() => engine.close());

describe('a network whose encoder is fed [0, 1] makes of an image what another makes of (image + 1) / 2', () => {
  test('taps', async () => {
    const one = await engine.load(encoderGraph(unitEncoder, encoder, batches));
    const other = await engine.load(encoderGraph(mobileNetV2, encoder, batches));
    const found = await one.run(fed(image));
    const expected = await other.run(fed(halved));
    const plain = await other.run(fed(image));
    for (const { name } of mobileNetV2.taps) {
      expect(largestDifference(found[name].data, expected[name].data), name).toBe(0);
      expect(largestDifference(found[name].data, plain[name].data), name).toBeGreaterThan(1e-3);
    }
  });

  test('predictions', async () => {
    const predicted = async (architecture: Architecture, data: Float32Array) => {
      const ensemble = await Ensemble.open([{ architecture, encoder, weights, size }], {
        batch: 2,
        threads: 1,
      });
      const outputs = await ensemble.run([data]);
      await ensemble.close();
      return outputs.flatMap((output) => [...output]);
    };
    const found = await predicted(unit, image);
    expect(largestDifference(found, await predicted(symmetric, halved))).toBe(0);
    expect(largestDifference(found, await predicted(symmetric, image))).toBeGreaterThan(1e-4);
  });

  test('a training step', async () => {
    const options = {
      ...{ ...batches, loss: losses.bce, optimizer: optimizers.sgd, clipNorm: 0 },
      optimizerOptions: optimizerOptionsOf({ momentum: 0, weightDecay: 0 }),
    };
    const target = Float32Array.from({ length: 2 * 32 * 64 }, (_, i) => i % 2);
    const step = async (architecture: Architecture, data: Float32Array) => {
      const { model, state } = trainingStep(architecture, encoder, options);
      await engine.setState(weights, state);
      const session = await engine.load(model);
      const { loss, gradient_norm: norm } = await session.run({
        ...fed(data),
        target: { shape: [2, 1, 32, 64], data: target.slice() },
        lr: scalarTensor(0.1),
      });
      return [loss.data[0], norm.data[0]];
    };
    expect(await step(unit, image)).toEqual(await step(symmetric, halved));
  });

  test('an audit: both halves, and half the slope by the image', async () => {
    const open = (architecture: Architecture) =>
      SplitNetwork.open({ architecture, encoder, weights, size }, { images: 2, threads: 1 });
    const [one, other] = await Promise.all([open(unit), open(symmetric)]);
    expect(largestDifference(await one.run(image), await other.run(halved))).toBe(0);
    await Promise.all([one.close(), other.close()]);
    const slope = async (architecture: Architecture, data: Float32Array) => {
      const graph = receptiveFieldGraph(architecture, encoder, { ...batches, weights });
      return (await (await engine.load(graph)).run(fed(data))).gradient.data;
    };
    const found = await slope(unit, image);
    const expected = (await slope(symmetric, halved)).map((x) => x / 2);
    const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(largest).toBeGreaterThan(0);
    expect(largestDifference(found, expected) / largest).toBeLessThan(1e-5);
  });
});

test('what the stem is padded with is black: a black image has no border', async () => {
  // Up to the first tap every other layer looks at one position alone.
  const pointwise = new Map(encoder);
  const centre = Float32Array.from({ length: 32 * 9 }, (_, i) => (i % 9 === 4 ? 1 : 0));
  pointwise.set('blocks.0.depthwise.weight', { shape: [32, 1, 3, 3], data: centre });
  const borderOf = async (fedWith: Encoder) => {
    const session = await engine.load(encoderGraph(fedWith, pointwise, batches));
    const { data } = (await session.run(fed(image.map(() => -1)))).block_1_expand;
    return largestDifference(
      data,
      data.map((_, i) => data[i - (i % (16 * 32))]),
    );
  };
  expect(await borderOf(unitEncoder)).toBeLessThan(1e-5);
  expect(await borderOf(mobileNetV2)).toBeGreaterThan(1e-2);
});

test('by default the encoder reads the image as it is', () => {
  const printed = (fedWith: Encoder) =>
    printGraph(Object.values(encoderGraph(fedWith, encoder, { ...size, batch: 1 }).outputs));
  const reader = /= conv\(image, /;
  expect(printed(mobileNetV2)).toMatch(reader);
  expect(printed(unitEncoder)).not.toMatch(reader);
});
