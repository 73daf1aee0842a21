import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { clustersOfPoints } from '../../src/stats/clusters.ts';
import { studentQuantile } from '../../src/stats/student.ts';
import { compareSubgroups, LEAST_UNITS, worstOf } from '../../src/stats/subgroups.ts';

const alone = (count: number) => Array.from({ length: count }, (_, i) => String(i));
const divided = (of: readonly (string | undefined)[], units = alone(of.length)) => ({
  ...{ name: 'by', of, units },
  parts: [...new Set(of)].filter((part) => part !== undefined),
});

test("a difference has Welch's interval where it is the wider one, at 1 - 0.05 / m", () => {
  const [one, other] = [
    [0.1, 0.9, 0.2, 0.8, 0.5, 0.3, 0.6, 0.15, 0.95, 0.4],
    [0.7, 0.72, 0.69, 0.71, 0.7, 0.68, 0.73, 0.7, 0.71, 0.69, 0.72],
  ];
  const of = [...one.map(() => 'a'), ...other.map(() => 'b')];
  const [a, b] = compareSubgroups([...one, ...other], [divided(of)]);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const squareOf = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1) / values.length;
  // By hand the pooled variance is smaller here: the small part varies more.
  const [va, vb] = [squareOf(one), squareOf(other)];
  const freedom = (va + vb) ** 2 / (va ** 2 / 9 + vb ** 2 / 10);
  const reach = studentQuantile(1 - 0.025 / 2, freedom) * Math.sqrt(va + vb);
  expect(a).toMatchObject({ division: 'by', name: 'a', images: 10, units: 10 });
  expect(a.difference).toBeCloseTo(mean(one) - mean(other), 12);
  expect(a.interval![0]).toBeCloseTo(a.difference - reach, 9);
  expect(b.interval![1]).toBeCloseTo(-a.interval![0], 9);
});

test('of few units, and where there are no others, no difference is told', () => {
  const values = Array.from({ length: 20 }, (_, i) => i / 20);
  const few = compareSubgroups(values, [
    divided(values.map((_, i) => (i < LEAST_UNITS - 1 ? 'few' : 'many'))),
  ]);
  expect(few.map(({ interval }) => interval)).toEqual([undefined, undefined]);
  expect(few[0].mean).toBeCloseTo(0.2, 12);
  expect(compareSubgroups(values, [divided(values.map(() => 'all'))])).toEqual([]);
  expect(compareSubgroups(values, [divided(values.map(() => undefined))])).toEqual([]);
});

test('images of one patient count as little as one where they are alike', () => {
  const stream = new RandomStream(1, 'patients');
  const patients = Array.from({ length: 25 }, () => stream.normal());
  const values = Array.from({ length: 200 }, (_, i) => patients[i % 25]);
  const of = values.map((_, i) => (i % 25 < 10 ? 'a' : 'b'));
  const each = compareSubgroups(values, [
    divided(
      of,
      values.map((_, i) => String(i % 25)),
    ),
  ]);
  const once = compareSubgroups(values.slice(0, 25), [divided(of.slice(0, 25))]);
  expect(each[0].units).toBe(10);
  expect(each[0].interval![0]).toBeCloseTo(once[0].interval![0], 9);
  expect(each[0].interval![1]).toBeCloseTo(once[0].interval![1], 9);
});

/** Like Dice: mostly high, some failures. */
const score = (stream: RandomStream, failures = 0.1) =>
  stream.uniform() < failures ? 0 : 1 - 0.4 * stream.uniform() ** 2;

test('where subgroups do not differ, one is seldom called worse, and the intervals hold together', () => {
  for (const [images, parts] of [
    [40, [10, 30]],
    [120, [40, 40, 40]],
    [120, [10, 10, 20, 80]],
  ] as const) {
    let [named, held] = [0, 0];
    const sets = 600;
    for (let set = 0; set < sets; set++) {
      const stream = new RandomStream(set, 'null', images);
      const values = Array.from({ length: images }, () => score(stream));
      const divisions = ['a', 'b'].map(() => {
        const names = stream.shuffled(parts.flatMap((count, k) => new Array<string>(count).fill(String(k))));
        return divided(names);
      });
      const found = compareSubgroups(values, divisions);
      if (worstOf(found, false)) named++;
      if (found.every(({ interval }) => interval![0] <= 0 && interval![1] >= 0)) held++;
    }
    // At most 5 %, and 3 standard errors of 600 sets.
    expect(named / sets).toBeLessThan(0.05 + 0.027);
    expect(held / sets).toBeGreaterThan(0.95 - 0.027);
  }
});

test('a subgroup that is worse by much is named, and only that', () => {
  const stream = new RandomStream(3, 'worse');
  const of = Array.from({ length: 120 }, (_, i) => ['small', 'middle', 'large'][i % 3]);
  const values = of.map((name) => score(stream, name === 'small' ? 0.5 : 0.05));
  const worst = worstOf(compareSubgroups(values, [divided(of)]), false);
  expect(worst?.name).toBe('small');
  expect(worst!.difference).toBeLessThan(-0.2);
});

test('of errors the subgroup with more of them is the worst', () => {
  const stream = new RandomStream(3, 'errors');
  const of = Array.from({ length: 120 }, (_, i) => ['small', 'middle', 'large'][i % 3]);
  const values = of.map((name) => 20 * (1 - score(stream, name === 'small' ? 0.5 : 0.05)));
  const found = compareSubgroups(values, [divided(of)]);
  const [worst, best] = [worstOf(found, true), worstOf(found, false)];
  expect(worst!.difference).toBeGreaterThan(0);
  expect(best?.name).not.toBe(worst!.name);
});

test('clusters of points are found, and numbered by their first coordinate', () => {
  const stream = new RandomStream(5, 'clusters');
  const centres = [
    [200, 10],
    [20, 100],
    [100, 200],
  ];
  const points = Array.from({ length: 90 }, (_, i) => centres[i % 3].map((x) => x + 8 * stream.normal()));
  expect(clustersOfPoints(points, 3)).toEqual(points.map((_, i) => [2, 0, 1][i % 3]));
  expect(clustersOfPoints([[1], [1], [1]], 3)).toEqual([0, 0, 0]);
  expect(clustersOfPoints([], 3)).toEqual([]);
});
