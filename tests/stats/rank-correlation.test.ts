import { expect, test } from 'vitest';
import { binomialTail } from '../../src/stats/binomial.ts';
import { rankCorrelation } from '../../src/stats/rank-correlation.ts';

test('the rank correlation is that of a calculation by hand, with ties', () => {
  expect(rankCorrelation([1, 2, 3, 4], [10, 20, 30, 1000])).toBeCloseTo(1, 12);
  expect(rankCorrelation([1, 2, 3, 4], [4, 3, 2, 1])).toBeCloseTo(-1, 12);
  // Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: 4.5 / sqrt(4.5 * 5).
  expect(rankCorrelation([1, 2, 2, 3], [1, 5, 4, 9])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
  expect(rankCorrelation([1, 1], [1, 2])).toBeNaN();
});

test('the tail of a binomial distribution sums its terms', () => {
  expect(binomialTail(0, 10, 0.3)).toBe(1);
  expect(binomialTail(10, 10, 0.5)).toBeCloseTo(0.5 ** 10, 15);
  expect(binomialTail(2, 3, 0.25)).toBeCloseTo(3 * 0.0625 * 0.75 + 0.015625, 14);
  expect(binomialTail(30, 1000, 0.05)).toBeGreaterThan(0.99);
});
