import { describe, expect, test } from 'vitest';
import { coverageOf, LAWS, NOISES } from '../../scripts/evidence/support/learning-curves.ts';
import { LearningCurve } from '../../src/stats/learning-curve.ts';
import { EXPONENTS, fitsOf, scoreAt, weightsAt } from '../../src/stats/power-law.ts';
import { refusal } from '../support/expect-user-error.ts';

const MASKS = [11, 22, 44, 88];
const exact = { a: 0.85, b: 0.8, c: EXPONENTS[6] };

/** Seeds and images differ, but all budgets alike. */
const tablesOf = (truth: (n: number) => number, masks = MASKS) =>
  masks.map((n) =>
    [-0.02, 0, 0.02].map((ofSeed) => [-0.1, 0.1, 0].map((ofImage) => truth(n) + ofSeed + ofImage)),
  );

describe('the law', () => {
  test('is found where scores follow it', () => {
    const fits = fitsOf(
      MASKS,
      MASKS.map((n) => scoreAt(exact, n)),
    );
    const best = fits.reduce((a, b) => (b.misfit < a.misfit ? b : a));
    for (const key of ['a', 'b', 'c'] as const) expect(best[key]).toBeCloseTo(exact[key], 9);
  });

  test('is linear in the scores for a given exponent', () => {
    const weights = weightsAt(108, MASKS, exact.c);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    const value = MASKS.reduce((sum, n, i) => sum + weights[i] * scoreAt(exact, n), 0);
    expect(value).toBeCloseTo(scoreAt(exact, 108), 12);
  });

  test('never falls', () => {
    for (const { b } of fitsOf(MASKS, [0.8, 0.7, 0.6, 0.5])) expect(b).toBe(0);
  });
});

describe('a curve', () => {
  test('of scores that follow the law exactly says what more masks gain, and holds when it is checked', () => {
    const curve = new LearningCurve({ masks: MASKS, tables: tablesOf((n) => scoreAt(exact, n)) });
    const { value, ci95 } = curve.gain(20);
    expect(value).toBeCloseTo(scoreAt(exact, 108) - scoreAt(exact, 88), 9);
    for (const end of ci95) expect(end).toBeCloseTo(value, 6);
    expect(curve.heldOut()).toMatchObject({ masks: 88, held: true });
  });

  test('of scores that fall gains nothing', () => {
    const curve = new LearningCurve({ masks: MASKS, tables: tablesOf((n) => 0.9 - n / 200) });
    expect(curve.gain(20)).toEqual({ value: 0, ci95: [0, 0] });
  });

  test('that breaks off at the largest budget fails its check', () => {
    const broken = (n: number) => (n === 88 ? 0.5 : scoreAt(exact, n));
    expect(new LearningCurve({ masks: MASKS, tables: tablesOf(broken) }).heldOut()?.held).toBe(false);
  });

  test('of three budgets cannot be checked', () => {
    const masks = MASKS.slice(1);
    const curve = new LearningCurve({ masks, tables: tablesOf((n) => scoreAt(exact, n), masks) });
    expect(curve.heldOut()).toBeUndefined();
  });

  test('is refused of too little, and beyond twice the largest budget', async () => {
    const of = (masks: readonly number[], seeds: number) =>
      new LearningCurve({
        masks,
        tables: tablesOf((n) => scoreAt(exact, n), [...masks]).map((table) => table.slice(0, seeds)),
      });
    expect(await refusal(() => of([22, 88], 3))).toMatch(/2 budgets of masks; a learning curve needs 3/);
    expect(await refusal(() => of(MASKS, 1))).toMatch(/1 seed; an interval needs 2/);
    expect(await refusal(() => of(MASKS, 2).gain(89))).toMatch(/177 masks, expected from 11 to 176/);
    expect(of(MASKS, 2).score(176).value).toBeGreaterThan(0);
  });
});

test('its intervals hold the truth as often as they say, where the law is true', () => {
  const datasets = 30;
  const { held, failed } = coverageOf({
    ...{ truth: LAWS['0.85 - 0.80 n^-0.5'], spreads: NOISES['as in kvasir-labels'] },
    ...{ masks: MASKS, seeds: 4, images: 24, datasets },
  });
  // Of 95 %, four standard errors of 30 data sets are 16 %.
  for (const count of held) expect(count / datasets).toBeGreaterThan(0.79);
  expect(failed / datasets).toBeLessThan(0.21);
}, 180_000);
