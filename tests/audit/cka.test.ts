import { expect, test } from 'vitest';
import { LinearCka } from '../../src/audit/measures/cka.ts';
import { RandomStream } from '../../src/core/random.ts';

function cka(x: readonly ArrayLike<number>[], y: readonly ArrayLike<number>[]): number {
  const flat = (rows: readonly ArrayLike<number>[]) =>
    Float32Array.from(rows.flatMap((row) => Array.from(row)));
  const result = new LinearCka(x.length, y.length);
  result.add(flat(x), flat(y), x[0].length);
  return result.value();
}

const normals = (features: number, samples: number, key: string) => {
  const stream = new RandomStream('cka', key);
  return Array.from({ length: features }, () => Array.from({ length: samples }, () => stream.normal()));
};

test('1 for itself, turned, scaled and shifted', () => {
  const [a, b] = normals(2, 50, 'x');
  expect(cka([a, b], [a, b])).toBeCloseTo(1, 12);
  const turned = [0.6, 0.8].map((cos, i) => {
    const sin = [-0.8, 0.6][i];
    return a.map((value, k) => 7 * (cos * value + sin * b[k]) + 2);
  });
  expect(cka([a, b], turned)).toBeCloseTo(1, 6);
});

test('near 0 for independent features of many samples', () => {
  expect(cka(normals(3, 5000, 'one'), normals(4, 5000, 'other'))).toBeLessThan(0.01);
});

test('by hand: one of two equal uncorrelated features against both', () => {
  const [a, b] = [
    [1, 1, -1, -1],
    [1, -1, 1, -1],
  ];
  expect(cka([a], [a, b])).toBeCloseTo(1 / Math.SQRT2, 12);
  expect(cka([a], [b])).toBe(0);
});

test('is that of the centred Gram matrices of the samples', () => {
  const [x, y] = [normals(3, 12, 'p'), normals(5, 12, 'q')];
  for (const [i, row] of x.entries()) for (const k of row.keys()) row[k] += 0.5 * y[i][k] + i;
  const gram = (rows: number[][]) => {
    const centred = rows.map((row) =>
      row.map((value) => value - row.reduce((s, v) => s + v, 0) / row.length),
    );
    return Array.from({ length: 144 }, (_, at) =>
      centred.reduce((sum, row) => sum + row[Math.floor(at / 12)] * row[at % 12], 0),
    );
  };
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const [k, l] = [gram(x), gram(y)];
  expect(cka(x, y)).toBeCloseTo(dot(k, l) / Math.sqrt(dot(k, k) * dot(l, l)), 5);
});

test('a constant representation is like none', () => {
  expect(cka([[1, 1, 1]], [[1, 2, 3]])).toBeNaN();
});
