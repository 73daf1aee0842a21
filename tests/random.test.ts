import { expect, test } from 'vitest';
import { RandomStream } from '../src/core/random.ts';

test('a stream is a function of its keys alone', () => {
  const draw = (...keys: (string | number)[]) =>
    Array.from({ length: 4 }, (_, i) => new RandomStream(...keys, i).uniform());
  expect(draw(1, 'a')).toEqual(draw(1, 'a'));
  expect(draw(1, 'a')).not.toEqual(draw('1', 'a'));
  expect(draw(1, 'a')).not.toEqual(draw(2, 'a'));
});

test('first draws over neighbouring keys are uniform, normals are standard', () => {
  const first = Array.from({ length: 20_000 }, (_, i) => new RandomStream(i, 'x').uniform());
  const mean = first.reduce((a, b) => a + b) / first.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
  const lag = first.slice(1).reduce((sum, x, i) => sum + (x - 0.5) * (first[i] - 0.5), 0) / first.length;
  expect(Math.abs(lag)).toBeLessThan(0.003);
  const stream = new RandomStream(7);
  const normals = Array.from({ length: 20_000 }, () => stream.normal());
  const variance = normals.reduce((sum, x) => sum + x * x, 0) / normals.length;
  expect(Math.abs(variance - 1)).toBeLessThan(0.05);
});

test('normals have the moments and the tails of the normal distribution', () => {
  const count = 400_000;
  const stream = new RandomStream('normals');
  const draws = Float64Array.from({ length: count }, () => stream.normal());
  const mean = (of: (x: number) => number) => draws.reduce((sum, x) => sum + of(x), 0) / count;
  // Bounds are four standard errors.
  for (const [power, expected, variance] of [
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ])
    expect(Math.abs(mean((x) => x ** power) - expected), `moment ${power}`).toBeLessThan(
      4 * Math.sqrt(variance / count),
    );
  for (const [limit, part] of [
    [0.5, 0.30853754],
    [1, 0.15865525],
    [2, 0.02275013],
    [3, 0.0013499],
    [3.5, 0.00023263],
  ])
    for (const sign of [-1, 1])
      expect(Math.abs(mean((x) => (sign * x > limit ? 1 : 0)) - part), `beyond ${sign * limit}`).toBeLessThan(
        4 * Math.sqrt(part / count),
      );
});

test('shuffling keeps every item once', () => {
  const items = Array.from({ length: 100 }, (_, i) => i);
  const shuffled = new RandomStream(3).shuffled(items);
  expect(shuffled).not.toEqual(items);
  expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
});
