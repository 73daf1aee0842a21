import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { decompose } from '../../src/stats/decompose.ts';
import { detectableDifference } from '../../src/stats/detectable.ts';
import { simulatedTable } from './table.ts';

test('a table decomposed by hand', () => {
  // Means of rows 3, 6, of columns 2, 4, 7.5, of all 4.5; the rest +-0.5 in four cells.
  // V_s = 4.5 / 2, V_i = 7.75 / 3, V_e = (1 / 2) / 6.
  const parts = decompose([
    [1, 2, 6],
    [3, 6, 9],
  ]);
  expect(parts.mean).toBeCloseTo(4.5, 12);
  expect(parts.seedMeans).toEqual([3, 6]);
  expect(parts.variance).toBeCloseTo(2.25 + 31 / 12 - 1 / 12, 12);
  expect(parts.degreesOfFreedom).toBeCloseTo(
    4.75 ** 2 / (2.25 ** 2 / 1 + (31 / 12) ** 2 / 2 + (1 / 12) ** 2 / 2),
    12,
  );
});

test('a component that would come out negative is taken as zero', () => {
  // Means of rows alike: V_s = 0 < V_e = 1/3 < V_i = 91/3.
  const images = decompose([
    [0, 10, 20],
    [2, 8, 20],
  ]);
  expect(images.variance).toBeCloseTo(91 / 3, 12);
  expect(images.degreesOfFreedom).toBeCloseTo((91 / 3) ** 2 / ((91 / 3) ** 2 / 2 + 1 / 9 / 2), 12);
  // Neither rows nor columns differ: what is left is the rest, 4 / 1 / (2 * 2).
  const rest = decompose([
    [1, -1],
    [-1, 1],
  ]);
  expect([rest.variance, rest.degreesOfFreedom]).toEqual([1, 1]);
});

test('one seed, or one image, leaves the variance of a plain mean', () => {
  const seed = decompose([[1, 2, 3, 4]]);
  expect([seed.mean, seed.variance, seed.degreesOfFreedom]).toEqual([2.5, 5 / 3 / 4, 3]);
  const image = decompose([[1], [2], [3], [4]]);
  expect([image.mean, image.variance, image.degreesOfFreedom]).toEqual([2.5, 5 / 3 / 4, 3]);
});

test('where nothing varies, nothing is uncertain', () => {
  const parts = decompose([
    [2, 2],
    [2, 2],
  ]);
  expect([parts.mean, parts.variance, detectableDifference(parts)]).toEqual([2, 0, 0]);
});

test('the estimated variance is on average that of the mean', () => {
  const stream = new RandomStream(1, 'decompose-test');
  const spreads = { seed: 0.3, image: 1, rest: 0.5 };
  const expected = 0.3 ** 2 / 5 + 1 / 20 + 0.5 ** 2 / 100;
  const count = 1000;
  let sum = 0;
  for (let k = 0; k < count; k++) sum += decompose(simulatedTable(5, 20, spreads, stream)).variance;
  // The standard error of the average is 0.00069: sqrt(2 * (0.0205^2 / 4 + 0.0525^2 / 19) / 1000).
  expect(Math.abs(sum / count - expected)).toBeLessThan(0.0021);
});

test('the smallest detectable difference is that of the textbooks for ten pairs', () => {
  // t_{0.975, 9} = 2.2622 and t_{0.8, 9} = 0.8834.
  const ten = { mean: 0, seedMeans: [], variance: 0.25, degreesOfFreedom: 9 };
  expect(detectableDifference(ten)).toBeCloseTo((2.2622 + 0.8834) / 2, 4);
});
