import { expect, test } from 'vitest';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { IMAGE_HEAD } from '../../src/nn/head.ts';
import { weightChange } from '../../src/train/weight-change.ts';
import { freshWeights } from '../../src/train/weights.ts';

const architecture = {
  encoder: mobileNetV2,
  decoder: 'unet',
  decoderChannels: [8, 8, 8, 8, 8],
  head: IMAGE_HEAD,
} as const;
const initial = freshWeights(architecture, 0);

test('is the relative distance of each level from where it began', () => {
  const moved = new Map(
    Array.from(initial, ([name, { shape, data }]) => {
      if (name.startsWith('decoder.blocks.1.')) return [name, { shape, data: data.map((x) => 1.5 * x) }];
      if (name.startsWith('segmentation_head')) return [name, { shape, data: data.map((x) => -x) }];
      // What is no weight does not count.
      if (name.includes('running')) return [name, { shape, data: data.map((x) => x + 7) }];
      return [name, { shape, data }];
    }),
  );
  const change = weightChange(architecture, initial, moved);
  expect(Object.keys(change)).toEqual([
    ...[0, 1, 2, 3, 4].map((i) => `weight_change/decoder.blocks.${i}`),
    'weight_change/segmentation_head',
  ]);
  for (const [level, expected] of Object.entries({
    'decoder.blocks.0': 0,
    'decoder.blocks.1': 0.5,
    segmentation_head: 2,
  }))
    expect(change[`weight_change/${level}`], level).toBeCloseTo(expected, 6);
});
