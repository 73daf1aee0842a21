import { expect, test } from 'vitest';
import { checkPretext, isRandom } from '../../../src/data/pretexts/index.ts';
import { blockMeans } from '../../../src/data/pretexts/superres.ts';
import { exampleOf, noisePicture } from '../../support/example.ts';
import { refusal } from '../../support/expect-user-error.ts';

const size = { height: 32, width: 64 };
const area = size.height * size.width;
const image = noisePicture(size);
const superres = (factor: number) => ({ kind: 'superres', factor }) as const;
const meanOf = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('reduced, each block is its mean', () => {
  // A plane that says where it is: the mean of a block is at its centre.
  const slope = Float32Array.from({ length: area }, (_, i) => Math.floor(i / 64) + 100 * (i % 64));
  const means = blockMeans(slope, size, 4);
  expect(means).toEqual(
    Float32Array.from(
      { length: area / 16 },
      (_, i) => 4 * Math.floor(i / 16) + 1.5 + 100 * (4 * (i % 16) + 1.5),
    ),
  );
});

test.each([
  2, 4, 8,
])('by %i: what is between the centres of blocks lies linearly between their means', (factor) => {
  const { input, target } = exampleOf(image, size, superres(factor));
  expect(target).toEqual(image);
  const [rows, columns] = [size.height / factor, size.width / factor];
  /** How far along a pixel lies, in blocks, within the centres of the first and the last. */
  const along = (i: number, blocks: number) => Math.min(Math.max((i + 0.5) / factor - 0.5, 0), blocks - 1);
  for (const c of [0, 1, 2]) {
    const means = blockMeans(image.slice(c * area, (c + 1) * area), size, factor);
    const expected = Array.from({ length: area }, (_, i) => {
      const [y, x] = [along(Math.floor(i / 64), rows), along(i % 64, columns)];
      let sum = 0;
      for (let k = 0; k < means.length; k++) {
        const weight = (place: number, block: number) => Math.max(0, 1 - Math.abs(place - block));
        sum += weight(y, Math.floor(k / columns)) * weight(x, k % columns) * means[k];
      }
      return sum;
    });
    const errors = expected.map((value, i) => Math.abs(value - input[c * area + i]));
    expect(Math.max(...errors)).toBeLessThan(1e-6);
  }
});

test('the mean of each channel stays, the variance does not, and nothing is drawn', () => {
  const { input } = exampleOf(image, size, superres(4));
  for (const c of [0, 1, 2]) {
    const [plain, coarse] = [image, input].map((planes) => planes.slice(c * area, (c + 1) * area));
    expect(meanOf(coarse)).toBeCloseTo(meanOf(plain), 6);
    // The mean of 16 independent values, and of neighbours of such.
    expect(meanOf(coarse.map((x) => x * x))).toBeLessThan(meanOf(plain.map((x) => x * x)) / 16);
  }
  expect(exampleOf(image, size, superres(4), 1).input).toEqual(input);
  expect(isRandom(superres(4))).toBe(false);
});

test('blocks have to fill the image', async () => {
  checkPretext(superres(16), size);
  expect(await refusal(() => checkPretext(superres(3), size))).toMatch(
    /^factor: got 3 for images of 32x64, expected a divisor of height and width/,
  );
});
