import { describe, expect, test } from 'vitest';
import { coursesOf } from '../../src/study/analysis/courses.ts';
import { epochsToLevel } from '../../src/study/analysis/level.ts';
import { meanChange, stabilityOf } from '../../src/study/analysis/stability.ts';
import { plantedTables } from './planted.ts';

/** Runs of two arms that reach a validation Dice of 0.8 at the given epochs of ten; 0 for never. */
function reaching(times: Readonly<Record<string, readonly number[]>>, draws = 1) {
  const seeds = Object.values(times)[0].length / draws;
  const tables = plantedTables({ arms: Object.keys(times), seeds, draws }, ({ arm, seed, draw }) => {
    const time = times[arm][seed * draws + draw];
    return { valDice: (epoch) => (time > 0 && epoch >= time ? 0.8 : 0.5) };
  });
  return coursesOf(tables.epochs);
}

describe('epochs to a level', () => {
  const courses = reaching({ scratch: [6, 8, 0, 7], denoise: [2, 3, 9, 3] });
  const found = epochsToLevel(courses, ['scratch', 'denoise'], 0.8);

  test('count until it is reached; a run that never does is censored at its last epoch', () => {
    expect(found).toMatchObject({ level: 0.8, given: true, horizon: 10 });
    expect(found.curves).toEqual([
      {
        ...{ arm: 'scratch', runs: 4, reached: 3, median: 7 },
        steps: [
          { time: 6, at_risk: 4, events: 1, survival: 0.75 },
          { time: 7, at_risk: 3, events: 1, survival: expect.closeTo(0.5, 12) },
          { time: 8, at_risk: 2, events: 1, survival: expect.closeTo(0.25, 12) },
        ],
      },
      {
        ...{ arm: 'denoise', runs: 4, reached: 4, median: 3 },
        steps: [
          { time: 2, at_risk: 4, events: 1, survival: 0.75 },
          { time: 3, at_risk: 3, events: 2, survival: expect.closeTo(0.25, 12) },
          { time: 9, at_risk: 1, events: 1, survival: 0 },
        ],
      },
    ]);
  });

  test('are compared seed by seed up to the horizon', () => {
    expect(found.comparisons).toMatchObject([
      { arm: 'denoise', differences: [-4, -5, -1, -4], difference: -3.5, p: 0.125, seeds: 4 },
    ]);
  });

  test('and as unpaired groups by the log-rank test', () => {
    // At 2, 3, 6, 7, 8, 9 are d = 1, 2, 1, 1, 1, 1 events among 8, 7, 5, 4, 3, 2, of denoise at risk 4, 3, 1, 1, 1, 1.
    const expected = 4 / 8 + (2 * 3) / 7 + 1 / 5 + 1 / 4 + 1 / 3 + 1 / 2;
    const variance = 1 / 4 + (2 * (12 / 49) * 5) / 6 + 4 / 25 + 3 / 16 + 2 / 9 + 1 / 4;
    expect(found.log_rank).toHaveLength(1);
    expect(found.log_rank![0]).toMatchObject({ arm: 'denoise', observed: 4 });
    expect(found.log_rank![0].expected).toBeCloseTo(expected, 12);
    expect(found.log_rank![0].chi2).toBeCloseTo((4 - expected) ** 2 / variance, 12);
  });

  test('of the draws of a seed are averaged, and not taken for independent runs', () => {
    const drawn = reaching({ scratch: [4, 6, 8, 10], denoise: [2, 2, 3, 5] }, 2);
    const { comparisons, curves, log_rank } = epochsToLevel(drawn, ['scratch', 'denoise'], 0.8);
    expect(comparisons).toMatchObject([{ differences: [2 - 5, 4 - 9], seeds: 2 }]);
    expect(curves.map(({ runs }) => runs)).toEqual([4, 4]);
    expect(log_rank).toBeUndefined();
  });

  test('end where the shortest run ends', () => {
    const cut = courses.map((course) => ({ ...course, epochs: course.epochs.slice(0, course.seed + 4) }));
    const { horizon, comparisons } = epochsToLevel(cut, ['scratch', 'denoise'], 0.8);
    expect(horizon).toBe(4);
    expect(comparisons[0].differences).toEqual([-2, -1, 0, -1]);
  });

  test('go to 95 % of the median best validation Dice where none is given', () => {
    const tables = plantedTables({ arms: ['scratch', 'denoise'], seeds: 2 }, ({ arm, seed }) => ({
      valDice: (epoch) => (epoch / 10) * (0.6 + 0.1 * seed + (arm === 'denoise' ? 0.2 : 0)),
    }));
    const { level, given } = epochsToLevel(coursesOf(tables.epochs), ['scratch', 'denoise']);
    // Of 0.6, 0.7, 0.8, 0.9.
    expect(level).toBeCloseTo(0.95 * 0.75, 12);
    expect(given).toBe(false);
  });
});

describe('stability', () => {
  const course = (losses: readonly number[]) => {
    const tables = plantedTables({ arms: ['a'], seeds: 1, epochs: losses.length }, () => ({
      loss: (epoch) => losses[epoch - 1],
    }));
    return coursesOf(tables.epochs)[0];
  };

  test('over epochs is the mean change in the second half', () => {
    expect(meanChange(course([9, 0.5, 0.4, 0.5, 0.3, 0.2]))).toBeCloseTo((0.1 + 0.2 + 0.1) / 3, 12);
    // Of five epochs the changes to the third, fourth and fifth.
    expect(meanChange(course([9, 0.5, 0.4, 0.5, 0.3]))).toBeCloseTo((0.1 + 0.1 + 0.2) / 3, 12);
    expect(meanChange(course([2, 1]))).toBe(1);
    expect(meanChange(course([2]))).toBeUndefined();
  });

  test('over seeds compares spreads, of draws their means', () => {
    const dice: Record<string, readonly number[]> = { scratch: [0.5, 0.6, 0.8], denoise: [0.71, 0.7, 0.72] };
    const { runs, epochs } = plantedTables(
      { arms: ['scratch', 'denoise'], seeds: 3, draws: 2 },
      ({ arm, seed, draw }) => ({ dice: dice[arm][seed] + (draw === 0 ? 0.05 : -0.05) }),
    );
    const { over_seeds, over_epochs } = stabilityOf(coursesOf(epochs), runs, 'scratch');
    expect(over_seeds).toHaveLength(1);
    expect(over_seeds[0]).toMatchObject({ arm: 'denoise', seeds: 3 });
    expect(over_seeds[0].sd).toBeCloseTo(0.01, 12);
    expect(over_seeds[0].other_sd).toBeCloseTo(Math.sqrt(0.07 / 3), 12);
    expect(over_epochs).toMatchObject([{ arm: 'denoise', seeds: 3, difference: 0, p: 1 }]);
  });

  test('over fewer than three seeds, or over seeds all alike, is not compared', () => {
    for (const seeds of [2, 4]) {
      const { runs, epochs } = plantedTables({ arms: ['scratch', 'denoise'], seeds }, ({ arm, seed }) => ({
        dice: arm === 'denoise' && seeds > 2 ? 0.7 : 0.5 + 0.1 * seed,
      }));
      expect(stabilityOf(coursesOf(epochs), runs, 'scratch').over_seeds).toEqual([]);
    }
  });
});
