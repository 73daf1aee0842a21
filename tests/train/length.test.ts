import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flipsAlone } from '../../src/data/loading/augmentation.ts';
import { lengthOf, planBatches } from '../../src/train/batch-plan.ts';

test.each([
  [{ batch: 4, epochs: 3 }, 16, { batch: 4, stepsPerPass: 4, stepsPerEpoch: 4, steps: 12, epochs: 3 }],
  [{ batch: 4, epochs: 3 }, 18, { batch: 4, stepsPerPass: 4, stepsPerEpoch: 4, steps: 12, epochs: 3 }],
  [{ batch: 16, epochs: 2 }, 7, { batch: 7, stepsPerPass: 1, stepsPerEpoch: 1, steps: 2, epochs: 2 }],
  [
    { batch: 4, epochs: 9, maxSteps: 6 },
    16,
    { batch: 4, stepsPerPass: 4, stepsPerEpoch: 4, steps: 6, epochs: 2 },
  ],
  [
    { batch: 1, epochs: 1, maxSteps: 99 },
    1,
    { batch: 1, stepsPerPass: 1, stepsPerEpoch: 1, steps: 1, epochs: 1 },
  ],
  // Steps instead of epochs: 22 / 8 = 2 steps a pass, validated each 50.
  [
    { batch: 8, epochs: 1, steps: 120, epochSteps: 50 },
    22,
    { batch: 8, stepsPerPass: 2, stepsPerEpoch: 50, steps: 120, epochs: 3 },
  ],
  [
    { batch: 8, epochs: 2, epochSteps: 50 },
    22,
    { batch: 8, stepsPerPass: 2, stepsPerEpoch: 50, steps: 4, epochs: 1 },
  ],
  // At least so many steps: with few masks these decide, with many the passes.
  [
    { batch: 8, epochs: 16, minSteps: 500, epochSteps: 50 },
    22,
    { batch: 8, stepsPerPass: 2, stepsPerEpoch: 50, steps: 500, epochs: 10 },
  ],
  [
    { batch: 8, epochs: 16, minSteps: 500, epochSteps: 50 },
    770,
    { batch: 8, stepsPerPass: 96, stepsPerEpoch: 50, steps: 1536, epochs: 31 },
  ],
  [
    { batch: 8, epochs: 16, minSteps: 500, steps: 7 },
    22,
    { batch: 8, stepsPerPass: 2, stepsPerEpoch: 2, steps: 7, epochs: 4 },
  ],
])('%j with %i images', (plan, images, length) => {
  expect(lengthOf(plan, images)).toEqual(length);
});

test('the length of an epoch changes no image of a step', () => {
  const plan = { batch: 3, epochs: 1, steps: 40, seed: 7, shuffle: true, augmentation: flipsAlone };
  const [passes, epochs] = [plan, { ...plan, epochSteps: 25 }].map((options) => planBatches(options, 10));
  for (let step = 1; step <= 40; step++) expect(epochs.request(step)).toEqual(passes.request(step));
});

test('a training never takes more images than there are in an epoch, and always takes a step', () => {
  const count = fc.integer({ min: 1, max: 200 });
  fc.assert(
    fc.property(
      count,
      count,
      count,
      fc.option(count, { nil: undefined }),
      (batch, epochs, images, maxSteps) => {
        const length = lengthOf({ batch, epochs, maxSteps }, images);
        expect(length.batch * length.stepsPerEpoch).toBeLessThanOrEqual(images);
        expect(length.steps).toBeGreaterThan(0);
        expect(length.steps).toBeLessThanOrEqual(maxSteps ?? Number.POSITIVE_INFINITY);
        expect(length.epochs).toBeLessThanOrEqual(epochs);
      },
    ),
  );
});
