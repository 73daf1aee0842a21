import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Graph, nodeOf, reachable, type Value } from '../../src/graph/graph.ts';
import { lower } from '../../src/graph/lower.ts';
import type { Operator } from '../../src/graph/operator.ts';
import { conv } from '../../src/ops/conv.ts';
import { add, exp, mul, square, step, sub } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { concat } from '../../src/ops/movement.ts';
import { scalar, sum } from '../../src/ops/reduce.ts';
import { passes } from '../../src/passes/index.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { evaluate, tensorOf } from '../support/run-many.ts';

let engine: Engine;
beforeAll(() => {
  engine = new Engine({ threads: 1 });
});
afterAll(() => engine.close());

/** An operator that nobody knows the slope of. */
const opaque: Operator<Readonly<Record<string, never>>> = {
  name: 'opaque',
  shape: ([x]) => x,
  forms: [{ name: 'plain', emit: (_, inputs, emitter) => emitter.node('Neg', inputs) }],
};
const hidden = (x: Value) => x.graph.apply(opaque, [x], {});

const operatorsBehind = (values: readonly Value[]) =>
  reachable(values).flatMap((value) => nodeOf(value)?.operator.name ?? []);

const X = tensorOf([3], [1, 2, 3]);

describe('zero where the scalar does not depend on the target', () => {
  test('an input beside it', async () => {
    const graph = new Graph();
    const [x, y] = [graph.input('x', [3]), graph.input('y', [2, 2])];
    const [dy, dx] = gradients(scalar(sum(x)), [y, x]);
    expect(dy.shape).toEqual([2, 2]);
    expect(await evaluate(engine, { dy, dx }, { x: X })).toEqual({ dy: [0, 0, 0, 0], dx: [1, 1, 1] });
  });

  test('a value behind it', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const loss = scalar(sum(x));
    const later = exp(loss);
    expect(await evaluate(engine, { d: gradients(loss, [later])[0] })).toEqual({ d: [0] });
  });

  test('a flat operator between them', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const [dx] = gradients(scalar(sum(step(x))), [x]);
    expect(await evaluate(engine, { dx })).toEqual({ dx: [0, 0, 0] });
  });
});

describe('a missing rule', () => {
  test('is an error that names operator and node', () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const loss = scalar(sum(graph.scope('layer7', () => hidden(x))));
    expect(() => gradients(loss, [x])).toThrow(/opaque at layer7\/opaque: got no rule/);
  });

  test('is none before the targets', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const w = graph.input('w', [3]);
    const frozen = hidden(x);
    const [dw] = gradients(scalar(sum(mul(frozen, w))), [w]);
    expect(await evaluate(engine, { dw }, { x: X, w: X })).toEqual({ dw: [-1, -2, -3] });
  });

  test('is none where the target is what the operator makes', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const made = hidden(x);
    const [d] = gradients(scalar(sum(square(made))), [made]);
    expect(await evaluate(engine, { d }, { x: X })).toEqual({ d: [-2, -4, -6] });
  });

  test('is none where nothing flows back', () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    expect(() => gradients(scalar(sum(step(hidden(x)))), [x])).not.toThrow();
  });

  test('is none beside the way to the target', () => {
    const graph = new Graph();
    const [x, y] = ['x', 'y'].map((name) => graph.input(name, [3]));
    expect(() => gradients(scalar(sum(add(x, hidden(y)))), [x])).not.toThrow();
  });
});

describe('targets', () => {
  test('a value between input and scalar, together with the input', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const between = mul(x, 3);
    const loss = scalar(sum(square(between)));
    const [dBetween, dx] = gradients(loss, [between, x]);
    const found = await evaluate(engine, { dBetween, dx }, { x: X });
    expect(found).toEqual({ dBetween: [6, 12, 18], dx: [18, 36, 54] });
  });

  test('a value of which only one of two uses lies on the way of another target', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const between = mul(x, 2);
    const [dBetween] = gradients(scalar(sum(add(between, square(x)))), [between]);
    expect(await evaluate(engine, { dBetween }, { x: X })).toEqual({ dBetween: [1, 1, 1] });
  });

  test('the scalar itself, and the same target twice', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const loss = scalar(sum(x));
    const [dLoss, a, b] = gradients(loss, [loss, x, x]);
    expect(dLoss.shape).toEqual([]);
    expect(b).toBe(a);
    expect(await evaluate(engine, { dLoss, a }, { x: X })).toEqual({ dLoss: [1], a: [1, 1, 1] });
  });

  test('an input used twice gathers both slopes', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const [dx] = gradients(scalar(sum(sub(mul(x, x), mul(x, 5)))), [x]);
    expect(await evaluate(engine, { dx }, { x: X })).toEqual({ dx: [-3, -1, 1] });
  });

  test('constants', async () => {
    const graph = new Graph();
    const c = graph.constant([1, 2, 3], [3]);
    const [dc] = gradients(scalar(sum(square(c))), [c]);
    expect(await evaluate(engine, { dc })).toEqual({ dc: [2, 4, 6] });
  });

  test('a gradient of a gradient', async () => {
    const graph = new Graph();
    const x = graph.input('x', [3]);
    const [first] = gradients(scalar(sum(mul(square(x), x))), [x]);
    const [second] = gradients(scalar(sum(first)), [x]);
    expect(await evaluate(engine, { first, second }, { x: X })).toEqual({
      first: [3, 12, 27],
      second: [6, 12, 18],
    });
  });
});

test('a tensor of several elements is no scalar', () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 3]);
  expect(() => gradients(exp(x), [x])).toThrow();
});

describe('nothing is computed that nobody asked for', () => {
  test('a frozen part adds no operator', () => {
    const graph = new Graph();
    const image = graph.input('image', [1, 2, 6, 6]);
    const frozen = conv(image, graph.input('w1', [3, 2, 3, 3]), { padding: 1 });
    const w2 = graph.input('w2', [1, 3, 3, 3]);
    const [d] = gradients(scalar(sum(conv(frozen, w2, { padding: 1 }))), [w2]);
    expect(operatorsBehind([d]).filter((name) => name.startsWith('conv'))).toEqual([
      'conv',
      'convWeightGradient',
    ]);
  });

  test('of a concatenation only the parts that lead to a target', () => {
    const graph = new Graph(passes);
    const up = graph.input('up', [1, 2, 6, 6]);
    const skip = graph.input('skip', [1, 30, 6, 6]);
    const w = graph.input('w', [4, 32, 3, 3]);
    const [d] = gradients(scalar(sum(square(conv(concat([up, skip], 1), w, { padding: 1 })))), [up]);
    const transposed = reachable([d]).filter((value) => nodeOf(value)?.operator.name === 'convTranspose');
    expect(transposed.map(({ shape }) => shape)).toEqual([[1, 2, 6, 6]]);
    const model = lower({ d });
    expect(model.inputs.map(({ name }) => name).sort()).toEqual(['skip', 'up', 'w']);
  });
});
