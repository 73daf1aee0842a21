import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { conformalBound, mostLevel, unitsFor } from '../../src/stats/conformal.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe('of hand-worked errors', () => {
  test('the ceil(level (n + 1))-th smallest counts', () => {
    expect(conformalBound(upTo(19), 0.95)).toEqual({ error: 19, level: 0.95, units: 19 });
    expect(conformalBound(upTo(20), 0.95)).toEqual({ error: 20, level: 0.95, units: 20 });
    expect(conformalBound(upTo(39), 0.95)).toEqual({ error: 38, level: 0.95, units: 39 });
    expect(conformalBound([5, 1, 4, 2, 3], 0.5)).toEqual({ error: 3, level: 0.5, units: 5 });
  });

  test('with too few units the level is what they allow', () => {
    expect(unitsFor(0.95)).toBe(19);
    expect(unitsFor(0.9)).toBe(9);
    expect(conformalBound(upTo(18), 0.95)).toEqual({ error: 18, level: mostLevel(18), units: 18 });
    expect(conformalBound([0.3], 0.95)).toEqual({ error: 0.3, level: 0.5, units: 1 });
  });

  test('a group counts as one, however many images it has', () => {
    const groups = ['a', 'a', 'a', 'a', 'b', 'c'];
    // Of 4 parts, a has 1/4 for each of its images: 1 and 1 for b reach 2.
    expect(conformalBound([1, 2, 3, 4, 5, 6], 0.5, groups)).toEqual({ error: 5, level: 0.5, units: 3 });
    expect(conformalBound([1, 2, 3, 4, 5, 6], 0.95, groups)).toEqual({ error: 6, level: 0.75, units: 3 });
    const alone = upTo(30).map(String);
    expect(conformalBound(upTo(30), 0.9, alone)).toEqual(conformalBound(upTo(30), 0.9));
  });
});

/** How often a new error is within the bound of others, over drawn sets. */
function covered(count: number, level: number, draw: (stream: RandomStream) => number[], sets = 2000) {
  let within = 0;
  for (let s = 0; s < sets; s++) {
    const groups = Array.from({ length: count + 1 }, (_, g) =>
      draw(new RandomStream(s, 'conformal', count, g)),
    );
    const known = groups.slice(0, count);
    const names = known.flatMap((errors, g) => errors.map(() => String(g)));
    if (groups[count][0] <= conformalBound(known.flat(), level, names).error) within++;
  }
  return within / sets;
}

/** Three standard deviations of a share of 2000. */
const CHANCE = 3 * Math.sqrt((0.95 * 0.05) / 2000);

test.each([
  19, 25, 50,
])('of %i units, a bound of level 0.95 holds with 0.95 to 0.95 + 1 / (n + 1)', (count) => {
  const share = covered(count, 0.95, (stream) => [stream.normal() ** 3]);
  expect(share).toBeGreaterThan(0.95 - CHANCE);
  expect(share).toBeLessThan(0.95 + 1 / (count + 1) + CHANCE);
});

test('of groups, the bound holds for an image of a new group, and counting images alone does not', () => {
  const grouped = (stream: RandomStream) => {
    const own = stream.normal();
    const size = own > 1 ? 1 : 12;
    return Array.from({ length: size }, () => own + 0.1 * stream.normal());
  };
  expect(covered(24, 0.9, grouped, 1500)).toBeGreaterThan(0.9 - 3 * Math.sqrt((0.9 * 0.1) / 1500));
  let within = 0;
  for (let s = 0; s < 1500; s++) {
    const groups = Array.from({ length: 25 }, (_, g) => grouped(new RandomStream(s, 'conformal', 24, g)));
    if (groups[24][0] <= conformalBound(groups.slice(0, 24).flat(), 0.9).error) within++;
  }
  expect(within / 1500).toBeLessThan(0.88);
});
