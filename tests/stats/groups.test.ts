import { describe, expect, test } from 'vitest';
import { mean } from '../../src/core/mean.ts';
import { RandomStream } from '../../src/core/random.ts';
import { compareArms } from '../../src/stats/compare.ts';
import { decompose } from '../../src/stats/decompose.ts';
import { overGroups } from '../../src/stats/groups.ts';
import { meanInterval } from '../../src/stats/interval.ts';
import type { Score } from '../../src/stats/paired.ts';
import { refusal } from '../support/expect-user-error.ts';

const stream = (...keys: (string | number)[]) => new RandomStream('groups', ...keys);

/** Differences by seed and image, images of one group alike. */
function simulated(sizes: readonly number[], seeds: number, key: number) {
  const draw = stream(key);
  const ofSeed = Array.from({ length: seeds }, () => 0.02 * draw.normal());
  const ofGroup = sizes.map(() => 0.1 * draw.normal());
  const groups = sizes.flatMap((size, g) => Array<string>(size).fill(`g${g}`));
  const ofImage = groups.map((_, i) => ofGroup[Number(groups[i].slice(1))] + 0.05 * draw.normal());
  const table = ofSeed.map((s) => ofImage.map((effect) => s + effect + 0.05 * draw.normal()));
  return { table, groups };
}

describe('a table over groups', () => {
  test('keeps the means, of each seed and of all', () => {
    const { table, groups } = simulated([1, 7, 3, 12, 2], 4, 0);
    const over = overGroups(table, groups);
    expect(over.map(({ length }) => length)).toEqual([5, 5, 5, 5]);
    for (const [s, row] of over.entries()) expect(mean(row)).toBeCloseTo(mean(table[s]), 12);
  });

  test('of groups of one size holds the means of these', () => {
    const over = overGroups([[1, 3, 10, 20]], ['a', 'b', 'a', 'b']);
    expect(over[0][0]).toBeCloseTo(5.5, 12);
    expect(over[0][1]).toBeCloseTo(11.5, 12);
  });

  test('of groups of one image each is the table itself', () => {
    const { table } = simulated([1, 1, 1], 2, 1);
    expect(overGroups(table, ['a', 'b', 'c'])).toBe(table);
  });
});

/** Of two arms, of which one is better by the table. */
const scoresOf = (table: readonly (readonly number[])[], groups?: readonly string[]): Score[] =>
  table.flatMap((row, s) =>
    row.flatMap((value, i) => {
      const key = {
        seed: `${s}`,
        image: `i${String(i).padStart(3, '0')}`,
        ...(groups && { group: groups[i] }),
      };
      return [
        { arm: 'base', ...key, value: 0 },
        { arm: 'better', ...key, value },
      ];
    }),
  );

test('copies of an image within its group tell nothing more', () => {
  const { table } = simulated(Array(30).fill(1), 6, 2);
  const fourfold = table.map((row) => row.flatMap((value) => Array<number>(4).fill(value)));
  const groups = table[0].flatMap((_, i) => Array<string>(4).fill(`g${String(i).padStart(3, '0')}`));
  const [alone] = compareArms(scoresOf(table), 'base');
  const [copied] = compareArms(scoresOf(fourfold, groups), 'base');
  const [ignored] = compareArms(scoresOf(fourfold), 'base');
  expect(copied).toMatchObject({ images: 120, groups: 30, p: alone.p, seeds: 6 });
  expect(copied.difference).toBeCloseTo(alone.difference, 12);
  for (const end of [0, 1]) expect(copied.ci95[end]).toBeCloseTo(alone.ci95[end], 10);
  expect(copied.detectable).toBeCloseTo(alone.detectable, 10);
  // As if they were independent, the interval would be about half as wide.
  expect(ignored.ci95[1] - ignored.ci95[0]).toBeLessThan(0.8 * (alone.ci95[1] - alone.ci95[0]));
  expect(alone).not.toHaveProperty('groups');
});

test('the interval holds zero as often as it says, and would not without groups', () => {
  const [kept, ignored] = [{ in: 0 }, { in: 0 }];
  const times = 200;
  for (let k = 0; k < times; k++) {
    const sizes = Array.from({ length: 25 }, () => 1 + (k % 7));
    const uneven = sizes.map((size, g) => size + (g % 3) * 2);
    const { table, groups } = simulated(uneven, 6, 10 + k);
    const holds = ([low, high]: readonly [number, number]) => low <= 0 && high >= 0;
    const over = overGroups(table, groups);
    if (holds(meanInterval(over, stream('interval'), decompose(over)))) kept.in++;
    if (holds(meanInterval(table, stream('interval'), decompose(table)))) ignored.in++;
  }
  expect(kept.in / times).toBeGreaterThan(0.9);
  expect(ignored.in / times).toBeLessThan(0.85);
}, 60_000);

test('an image of two groups is refused, and so is one seed with one group', async () => {
  const { table, groups } = simulated([3], 1, 3);
  expect(await refusal(() => compareArms(scoresOf(table, groups), 'base'))).toMatch(
    /one seed and one group of images that both have.*test on more groups/,
  );
  const scores = scoresOf(table, groups);
  scores[0] = { ...scores[0], group: 'other' };
  expect(await refusal(() => compareArms(scores, 'base'))).toMatch(/image i000: got the groups other and g0/);
});
