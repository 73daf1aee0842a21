import { expect, test } from 'vitest';
import { levelGraph, thinned } from '../../src/audit/measures/levels.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { IMAGE_HEAD } from '../../src/nn/head.ts';
import { freshWeights } from '../../src/train/weights.ts';

const size = { height: 64, width: 32, batch: 2 };

test.each([
  ['unet', [8, 8, 4, 4, 4], ['blocks.0', 'blocks.1', 'blocks.2', 'blocks.3', 'blocks.4'], [16, 8, 4, 2, 1]],
  ['pix2pix', [8, 8, 4, 4], ['ups.0', 'ups.1', 'ups.2', 'ups.3'], [16, 8, 4, 2]],
] as const)('the levels of %s are its features at each resolution', (decoder, decoderChannels, names, strides) => {
  const architecture = { encoder: mobileNetV2, decoder, decoderChannels, head: IMAGE_HEAD };
  const { outputs } = levelGraph(architecture, { ...size, weights: freshWeights(architecture, 0) });
  expect(Object.entries(outputs).map(([name, { shape }]) => [name, shape])).toEqual(
    names.map((name, i) => [`decoder.${name}`, [2, decoderChannels[i], 64 / strides[i], 32 / strides[i]]]),
  );
});

test('thinning keeps every so many-th position of every channel', () => {
  const features = Float32Array.from({ length: 2 * 10 }, (_, i) => i);
  expect([...thinned(features, 2, 4)]).toEqual([0, 3, 6, 9, 10, 13, 16, 19]);
  expect([...thinned(features, 2, 10)]).toEqual([...features]);
});
