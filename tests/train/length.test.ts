import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lengthOf } from '../../src/train/batch-plan.ts';

test.each([
  [{ batch: 4, epochs: 3 }, 16, { batch: 4, stepsPerEpoch: 4, steps: 12, epochs: 3 }],
  [{ batch: 4, epochs: 3 }, 18, { batch: 4, stepsPerEpoch: 4, steps: 12, epochs: 3 }],
  [{ batch: 16, epochs: 2 }, 7, { batch: 7, stepsPerEpoch: 1, steps: 2, epochs: 2 }],
  [{ batch: 4, epochs: 9, maxSteps: 6 }, 16, { batch: 4, stepsPerEpoch: 4, steps: 6, epochs: 2 }],
  [{ batch: 1, epochs: 1, maxSteps: 99 }, 1, { batch: 1, stepsPerEpoch: 1, steps: 1, epochs: 1 }],
])('%j with %i images', (plan, images, length) => {
  expect(lengthOf(plan, images)).toEqual(length);
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
