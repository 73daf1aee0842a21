import { expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { mul } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { scalar, sum } from '../../src/ops/reduce.ts';
import { resizeBilinear } from '../../src/ops/resize.ts';
import { runGraph } from '../support/run-graph.ts';
import { largestDifference } from '../support/shared.ts';

const [h, w] = [4, 3];
const x = { shape: [1, 2, h, w], data: Float32Array.from({ length: 2 * h * w }, (_, i) => Math.sin(3 * i)) };

/** By the definition, pixel by pixel. */
function naive(height: number, width: number): Float32Array {
  const made = new Float32Array(2 * height * width);
  const place = (i: number, from: number, to: number) =>
    Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
  for (let i = 0; i < made.length; i++) {
    const c = Math.floor(i / (height * width));
    const y = place(Math.floor(i / width) % height, h, height);
    const z = place(i % width, w, width);
    for (let row = 0; row < h; row++) {
      for (let column = 0; column < w; column++) {
        const part = Math.max(0, 1 - Math.abs(y - row)) * Math.max(0, 1 - Math.abs(z - column));
        made[i] += part * x.data[(c * h + row) * w + column];
      }
    }
  }
  return made;
}

test.each([
  [7, 5],
  [4, 6],
  [3, 3],
  [4, 3],
])('bilinear resizing to %i x %i, and its gradient', async (height, width) => {
  const graph = new Graph();
  const input = graph.input('x', x.shape);
  const weight = graph.input('weight', [1, 2, height, width]);
  const output = resizeBilinear(input, { height, width });
  const [gradient] = gradients(scalar(sum(mul(output, weight))), [input]);
  const data = Float32Array.from({ length: 2 * height * width }, (_, i) => Math.cos(i));
  const feeds = { x, weight: { shape: weight.shape, data } };
  const made = await runGraph({ output, gradient }, feeds);
  const wanted = naive(height, width);
  expect(largestDifference(made.output.data, wanted)).toBeLessThan(1e-6);
  // It is linear: the sum over outputs is that over inputs.
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((all, value, i) => all + value * b[i], 0);
  expect(dot(made.gradient.data, x.data)).toBeCloseTo(dot(wanted, data), 4);
});
