import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/shape.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import type { Encoder } from '../../src/nn/encoder.ts';
import { losses } from '../../src/nn/losses.ts';
import { segment } from '../../src/objectives/segment.ts';
import { conv } from '../../src/ops/conv.ts';
import { relu } from '../../src/ops/elementwise.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { AREA, predictToy, runExported, toyImages, trainToy } from '../support/toy-training.ts';

// What a new family of encoders needs of the rooms above `nn` is this value, and nothing else.

const CHANNELS = [4, 6, 8];

/** Three convolutions of stride 2, a tap after each. */
const toyEncoder: Encoder = {
  name: 'toy',
  taps: CHANNELS.map((channels, i) => ({ name: `toy stage ${i}`, channels, stride: 2 ** (i + 1) })),
  input: { mean: [0.4, 0.5, 0.6], std: [0.3, 0.2, 0.1] },
  tensors: CHANNELS.map((channels, i) => ({
    name: `kernel${i}`,
    shape: [channels, CHANNELS[i - 1] ?? 3, 3, 3],
  })),
  build: (context, image) => {
    let x = image;
    return CHANNELS.map((_, i) => {
      x = relu(conv(x, context.encoderWeight(`kernel${i}`), { stride: 2, padding: [1, 1, 1, 1] }));
      return x;
    });
  },
};

const weights: Tensors = new Map(
  toyEncoder.tensors.map(({ name, shape }) => {
    const stream = new RandomStream('toy encoder', name);
    const bound = Math.sqrt(6 / sizeOf(shape.slice(1)));
    const data = Float32Array.from({ length: sizeOf(shape) }, () => bound * (2 * stream.uniform() - 1));
    return [name, { shape, data }];
  }),
);

const folder = await temporaryFolder();
const objective = segment(losses.bce);

test.each(['unet', 'pix2pix'] as const)('%s: trained, validated, kept, tested, exported', async (decoder) => {
  const toy = { encoder: toyEncoder, weights, objective, decoder };
  const { fit, network, checkpoint } = await trainToy({ ...toy, out: join(folder, decoder) });
  expect(fit).toMatchObject({ steps: 24, epochs: 12, interrupted: false });
  expect(checkpoint.metadata).toMatchObject({ encoder: 'toy', outputs: '1', decoder });
  expect(network.weights).toEqual(fit.best!.weights);

  const images = toyImages(20, 3);
  const { scores, input, outputs } = await predictToy(network, objective, images);
  expect(scores).toHaveLength(3);
  // The discs are bright: a network that reads the taps finds them, one that does not cannot.
  for (const { network: at } of scores) expect(at.dice).toBeGreaterThan(0.6);

  const exported = await runExported(network, objective, input);
  expect(exported.dims).toEqual([2, 1, 32, 32]);
  for (const [i, output] of outputs.entries()) {
    for (const [k, p] of output.entries())
      expect(Math.abs(exported.data[i * AREA + k] - p)).toBeLessThan(1e-4);
  }
});

test('its taps may be kept: the same losses, step by step, and the same weights', async () => {
  const toy = { encoder: toyEncoder, weights, objective, decoder: 'unet' } as const;
  const [whole, kept] = [
    await trainToy({ ...toy, out: join(folder, 'off') }),
    await trainToy({ ...toy, out: join(folder, 'memory'), cacheFeatures: 'memory' }),
  ];
  expect(kept.fit.last).toEqual(whole.fit.last);
});
