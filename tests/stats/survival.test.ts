import { describe, expect, test } from 'vitest';
import { chiSquaredP, kaplanMeier, logRank, type Observation } from '../../src/stats/survival.ts';

/** Negative times are censored. */
const observed = (times: readonly number[]): Observation[] =>
  times.map((time) => ({ time: Math.abs(time), event: time > 0 }));

/** Weeks of remission of children with leukaemia (Freireich et al. 1963), the standard example of both methods. */
const TREATED = observed([
  6, 6, 6, -6, 7, -9, 10, -10, -11, 13, 16, -17, -19, -20, 22, 23, -25, -32, -32, -34, -35,
]);
const PLACEBO = observed([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]);

describe('remission with 6-mercaptopurine and with placebo', () => {
  test('the estimates are those of the textbooks', () => {
    const { steps, median } = kaplanMeier(TREATED);
    const rounded = steps.map(({ time, at_risk, events, survival }) => [
      ...[time, at_risk, events, Number(survival.toFixed(4))],
    ]);
    // Kleinbaum and Klein, Survival Analysis, table 2.2.
    expect(rounded).toEqual([
      [6, 21, 3, 0.8571],
      [7, 17, 1, 0.8067],
      [10, 15, 1, 0.7529],
      [13, 12, 1, 0.6902],
      [16, 11, 1, 0.6275],
      [22, 7, 1, 0.5378],
      [23, 6, 1, 0.4482],
    ]);
    expect(median).toBe(23);
    expect(kaplanMeier(PLACEBO).median).toBe(8);
  });

  test('the log-rank test gives chi squared 16.79', () => {
    const { chi2, p, observed, expected } = logRank(TREATED, PLACEBO);
    expect(observed).toBe(9);
    expect(expected).toBeCloseTo(19.25, 2);
    expect(chi2).toBeCloseTo(16.79, 2);
    expect(p).toBeCloseTo(4.17e-5, 7);
  });

  test('which group comes first changes neither chi squared nor p', () => {
    const [there, back] = [logRank(TREATED, PLACEBO), logRank(PLACEBO, TREATED)];
    expect(back.chi2).toBeCloseTo(there.chi2, 10);
    expect(back.observed).toBe(21);
    expect(back.observed + there.observed).toBeCloseTo(back.expected + there.expected, 10);
  });
});

test('a case small enough to go through by hand', () => {
  // At 1 one of four, two of them of the first group: expected 1/2, variance 1/4. At 2 (three left, one of the first):
  // 1/3 and 2/9. At 3 the first group is gone.
  const { chi2, observed: events, expected } = logRank(observed([1, 2]), observed([3, -4]));
  expect(events).toBe(2);
  expect(expected).toBeCloseTo(5 / 6, 12);
  expect(chi2).toBeCloseTo((2 - 5 / 6) ** 2 / (1 / 4 + 2 / 9), 12);
});

test('the median is reached at one half, and may not be reached', () => {
  expect(kaplanMeier(observed([1, 2, 3, 4])).median).toBe(2);
  // 9/10, 8/9, .. of the rest: one half but for rounding.
  expect(kaplanMeier(observed([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).median).toBe(5);
  expect(kaplanMeier(observed([1, -2, -2, -2]))).toEqual({
    steps: [{ time: 1, at_risk: 4, events: 1, survival: 0.75 }],
  });
});

test('where nothing happens, nothing tells the groups apart', () => {
  const never = observed([-5, -5, -5]);
  expect(logRank(never, never)).toEqual({ chi2: 0, p: 1, observed: 0, expected: 0 });
  expect(kaplanMeier(never)).toEqual({ steps: [] });
});

test('chi squared has the quantiles of the tables', () => {
  expect(chiSquaredP(3.841459)).toBeCloseTo(0.05, 7);
  expect(chiSquaredP(6.634897)).toBeCloseTo(0.01, 7);
  expect(chiSquaredP(0)).toBe(1);
});
