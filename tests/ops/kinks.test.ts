import { afterAll, beforeAll, expect, test } from 'vitest';
import { Graph, type Value } from '../../src/graph/graph.ts';
import {
  abs,
  binaryCrossEntropy,
  maximum,
  minimum,
  mul,
  relu,
  relu6,
  sigmoid,
  sign,
  step,
} from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { maxPool } from '../../src/ops/pool.ts';
import { logSoftmax, scalar, sum } from '../../src/ops/reduce.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { evaluate, tensorOf } from '../support/run-many.ts';

let engine: Engine;
beforeAll(() => {
  engine = new Engine({ threads: 1 });
});
afterAll(() => engine.close());

/** Values of f at some points, and the slopes of its sum. */
async function slopes(points: readonly number[], f: (x: Value) => Value) {
  const graph = new Graph();
  const x = graph.input('x', [points.length]);
  const y = f(x);
  const [slope] = gradients(scalar(sum(y)), [x]);
  return evaluate(engine, { y, slope }, { x: tensorOf([points.length], points) });
}

test.each([
  ['relu', relu, [-1, 0, -0, 1e-30, 1], [0, 0, 0, 1, 1]],
  ['relu6', relu6, [-1, 0, 3, 6, 7], [0, 0, 1, 0, 0]],
  ['abs', abs, [-1, 0, 1], [-1, 0, 1]],
  ['step', step, [-1, 0, 1], [0, 0, 0]],
  ['sign', sign, [-1, 0, 1], [0, 0, 0]],
] as const)('slope of %s at its kinks', async (_, operator, points, expected) => {
  const { slope } = await slopes(points, operator);
  expect(slope.map((x) => x + 0)).toEqual(expected);
});

test.each([
  ['minimum', minimum],
  ['maximum', maximum],
] as const)('at ties the gradient of %s goes to the second', async (_, operator) => {
  const graph = new Graph();
  const [a, b] = ['a', 'b'].map((name) => graph.input(name, [2]));
  const [da, db] = gradients(scalar(sum(operator(a, b))), [a, b]);
  const found = await evaluate(engine, { da, db }, { a: tensorOf([2], [1, 0]), b: tensorOf([2], [1, 0]) });
  expect(found).toEqual({ da: [0, 0], db: [1, 1] });
});

test('at ties the gradient of maxPool goes to the first, and never outside of the image', async () => {
  const graph = new Graph();
  const x = graph.input('x', [1, 1, 3, 4]);
  const y = maxPool(x, { kernel: 3, stride: 2, padding: 1 });
  const [dx] = gradients(scalar(sum(mul(y, graph.constant(Float32Array.of(1, 2, 4, 8), [1, 1, 2, 2])))), [x]);
  const points = [0, 0, 0, 0, -1, 0, 5, 5, 0, 0, 0, 0];
  const found = await evaluate(engine, { dx }, { x: tensorOf([1, 1, 3, 4], points) });
  // Windows: rows -1..1 and 1..3, columns -1..1 and 1..3.
  expect(found.dx).toEqual([1, 0, 0, 0, 0, 4, 10, 0, 0, 0, 0, 0]);
});

test('far out everything stays finite', async () => {
  const points = [-1e4, -80, 80, 1e4];
  for (const f of [
    sigmoid,
    (x: Value) => binaryCrossEntropy(x, 0),
    (x: Value) => binaryCrossEntropy(x, 1),
    (x: Value) => logSoftmax(x, 0),
  ]) {
    const { y, slope } = await slopes(points, f);
    expect([...y, ...slope].every(Number.isFinite), String(f)).toBe(true);
  }
});

test('the cross-entropy of a far wrong logit is the logit and its slope 1', async () => {
  expect(await slopes([80], (x) => binaryCrossEntropy(x, 0))).toEqual({ y: [80], slope: [1] });
  expect(await slopes([-80], (x) => binaryCrossEntropy(x, 1))).toEqual({ y: [80], slope: [-1] });
});
