import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { applySymmetry, inverseOf, symmetries } from '../../src/data/loading/symmetry.ts';
import { checkViews, fittingViews, overViews, VIEWS } from '../../src/eval/views.ts';
import { refusal } from '../support/expect-user-error.ts';

const stream = new RandomStream('views');
const whole = (length: number) => Float32Array.from({ length }, () => stream.integer(64));

const square = { height: 4, width: 4 };
const wide = { height: 2, width: 5 };

/** Two images, of the first of which each output has the mean over the channels, and a second channel that says where it was. */
const asItIs =
  (size: { readonly height: number; readonly width: number }) =>
  async (images: Float32Array): Promise<Float32Array[]> => {
    const area = size.height * size.width;
    return Array.from({ length: images.length / (3 * area) }, (_, i) => {
      const red = images.slice(3 * i * area, (3 * i + 1) * area);
      const output = new Float32Array(2 * area);
      output.set(red);
      output.set(
        red.map((value) => 2 * value),
        area,
      );
      return output;
    });
  };

test.each(symmetries)('%o is undone by its inverse', (symmetry) => {
  const size = symmetry.transpose ? square : wide;
  const image = whole(2 * size.height * size.width);
  const turned = applySymmetry(image, 2, size, symmetry);
  expect(applySymmetry(turned, 2, size, inverseOf(symmetry))).toEqual(image);
});

test.each([
  [1, square],
  [4, square],
  [8, square],
  [1, wide],
  [4, wide],
] as const)('%i views of a network that works pixel by pixel are one, exactly (%o)', async (views, size) => {
  const images = whole(2 * 3 * size.height * size.width);
  const apply = asItIs(size);
  expect(await overViews(apply, images, { size, views })).toEqual(await apply(images));
});

test('each view is shown once, and its output comes back to its place', async () => {
  const seen: string[] = [];
  // Marks the pixel at the top left of what it sees, and nothing else.
  const corner = async (images: Float32Array) => {
    seen.push(images.join());
    return [Float32Array.from({ length: 16 }, (_, i) => (i === 0 ? 8 : 0))];
  };
  const images = Float32Array.from({ length: 48 }, (_, i) => i);
  const [four] = await overViews(corner, images, { size: square, views: 4 });
  expect(new Set(seen).size).toBe(4);
  // Each of the four flips shows another corner at the top left.
  expect([...four]).toEqual([2, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 2]);
  seen.length = 0;
  const [eight] = await overViews(corner, images, { size: square, views: 8 });
  expect(new Set(seen).size).toBe(8);
  expect(eight).toEqual(four);
});

test('an output depends on where things are, not on how the image lies: eight views of a turned image are turned', async () => {
  // A network with no symmetry: each pixel and twice its right neighbour, thrice the one below, weighed by its place.
  const crooked = async (images: Float32Array) => [
    Float32Array.from({ length: 16 }, (_, i) => {
      const [y, x] = [Math.floor(i / 4), i % 4];
      const at = (v: number, u: number) => (v < 4 && u < 4 ? images[4 * v + u] : 0);
      return (i + 1) * (at(y, x) + 2 * at(y, x + 1) + 3 * at(y + 1, x));
    }),
  ];
  const image = whole(3 * 16);
  const [upright] = await overViews(crooked, image, { size: square, views: 8 });
  expect(upright).not.toEqual((await crooked(image))[0]);
  for (const symmetry of symmetries) {
    const [found] = await overViews(crooked, applySymmetry(image, 3, square, symmetry), {
      size: square,
      views: 8,
    });
    expect(found).toEqual(applySymmetry(upright, 1, square, symmetry));
  }
});

test('quarter turns are for square images', async () => {
  for (const views of VIEWS) checkViews(views, square);
  checkViews(4, wide);
  expect(await refusal(() => checkViews(8, wide))).toMatch(
    /^views: got 8, with quarter turns, of images of 2x5, expected square images.*--views 4/,
  );
});

test('views that nobody asked for are no more than all sizes allow', () => {
  const [square, oblong] = [
    { height: 64, width: 64 },
    { height: 32, width: 64 },
  ];
  expect(fittingViews(8, [square])).toBe(8);
  expect(fittingViews(8, [square, oblong])).toBe(4);
  expect(fittingViews(1, [oblong])).toBe(1);
});
