import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { pitmanMorgan } from '../../src/stats/pitman-morgan.ts';
import { SLEEP } from './sleep.ts';

const [first, second] = SLEEP;

test("Student's sleep data, from their published moments", () => {
  const compared = pitmanMorgan(first, second);
  // Standard deviations 1.789 and 2.002, correlation 0.7952; t = (F - 1) sqrt(n - 2) / (2 sqrt(F (1 - r^2))) = -0.52636.
  expect(compared.sd).toBeCloseTo(1.7890097, 7);
  expect(compared.other_sd).toBeCloseTo(2.0022487, 7);
  expect(compared.ratio).toBeCloseTo(0.7983426, 7);
  // The p of scipy.stats.pearsonr(first + second, first - second).
  expect(compared.p).toBeCloseTo(0.6129128774610848, 10);
});

test('the interval holds the ratios that the test does not reject', () => {
  const { ratio, ci95, p } = pitmanMorgan(first, second);
  expect(Math.sqrt(ci95[0] * ci95[1])).toBeCloseTo(ratio, 10);
  for (const bound of ci95) {
    const scaled = first.map((value) => value / Math.sqrt(bound));
    expect(pitmanMorgan(scaled, second).p).toBeCloseTo(0.05, 8);
  }
  expect(p > 0.05).toBe(ci95[0] < 1 && 1 < ci95[1]);
});

test('the other way round the ratio is the reciprocal, and p the same', () => {
  const [there, back] = [pitmanMorgan(first, second), pitmanMorgan(second, first)];
  expect(back.ratio).toBeCloseTo(1 / there.ratio, 12);
  expect(back.ci95[0]).toBeCloseTo(1 / there.ci95[1], 12);
  expect(back.p).toBeCloseTo(there.p, 12);
});

test('a constant changes nothing, not even by rounding', () => {
  const { ratio, p, ci95 } = pitmanMorgan(
    first.map((value) => value + 0.1),
    first,
  );
  expect(p).toBe(1);
  expect(ratio).toBeCloseTo(1, 12);
  for (const bound of ci95) expect(bound).toBeCloseTo(1, 6);
});

test('samples that are perfectly correlated, but of different spread, differ', () => {
  const { ratio, p } = pitmanMorgan(
    first.map((value) => 2 * value),
    first,
  );
  expect(ratio).toBeCloseTo(4, 12);
  expect(p).toBeLessThan(1e-6);
});

test('of normal pairs that vary equally, 5 % are called different', () => {
  const stream = new RandomStream(1, 'pitman-morgan-test');
  const count = 4000;
  let found = 0;
  for (let k = 0; k < count; k++) {
    const shared = Array.from({ length: 6 }, () => stream.normal());
    const [a, b] = [0, 1].map(() => shared.map((value) => value + stream.normal()));
    if (pitmanMorgan(a, b).p <= 0.05) found++;
  }
  // Standard error 0.0034.
  expect(Math.abs(found / count - 0.05)).toBeLessThan(0.0103);
});

test('three pairs have one degree of freedom', () => {
  // Variances 1 and 3, covariance 1.5: t = -2 sqrt(1) / (2 sqrt(3 - 2.25)) = -1.1547; of t with 1 degree 2 (1/2 - atan(t) / pi).
  const { p } = pitmanMorgan([0, 1, 2], [0, 0, 3]);
  expect(p).toBeCloseTo(1 - (2 / Math.PI) * Math.atan(2 / Math.sqrt(3)), 12);
});
