import { describe, expect, test } from 'vitest';
import { estimatedParts, MAKINGS } from '../../scripts/evidence/support/studies.ts';
import { decompose } from '../../src/stats/decompose.ts';
import { inMean, varianceParts } from '../../src/stats/variance-parts.ts';

describe('parts of a variance', () => {
  test('of a table made of seeds alone are seeds alone', () => {
    const table = [1, 2, 4].map((ofSeed) => [0, 1].map(() => [ofSeed, ofSeed, ofSeed, ofSeed]));
    const { seeds, ...others } = varianceParts(table);
    expect(seeds.variance).toBeCloseTo(7 / 3, 12);
    for (const { variance } of Object.values(others)) expect(variance).toBeCloseTo(0, 12);
  });

  test('of a table in which draws of a seed differ most are draws', () => {
    const table = [0, 1].map(() => [-3, 3].map((ofDraw) => [ofDraw, ofDraw, ofDraw]));
    const { draws, seeds } = varianceParts(table);
    expect(draws!.variance).toBeCloseTo(18, 12);
    // 0 between the means, of which draws explain 9.
    expect(seeds.variance).toBeCloseTo(-9, 12);
  });

  test('with one draw a seed add up to the variance of the mean', () => {
    const table = [
      [0.1, 0.3, 0.2, 0.6],
      [0.4, 0.1, 0.7, 0.9],
      [0.9, 0.8, 0.6, 1.4],
    ];
    const parts = varianceParts(table.map((row) => [row]));
    expect(parts).not.toHaveProperty('draws');
    const adds = inMean(parts, { seeds: 3, draws: 1, images: 4 });
    const total = [...adds.values()].reduce((sum, value) => sum + value, 0);
    expect(total).toBeCloseTo(decompose(table).variance, 12);
  });

  test.each([
    1, 3,
  ])('are right on average, with %i draws a seed, and so are their standard errors', (draws) => {
    const design = { spreads: MAKINGS['as in kvasir-88'], seeds: 5, draws, images: 30 };
    for (const { ratio, error, calibration } of estimatedParts(design, 200)) {
      expect(Math.abs(ratio - 1)).toBeLessThan(4 * error);
      expect(calibration).toBeGreaterThan(0.7);
      expect(calibration).toBeLessThan(1.4);
    }
  });
});
