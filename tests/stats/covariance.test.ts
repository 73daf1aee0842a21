import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { Covariance } from '../../src/stats/covariance.ts';

test('means and covariances are those of loops, in parts of any size', () => {
  const stream = new RandomStream('covariance');
  const [variables, parts] = [7, [1, 300, 128, 5]];
  const seen: number[][] = Array.from({ length: variables }, () => []);
  const covariance = new Covariance(variables);
  for (const samples of parts) {
    const rows = seen.map((all, i) => {
      const row = Float32Array.from({ length: samples }, () => i + stream.normal());
      all.push(...row);
      return row;
    });
    covariance.add(
      [Float32Array.of(...rows[0]), Float32Array.from(rows.slice(1).flatMap((row) => [...row]))],
      samples,
    );
  }
  expect(covariance.count).toBe(434);
  const means = seen.map((row) => row.reduce((a, b) => a + b) / row.length);
  for (let i = 0; i < variables; i++) {
    expect(covariance.mean(i)).toBeCloseTo(means[i], 12);
    for (let j = 0; j < variables; j++) {
      const products = seen[i].map((x, k) => (x - means[i]) * (seen[j][k] - means[j]));
      const expected = products.reduce((a, b) => a + b) / products.length;
      expect(covariance.covariance(i, j), `${i}, ${j}`).toBeCloseTo(expected, 12);
    }
  }
});

test('a constant has a variance of exactly 0', () => {
  const covariance = new Covariance(2);
  for (let i = 0; i < 9; i++) covariance.add([Float32Array.of(0.1, 0.1, 0.1), Float32Array.of(1, 2, i)], 3);
  expect(covariance.covariance(0, 0)).toBe(0);
  expect(covariance.covariance(0, 1)).toBe(0);
  expect(covariance.covariance(1, 1)).toBeGreaterThan(0);
});

test('another number of variables is a bug', () => {
  expect(() => new Covariance(2).add([new Float32Array(4)], 4)).toThrow(
    'got 4 values, expected 4 of each of 2',
  );
});
