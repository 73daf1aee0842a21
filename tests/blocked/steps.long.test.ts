import { afterAll, describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { type Shape, sizeOf } from '../../src/core/shape.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { lossOf, parseLoss } from '../../src/nn/loss-sum.ts';
import { losses, MASK_LOSSES } from '../../src/nn/losses.ts';
import { type DecoderName, defaultChannels } from '../../src/nn/model.ts';
import { optimizers } from '../../src/nn/optimizers.ts';
import { drawnGates, parseSkips } from '../../src/nn/skips.ts';
import { trainingStep } from '../../src/nn/step-graph.ts';
import { Engine, scalarTensor } from '../../src/runtime/engine.node.ts';
import { optimizerOptionsOf } from '../../src/settings/meaning.ts';
import { freshWeights } from '../../src/train/weights.ts';
import { expectClose } from '../support/check-case.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { largestDifference } from '../support/shared.ts';

const blocked = new Engine({ threads: 2 });
const plain = new Engine({ threads: 2, kernels: 'plain' });
afterAll(() => Promise.all([blocked.close(), plain.close()]));
const block = await blocked.blockSize();

function drawn(name: string, shape: Shape): Tensor {
  const stream = new RandomStream('blocked', name);
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()) };
}

describe.skipIf(block === 0)('whole networks, in blocks and plain', () => {
  /** Takes so many steps from fresh weights, on images of which each name draws others. */
  const stepper = (decoder: DecoderName, spelling = 'all') => {
    const skips = parseSkips(spelling, 4);
    const architecture = {
      encoder: mobileNetV2,
      decoder,
      decoderChannels: defaultChannels(decoder, mobileNetV2),
      head: MASK_HEAD,
      skips,
    };
    const encoder = randomEncoder();
    const size = { batch: 2, height: 64, width: 96 };
    const options = {
      ...size,
      loss: lossOf(parseLoss('bce+dice', MASK_LOSSES), losses),
      optimizer: optimizers.sgd,
      optimizerOptions: optimizerOptionsOf({ momentum: 0.9, weightDecay: 0 }),
      clipNorm: 0,
      gatePenalty: 0.01,
    };
    const step = trainingStep(architecture, encoder, options);
    const target = drawn('target', [2, 1, 64, 96]).data.map((x) => (x > 0 ? 1 : 0));
    return async (engine: Engine, steps: number, name = 'image') => {
      const image = drawn(name, [2, 3, 64, 96]);
      await engine.setState(freshWeights(architecture, 0), step.state);
      const session = await engine.load(step.model);
      const rows: number[][] = [];
      for (let i = 0; i < steps; i++) {
        const { loss, gradient_norm: norm } = await session.run({
          image: { ...image, data: image.data.slice() },
          ...drawnGates({ encoder: mobileNetV2, skips: skips }, { seed: 0, epoch: i }, ['one', 'two']),
          target: { shape: [2, 1, 64, 96], data: target.slice() },
          lr: scalarTensor(0.01),
        });
        rows.push([loss.data[0], norm.data[0]]);
      }
      await session.release();
      return { rows: rows.flat(), state: await engine.state() };
    };
  };

  test.each<DecoderName>(['unet', 'pix2pix'])('steps of %s', async (decoder) => {
    const run = stepper(decoder);
    const [one, oneInBlocks] = [await run(plain, 1), await run(blocked, 1)];
    for (const [name, { data }] of one.state)
      expectClose(oneInBlocks.state.get(name)!.data, data, 5e-4, name);
    // From here on rounding grows: a ReLU that flips moves a gradient as a whole.
    const [three, threeInBlocks] = [await run(plain, 3), await run(blocked, 3)];
    expectClose(threeInBlocks.rows, three.rows, 1e-4, 'losses and norms of gradients');
  });

  test.each<[DecoderName, string]>([
    ['unet', '2,3'],
    ['unet', 'drop:0.5'],
    ['unet', 'gated'],
    ['pix2pix', '2,3'],
    ['pix2pix', 'drop:0.5'],
    ['pix2pix', 'gated'],
  ])('a step of %s with skips %s', async (decoder, spelling) => {
    const run = stepper(decoder, spelling);
    // Of one image in three a ReLU flips already here; of what is wrong, all would differ.
    const compared = async (name: string) => {
      const [one, oneInBlocks] = [await run(plain, 1, name), await run(blocked, 1, name)];
      expectClose(oneInBlocks.rows, one.rows, 1e-3, 'loss and norm of gradients');
      return Math.max(
        ...[...one.state].map(([tensor, { data }]) => {
          const largest = data.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
          const off = largestDifference(oneInBlocks.state.get(tensor)!.data, data);
          return off / (5e-4 * largest + 1e-6);
        }),
      );
    };
    let least = Number.POSITIVE_INFINITY;
    for (let draw = 0; draw < 6 && least > 1; draw++)
      least = Math.min(least, await compared(`image ${draw}`));
    expect(least, 'the largest difference, in units of what is allowed').toBeLessThanOrEqual(1);
  });
});
