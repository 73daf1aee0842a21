import { describe, expect, test } from 'vitest';
import { foundIn, MAKINGS, partOf } from '../../scripts/evidence/support/studies.ts';
import { seedsFor, smallestDifference } from '../../src/stats/power.ts';

const parts = partOf(MAKINGS['as in kvasir-88']);
const size = { draws: 1, images: 40, comparisons: 1 };

describe('what a study can show', () => {
  test('is nothing where the test can find nothing', () => {
    expect(smallestDifference(parts, { ...size, seeds: 5 })).toBeUndefined();
    expect(smallestDifference(parts, { ...size, seeds: 6, comparisons: 2 })).toBeUndefined();
    expect(smallestDifference(parts, { ...size, seeds: 7, comparisons: 2 })).toBeGreaterThan(0);
  });

  test('is found in four of five studies in which it is true, and rarely where nothing is', () => {
    const seeds = 8;
    const smallest = smallestDifference(parts, { ...size, seeds })!;
    const [studies, design] = [150, { spreads: MAKINGS['as in kvasir-88'], seeds, draws: 1, images: 40 }];
    // Three standard errors of 150 studies are 10 %.
    expect(Math.abs(foundIn(design, smallest, studies) / studies - 0.8)).toBeLessThan(0.1);
    expect(foundIn(design, 0, studies) / studies).toBeLessThan(0.11);
  });

  test('is smaller with more seeds, draws and images', () => {
    const of = (more: Partial<typeof size & { seeds: number }>) =>
      smallestDifference(parts, { ...size, seeds: 8, ...more })!;
    const usual = of({});
    for (const more of [{ seeds: 12 }, { seeds: 20 }, { draws: 3 }, { images: 400 }])
      expect(of(more)).toBeLessThan(usual);
  });

  test('says how many seeds a difference takes, or that they are not enough', () => {
    const seeds = seedsFor(0.05, parts, { ...size, seeds: 0 })!;
    expect(smallestDifference(parts, { ...size, seeds })!).toBeLessThanOrEqual(0.05);
    expect(smallestDifference(parts, { ...size, seeds: seeds - 1 }) ?? 1).toBeGreaterThan(0.05);
    expect(seedsFor(0.001, parts, { ...size, seeds: 0 })).toBeUndefined();
  });
});
