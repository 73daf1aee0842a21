import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { compareNumbers, type RunNumber } from '../../src/stats/paired-numbers.ts';
import { SLEEP } from './sleep.ts';

const numbers = (arm: string, values: readonly number[]): RunNumber[] =>
  values.map((value, seed) => ({ arm, seed: `${seed}`, value }));

const sleep = [...numbers('drug 1', SLEEP[0]), ...numbers('drug 2', SLEEP[1])];

test("Student's sleep data: his interval, 0.7001 to 2.4599, and the exact test", () => {
  const [compared, ...others] = compareNumbers(sleep, 'drug 1');
  expect(others).toEqual([]);
  expect(compared).toMatchObject({ arm: 'drug 2', seeds: 10, p: 4 / 1024, p_holm: 4 / 1024 });
  expect(compared.baseline_mean).toBeCloseTo(0.75, 12);
  expect(compared.mean).toBeCloseTo(2.33, 12);
  expect(compared.difference).toBeCloseTo(1.58, 12);
  expect(compared.ci95![0]).toBeCloseTo(0.7001142, 6);
  expect(compared.ci95![1]).toBeCloseTo(2.4598858, 6);
  expect(compared.differences.map((d) => Number(d.toFixed(6)))).toEqual([
    1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4,
  ]);
});

test('only seeds that both have count, and an arm without any is left out', () => {
  const compared = compareNumbers(
    [
      ...numbers('scratch', [1, 2, 3]),
      ...numbers('denoise', [2, 5]),
      { arm: 'identity', seed: '7', value: 9 },
    ],
    'scratch',
  );
  expect(compared).toMatchObject([
    { arm: 'denoise', seeds: 2, mean: 3.5, baseline_mean: 1.5, differences: [1, 3], p: 0.5, p_holm: 0.5 },
  ]);
  expect(compareNumbers(numbers('denoise', [1, 2]), 'scratch')).toEqual([]);
});

test('one seed has no interval', () => {
  const [compared] = compareNumbers([...numbers('a', [1]), ...numbers('b', [3])], 'a');
  expect(compared).toEqual({
    arm: 'b',
    mean: 3,
    baseline_mean: 1,
    difference: 2,
    p: 1,
    p_holm: 1,
    seeds: 1,
    differences: [2],
  });
});

test('the order of numbers changes nothing but the order of arms', () => {
  const three = [...sleep, ...numbers('drug 3', [3, 1, 4, 1, 5, 9, 2, 6, 5, 3])];
  const inOrder = compareNumbers(three, 'drug 1');
  const shuffled = compareNumbers(new RandomStream(1, 'order').shuffled(three), 'drug 1');
  expect(shuffled.sort((a, b) => a.arm.localeCompare(b.arm))).toEqual(inOrder);
});

test('two numbers of one run are no data', () => {
  expect(() => compareNumbers([...sleep, sleep[0]], 'drug 1')).toThrow(/two numbers of drug 1, seed 0/);
});
