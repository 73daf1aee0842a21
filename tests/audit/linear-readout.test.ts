import { expect, test } from 'vitest';
import { LinearReadout } from '../../src/audit/measures/linear-readout.ts';
import { RandomStream } from '../../src/core/random.ts';
import { tensor } from '../../src/core/tensor.ts';
import { RidgeRegression } from '../../src/stats/ridge.ts';
import { largestDifference } from '../support/shared.ts';

const normals = (length: number, ...keys: string[]) => {
  const stream = new RandomStream('readout', ...keys);
  return Float32Array.from({ length }, () => stream.normal());
};

/** Solves A x = b by elimination with pivots. */
function eliminate(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  const n = rows.length;
  for (let i = 0; i < n; i++) {
    const pivot = rows
      .slice(i)
      .reduce((best, row, k) => (Math.abs(row[i]) > Math.abs(rows[best][i]) ? i + k : best), i);
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    for (let k = 0; k < n; k++) {
      if (k === i) continue;
      const factor = rows[k][i] / rows[i][i];
      for (let j = i; j <= n; j++) rows[k][j] -= factor * rows[i][j];
    }
  }
  return rows.map((row, i) => row[n] / row[i]);
}

test.each([
  0, 0.1,
])('with lambda %f it solves the normal equations with a constant that is not penalised', (lambda) => {
  const [features, samples] = [5, 200];
  const x = normals(features * samples, 'x').map((value, i) => value * (1 + i / 500) + 3);
  const y = normals(samples, 'y');
  const regression = new RidgeRegression(features, 1);
  regression.add(x, y, samples);

  const column = (i: number) =>
    Array.from({ length: samples }, (_, k) => (i < features ? x[i * samples + k] : 1));
  const columns = Array.from({ length: features + 1 }, (_, i) => column(i));
  const dot = (a: ArrayLike<number>, b: readonly number[]) =>
    b.reduce((sum, value, k) => sum + a[k] * value, 0);
  const variance = (values: number[]) =>
    dot(values, values) / samples - (dot(values, columns[features]) / samples) ** 2;
  const penalty =
    (lambda * samples * columns.slice(0, features).reduce((sum, c) => sum + variance(c), 0)) / features;
  const weights = eliminate(
    columns.map((a, i) => columns.map((b, j) => dot(a, b) + (i === j && i < features ? penalty : 0))),
    columns.map((a) => dot(y, a)),
  );
  const expected = Array.from({ length: samples }, (_, k) =>
    weights.reduce((sum, w, i) => sum + w * columns[i][k], 0),
  );
  expect(largestDifference(regression.solve(lambda)(x, samples), expected)).toBeLessThan(1e-6);
});

/** An image whose every pixel is a fixed combination of the features at its position, written out by index. */
function planted(
  tap: Float32Array,
  channels: number,
  height: number,
  width: number,
  stride: number,
): Float32Array {
  const image = new Float32Array(3 * height * width * stride * stride);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height * stride; y++) {
      for (let x = 0; x < width * stride; x++) {
        const place = Math.floor(y / stride) * width + Math.floor(x / stride);
        let value = c / 10 + (y % stride) / 20;
        for (let k = 0; k < channels; k++)
          value +=
            Math.sin(1 + k + 5 * c + 3 * (y % stride) + 7 * (x % stride)) * tap[k * height * width + place];
        image[(c * height * stride + y) * width * stride + x] = value;
      }
    }
  }
  return image;
}

test.each([1, 2, 4])('a planted map at stride %i is recovered, on features it has not seen', (stride) => {
  const [channels, height, width] = [6, 5, 8];
  const tapOf = (key: string) => tensor([channels, height, width], normals(channels * height * width, key));
  const readout = new LinearReadout({ channels, stride });
  for (const key of ['a', 'b', 'c']) {
    const tap = tapOf(key);
    readout.add(tap, planted(tap.data, channels, height, width, stride));
  }
  const other = tapOf('d');
  const expected = planted(other.data, channels, height, width, stride);
  expect(largestDifference(readout.solve(0)(other), expected)).toBeLessThan(1e-5);
  expect(largestDifference(readout.solve()(other), expected)).toBeLessThan(1e-4);
});

test.each([0, 1e-6])('channels that are constant or repeated do no harm, lambda %f', (lambda) => {
  const [height, width] = [8, 8];
  const own = normals(2 * 64, 'own');
  const data = new Float32Array(5 * 64).fill(6);
  data.set(own.subarray(0, 64));
  data.set(own.subarray(0, 64), 2 * 64);
  data.set(own.subarray(64), 3 * 64);
  data.fill(0, 4 * 64);
  const readout = new LinearReadout({ stride: 2, channels: 5 });
  const image = planted(own, 2, height, width, 2);
  const tap = tensor([5, height, width], data);
  readout.add(tap, image);
  expect(largestDifference(readout.solve(lambda)(tap), image)).toBeLessThan(1e-4);
});

test('features without any variance predict the mean', () => {
  const readout = new LinearReadout({ stride: 2, channels: 3 });
  const tap = tensor([3, 2, 2]);
  readout.add(tap, new Float32Array(48).fill(0.25));
  readout.add(tap, new Float32Array(48).fill(0.75));
  expect(readout.solve()(tap)).toEqual(new Float32Array(48).fill(0.5));
});
