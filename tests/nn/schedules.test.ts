import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { learningRate, SCHEDULE_NAMES } from '../../src/nn/schedules.ts';

const PEAK = 0.01;

/** The rates of a whole training. */
const rates = (schedule: (typeof SCHEDULE_NAMES)[number], steps: number, warmupSteps = 0) =>
  Array.from({ length: steps }, (_, i) => learningRate(schedule, PEAK, { step: i + 1, steps, warmupSteps }));

const rises = (list: readonly number[]) => list.every((x, i) => i === 0 || x >= list[i - 1]);
const falls = (list: readonly number[]) => rises([...list].reverse());

test('constant stays at the peak', () => {
  expect(new Set(rates('constant', 20))).toEqual(new Set([PEAK]));
});

test('cosine falls from the peak to 0', () => {
  const list = rates('cosine', 101);
  expect(list[0]).toBe(PEAK);
  expect(list[50]).toBeCloseTo(PEAK / 2, 12);
  expect(list[100]).toBeCloseTo(0, 12);
  expect(falls(list)).toBe(true);
});

test('poly falls by a power of what is left, as UniMatch counts it: (1 - i / steps)^0.9', () => {
  const list = rates('poly', 4);
  // 1, 0.75^0.9, 0.5^0.9, 0.25^0.9.
  [1, 0.7719, 0.5359, 0.2872].forEach((factor, i) => {
    expect(list[i] / PEAK).toBeCloseTo(factor, 4);
  });
  expect(rates('poly', 1)).toEqual([PEAK]);
  expect(falls(rates('poly', 101))).toBe(true);
  // Of the steps that a warm-up leaves.
  expect(rates('poly', 6, 2).slice(2)).toEqual(list);
});

test('one-cycle rises from a 25th of the peak for 30 %, then falls to a 250,000th', () => {
  const list = rates('one-cycle', 101);
  expect(list[0]).toBeCloseTo(PEAK / 25, 12);
  expect(Math.max(...list)).toBeGreaterThan(0.999 * PEAK);
  expect(list[100]).toBeCloseTo(PEAK / 250_000, 12);
  expect(rises(list.slice(0, 30))).toBe(true);
  expect(falls(list.slice(30))).toBe(true);
});

test.each([
  [10, [0.04, 0.52, 1, 0.9504846, 0.8117457, 0.611262, 0.388742, 0.1882583, 0.0495194, 4e-6]],
  [4, [0.04, 0.8117457, 0.283061, 4e-6]],
  [2, [0.8117457, 4e-6]],
])('one-cycle of %i steps is that of PyTorch 1.13, OneCycleLR(max_lr, total_steps)', (steps, wanted) => {
  const list = rates('one-cycle', steps).map((rate) => rate / PEAK);
  for (const [i, factor] of wanted.entries()) expect(list[i]).toBeCloseTo(factor, 6);
});

describe.each(SCHEDULE_NAMES)('%s', (schedule) => {
  test('warm-up rises in equal steps from above 0 to below the peak', () => {
    const list = rates(schedule, 40, 4);
    for (const step of [1, 2, 3, 4]) expect(list[step - 1]).toBeCloseTo((PEAK * step) / 5, 12);
    expect(list.slice(4)).toEqual(rates(schedule, 36));
  });

  test('is never negative, above the peak, or no number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), fc.nat(499), (steps, warmup, at) => {
        const progress = { step: (at % steps) + 1, steps, warmupSteps: warmup };
        const rate = learningRate(schedule, PEAK, progress);
        expect(rate).toBeGreaterThanOrEqual(0);
        expect(rate).toBeLessThanOrEqual(PEAK * (1 + 1e-12));
      }),
    );
  });

  test('of one step alone is above 0', () => {
    expect(learningRate(schedule, PEAK, { step: 1, steps: 1, warmupSteps: 0 })).toBeGreaterThan(0);
  });
});
