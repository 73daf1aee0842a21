import { expect, test } from 'vitest';
import { flipsAlone, noAugmentation } from '../../src/data/loading/augmentation.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { type FeatureRequest, featureLength, planFeatures } from '../../src/train/feature-plan.ts';

const usual: FeatureRequest = {
  encoder: mobileNetV2,
  trained: false,
  mode: 'memory',
  memoryBytes: 2 ** 31,
  size: { height: 128, width: 128 },
  augmentation: flipsAlone,
  trainingImages: 77,
  validationImages: 11,
};

test('taps of an image', () => {
  expect(featureLength(mobileNetV2, usual.size)).toBe(
    64 * 64 * 96 + 32 * 32 * 144 + 16 * 16 * 192 + 8 * 8 * 576 + 4 * 4 * 320,
  );
});

const kept = '2.4 MiB each, ';

test.each<[Partial<FeatureRequest>, number, boolean, string | undefined]>([
  [{}, 8, true, `features: 77 images x 8 views and 11 validation images, ${kept}1.5 GiB in memory`],
  [{ mode: 'disk', validationImages: 0 }, 8, false, `features: 77 images x 8 views, ${kept}1.4 GiB on disk`],
  [
    { memoryBytes: 2 ** 30 },
    8,
    true,
    `features: 77 images x 8 views and 11 validation images, ${kept}1.5 GiB in memory as far as --memory goes, then on disk`,
  ],
  [
    { augmentation: noAugmentation },
    1,
    true,
    `features: 77 images and 11 validation images, ${kept}212.1 MiB in memory`,
  ],
  [{ size: { height: 128, width: 64 } }, 4, true, expect.stringMatching(/77 images x 4 views/)],
  [
    { augmentation: { ...flipsAlone, hue: 0.1 } },
    0,
    true,
    `features: 11 validation images, ${kept}26.5 MiB in memory; training: colours change at random`,
  ],
  [
    { augmentation: { ...flipsAlone, rotation: 10 }, validationImages: 0 },
    0,
    false,
    'features: none kept; training: images are warped at random',
  ],
  [
    { augmentation: { ...flipsAlone, jpeg: 10 }, validationImages: 0 },
    0,
    false,
    'features: none kept; training: colours change at random',
  ],
  [
    { augmentation: { ...flipsAlone, blur: 1, blurProbability: 0 } },
    8,
    true,
    expect.stringMatching(/^features: 77/),
  ],
  [
    { augmentation: { ...flipsAlone, flips: 'horizontal' } },
    2,
    true,
    expect.stringMatching(/77 images x 2 views/),
  ],
  [
    { pretext: { kind: 'denoise', sigma: 0.1 }, validationImages: 0 },
    0,
    false,
    'features: none kept; training: images are degraded at random',
  ],
  [{ pretext: { kind: 'identity' } }, 8, true, expect.stringMatching(/^features: 77/)],
  [
    { degradation: { kind: 'denoise', sigma: 0.1 }, validationImages: 0 },
    0,
    false,
    'features: none kept; training: images are degraded at random',
  ],
  [{ degradation: { kind: 'superres', factor: 4 } }, 8, true, expect.stringMatching(/^features: 77/)],
  [{ mode: 'off' }, 0, false, undefined],
  [{ mode: 'auto' }, 0, false, undefined],
])('%j: %i views of training images, validation %j', (changes, trainingViews, validation, notice) => {
  const plan = planFeatures({ ...usual, ...changes });
  expect([plan.trainingViews, plan.validation, plan.notice]).toEqual([trainingViews, validation, notice]);
  expect(plan.where).toBe(changes.mode === 'disk' ? 'disk' : 'memory');
});
