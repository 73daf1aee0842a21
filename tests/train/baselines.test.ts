import { expect, test } from 'vitest';
import { bce } from '../../src/nn/losses.ts';
import { segment } from '../../src/objectives/segment.ts';
import { baselinesOf, meansOf } from '../../src/train/baselines.node.ts';
import { size, toyImages } from '../support/toy-training.ts';

const objective = segment(bce);

test('bright discs: a threshold finds them, one mask for all or a similar image hardly do', async () => {
  const rows = await baselinesOf(toyImages(0, 12), toyImages(100, 6), { objective, size });
  expect(rows.map(({ stem }) => stem)).toEqual(Array.from({ length: 6 }, (_, i) => `image-${100 + i}`));
  const means = meansOf(rows)!;
  expect(Object.keys(means)).toEqual(['otsu', 'mean_mask', 'nearest']);
  expect(means.otsu).toBe(1);
  expect(means.mean_mask).toBeGreaterThan(0.2);
  expect(means.mean_mask).toBeLessThan(0.9);
  expect(means.nearest).toBeGreaterThan(0.2);
});

test('dark discs: the side of the threshold is chosen on the training images', async () => {
  const dark = (first: number, count: number) => {
    const images = toyImages(first, count);
    const batch: typeof images.batch = async (request) => {
      const made = await images.batch(request);
      return { ...made, input: made.input.map((value) => -value) };
    };
    return { ...images, batch };
  };
  const rows = await baselinesOf(dark(0, 4), dark(100, 3), { objective, size });
  expect(meansOf(rows)!.otsu).toBe(1);
});

test('an image of the training finds its own mask', async () => {
  const rows = await baselinesOf(toyImages(0, 5), toyImages(3, 1), { objective, size });
  expect(rows[0].nearest).toBe(1);
});

test('the test images choose nothing, and without test images there is nothing to tell', async () => {
  const train = toyImages(0, 8);
  const one = await baselinesOf(train, toyImages(100, 1), { objective, size });
  const many = await baselinesOf(train, toyImages(100, 5), { objective, size });
  expect(many[0]).toEqual(one[0]);
  expect(await baselinesOf(train, toyImages(0, 0), { objective, size })).toEqual([]);
  expect(meansOf([])).toBeUndefined();
});
