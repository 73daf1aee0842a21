import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { meanInterval } from '../../src/stats/interval.ts';
import { simulatedTable } from './table.ts';

const stream = () => new RandomStream(0, 'interval-test');

/** Student's sleep data (1908): hours gained by ten patients, second drug minus first. */
const SLEEP = [1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4];

describe.each([
  ['one seed', [SLEEP]],
  ['one image', SLEEP.map((d) => [d])],
])('%s', (_, table) => {
  test("has the width of Student's interval, 0.7001 to 2.4599, and the skew of the data", () => {
    const [low, high] = meanInterval(table, stream());
    expect(high - low).toBeCloseTo(2.4598858 - 0.7001142, 6);
    expect(high - 1.58).toBeGreaterThan(1.05 * (1.58 - low));
    expect(low).toBeGreaterThan(0.7001);
  });
});

describe('of a table of seeds and images', () => {
  const table = simulatedTable(5, 30, { seed: 0.1, image: 0.3, rest: 0.4 }, new RandomStream(1, 'table'));
  const [low, high] = meanInterval(table, stream());

  test('the other way round, the interval is mirrored', () => {
    const [mirroredLow, mirroredHigh] = meanInterval(
      table.map((row) => row.map((d) => -d)),
      stream(),
    );
    expect(mirroredLow).toBeCloseTo(-high, 12);
    expect(mirroredHigh).toBeCloseTo(-low, 12);
  });

  test('a constant shifts it, a factor stretches it', () => {
    const [changedLow, changedHigh] = meanInterval(
      table.map((row) => row.map((d) => 3 * d + 7)),
      stream(),
    );
    expect(changedLow).toBeCloseTo(3 * low + 7, 11);
    expect(changedHigh).toBeCloseTo(3 * high + 7, 11);
  });

  test('twice as many images do not take the uncertainty of the seeds away', () => {
    const [twiceLow, twiceHigh] = meanInterval(
      table.map((row) => [...row, ...row]),
      stream(),
    );
    // Were it the images' alone, it would be narrower by a factor of sqrt(2).
    expect((twiceHigh - twiceLow) / (high - low)).toBeGreaterThan(Math.SQRT1_2);
  });
});

test('where all differences are alike it is a point', () => {
  expect(
    meanInterval(
      [
        [0.25, 0.25],
        [0.25, 0.25],
      ],
      stream(),
    ),
  ).toEqual([0.25, 0.25]);
});

// An interval from the seed means alone holds the truth in about half of the image-dominated sets.
test.each([
  ['seeds', { seed: 0.02, image: 0.02, rest: 0.1 }],
  ['both', { seed: 0.02, image: 0.09, rest: 0.15 }],
  ['images', { seed: 0.005, image: 0.15, rest: 0.15 }],
])('where %s vary most, it holds the truth in 92 to 98 of 100 sets', (name, spreads) => {
  const count = 500;
  let held = 0;
  for (let k = 0; k < count; k++) {
    const random = new RandomStream(1, 'interval-coverage', name, k);
    const [low, high] = meanInterval(simulatedTable(6, 60, spreads, random), random);
    if (low <= 0 && 0 <= high) held++;
  }
  expect(held / count).toBeGreaterThanOrEqual(0.92);
  expect(held / count).toBeLessThanOrEqual(0.98);
});
