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

test('shuffling keeps every item once', () => {
  const items = Array.from({ length: 100 }, (_, i) => i);
  const shuffled = new RandomStream(3).shuffled(items);
  expect(shuffled).not.toEqual(items);
  expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
});
