import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { seedsNeeded, signFlipP, smallestP } from '../../src/stats/sign-flip.ts';

test("Darwin's fifteen pairs of maize give Fisher's 1726 of 32768 patterns", () => {
  const eighthsOfAnInch = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
  expect(signFlipP(eighthsOfAnInch)).toBe(1726 / 32768);
});

test('a case small enough to go through by hand', () => {
  // |1 + 2 - 4| = 1; the sums of the patterns are 7, 5, 3, 1 and their opposites, all at least as far.
  expect(signFlipP([1, 2, -4])).toBe(1);
  // Of 7, 5, 3, 1 two are at least 5 from zero.
  expect(signFlipP([-1, 2, 4])).toBe(0.5);
  expect(signFlipP([1, 2, 4])).toBe(0.25);
  expect(signFlipP([0, 0])).toBe(1);
});

test('neither scale nor rounding changes the count', () => {
  const differences = [-4, -4, -4, 4];
  expect(signFlipP(differences)).toBe(10 / 16);
  // In tenths, sums that are equal differ in their last digit.
  for (const scale of [0.1, 0.3, 1e-9, 1e9]) {
    expect(signFlipP(differences.map((difference) => difference * scale))).toBe(10 / 16);
  }
});

test('the smallest p is reached when all agree', () => {
  for (const n of [1, 3, 6, 10]) expect(signFlipP(new Array<number>(n).fill(0.1))).toBe(smallestP(n));
  expect([1, 3, 5, 6].map(smallestP)).toEqual([1, 0.25, 0.0625, 0.03125]);
});

test('beyond twenty the drawn patterns come close to all of them, and never to zero', () => {
  const twenty = Array.from({ length: 20 }, (_, i) => Math.sin(i) + 0.3);
  // A difference of zero doubles all counts. The drawn share errs by 0.001 (standard error, 65536 draws).
  expect(Math.abs(signFlipP([...twenty, 0]) - signFlipP(twenty))).toBeLessThan(0.004);
  expect(signFlipP(new Array<number>(40).fill(1))).toBe(1 / 65537);
});

test('where nothing differs, at most 5 % are called different', () => {
  const stream = new RandomStream(1, 'sign-flip-test');
  const count = 4000;
  let found = 0;
  for (let k = 0; k < count; k++) {
    if (signFlipP(Array.from({ length: 6 }, () => stream.normal())) <= 0.05) found++;
  }
  // Exactly 2 of 64 patterns are below 5 %: 0.03125, with a standard error of 0.0028.
  expect(Math.abs(found / count - 0.03125)).toBeLessThan(0.0084);
});

test('so many seeds are needed that fewer would not do', () => {
  expect([1, 2, 3, 4, 7].map(seedsNeeded)).toEqual([6, 7, 7, 8, 9]);
  for (const comparisons of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const seeds = seedsNeeded(comparisons);
    expect(comparisons * smallestP(seeds)).toBeLessThanOrEqual(0.05);
    expect(comparisons * smallestP(seeds - 1)).toBeGreaterThan(0.05);
  }
});
