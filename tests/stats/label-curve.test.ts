import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isotonic } from '../../src/stats/isotonic.ts';
import { masksNeeded, meanOverLogMasks } from '../../src/stats/label-curve.ts';

describe('the nearest sequence that never falls', () => {
  test('is that of worked examples', () => {
    expect(isotonic([1, 3, 2, 4, 3, 5])).toEqual([1, 2.5, 2.5, 3.5, 3.5, 5]);
    // The example of R's isoreg.
    expect(isotonic([1, 0, 4, 3, 3, 5, 4, 2, 0])).toEqual([0.5, 0.5, 3, 3, 3, 3, 3, 3, 3]);
    expect(isotonic([3, 2, 1])).toEqual([2, 2, 2]);
    expect(isotonic([])).toEqual([]);
  });

  test('never falls, keeps the mean, and leaves alone what never falls', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 12 }), (values) => {
        const fitted = isotonic(values);
        for (const [i, value] of fitted.slice(1).entries()) expect(value).toBeGreaterThanOrEqual(fitted[i]);
        const sum = (of: readonly number[]) => of.reduce((total, value) => total + value, 0);
        expect(sum(fitted)).toBeCloseTo(sum(values), 8);
        expect(isotonic(fitted)).toEqual(fitted);
      }),
    );
  });
});

const curve = [
  { masks: 10, value: 0.4 },
  { masks: 20, value: 0.6 },
  { masks: 80, value: 0.8 },
];

test('the mean over log masks counts every doubling alike', () => {
  // One doubling at 0.5 on average, two at 0.7.
  expect(meanOverLogMasks(curve)).toBeCloseTo((0.5 + 2 * 0.7) / 3, 12);
  expect(meanOverLogMasks(curve.map(({ masks }) => ({ masks: 3 * masks, value: 0.7 })))).toBeCloseTo(0.7, 12);
});

describe('the masks that a score takes', () => {
  test.each([
    [0.5, { masks: 10 * Math.SQRT2 }],
    [0.6, { masks: 20 }],
    [0.7, { masks: 40 }],
    [0.8, { masks: 80 }],
    [0.4, { masks: 10 }],
    [0.39, { masks: 10, bound: 'fewer than' }],
    [0.81, { masks: 80, bound: 'more than' }],
  ])('of %d', (score, expected) => {
    const { masks, bound } = masksNeeded(curve, score);
    expect(masks).toBeCloseTo(expected.masks, 9);
    expect(bound).toBe('bound' in expected ? expected.bound : undefined);
  });

  test('of a curve that falls in between, after it is made monotone: the fewest', () => {
    const dented = [
      { masks: 10, value: 0.4 },
      { masks: 20, value: 0.7 },
      { masks: 40, value: 0.5 },
      { masks: 80, value: 0.8 },
    ];
    expect(masksNeeded(dented, 0.6).masks).toBeCloseTo(20, 6);
    expect(masksNeeded(dented, 0.7).masks).toBeCloseTo(40 * Math.SQRT2, 6);
  });
});
