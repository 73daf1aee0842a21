import { expect, test } from 'vitest';
import { holm, withHolm } from '../../src/stats/holm.ts';

const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(10)));

test('the adjusted values of a worked example, in the order given', () => {
  // 4 x 0.005, 3 x 0.01, 2 x 0.03, and 1 x 0.04 raised to the one before.
  expect(rounded(holm([0.01, 0.04, 0.03, 0.005]))).toEqual([0.03, 0.06, 0.06, 0.02]);
});

test('ties stay ties, and nothing is above 1', () => {
  expect(rounded(holm([0.02, 0.02, 0.7, 0.9]))).toEqual([0.08, 0.08, 1, 1]);
  expect(holm([0.3])).toEqual([0.3]);
  expect(holm([])).toEqual([]);
});

test('what was named before stands outside the family', () => {
  const arms = [0.01, 0.04, 0.03].map((p, i) => ({ arm: 'abc'[i], p }));
  const adjusted = (primary?: string) => rounded(withHolm(arms, primary).map(({ p_holm }) => p_holm));
  expect(adjusted()).toEqual([0.03, 0.06, 0.06]);
  expect(adjusted('a')).toEqual([0.01, 0.06, 0.06]);
  expect(adjusted('b')).toEqual([0.02, 0.04, 0.03]);
  expect(withHolm(arms, 'a').map(({ arm, p }) => ({ arm, p }))).toEqual(arms);
});
