import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { lower } from '../../src/graph/lower.ts';
import type { Form, Operator } from '../../src/graph/operator.ts';
import { encodeModel } from '../../src/onnx/model.ts';
import { conv } from '../../src/ops/conv.ts';
import { add, exp, mul, relu, square } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { batchNorm } from '../../src/ops/norm.ts';
import { scalar, sum } from '../../src/ops/reduce.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { evaluate, tensorOf } from '../support/run-many.ts';

let engine: Engine;
beforeAll(() => {
  engine = new Engine({ threads: 1 });
});
afterAll(() => engine.close());

const X = tensorOf([2], [3, 4]);

function withX(): { graph: Graph; x: Value } {
  const graph = new Graph();
  return { graph, x: graph.input('x', [2]) };
}

describe('outputs', () => {
  test('two that are the same value', async () => {
    const { x } = withX();
    const y = add(x, 1);
    expect(await evaluate(engine, { first: y, second: y }, { x: X })).toEqual({
      first: [4, 5],
      second: [4, 5],
    });
  });

  test('one that others are computed from', async () => {
    const { x } = withX();
    const y = add(x, 1);
    expect(await evaluate(engine, { y, z: mul(y, 2) }, { x: X })).toEqual({ y: [4, 5], z: [8, 10] });
    expect(await evaluate(engine, { z: mul(y, 2), y }, { x: X })).toEqual({ y: [4, 5], z: [8, 10] });
  });

  test('an input, twice', async () => {
    const { x } = withX();
    expect(await evaluate(engine, { y: x, z: x }, { x: X })).toEqual({ y: [3, 4], z: [3, 4] });
  });

  test('a constant, small or large', async () => {
    const { graph } = withX();
    const large = Float32Array.from({ length: 100 }, (_, i) => i);
    const found = await evaluate(engine, { small: graph.constant(7), large: graph.constant(large, [100]) });
    expect(found).toEqual({ small: [7], large: [...large] });
  });

  test('under the name of a value', () => {
    const { x } = withX();
    expect(() => lower({ add: exp(add(x, 1)) })).toThrow(/output: got the name add/);
  });

  test('under the name of an input', () => {
    const { x } = withX();
    expect(() => lower({ x: add(x, 1) })).toThrow(/output: got the name x/);
  });

  test('under the name of an input that is lowered later', () => {
    const { graph, x } = withX();
    const y = graph.input('y', [2]);
    expect(() => lower({ y: add(x, 1), z: square(y) })).toThrow(/got the name y/);
  });

  test('shapes are told', () => {
    const { graph, x } = withX();
    const model = lower({ total: scalar(sum(x)), x2: add(x, x), c: graph.constant(1, [1, 1]) });
    expect(model.outputs).toEqual([
      { name: 'total', shape: [] },
      { name: 'x2', shape: [2] },
      { name: 'c', shape: [1, 1] },
    ]);
  });
});

describe('what is left out', () => {
  test('dead nodes, unused inputs, constants nobody reads', () => {
    const { graph, x } = withX();
    const unused = graph.input('unused', [2]);
    mul(exp(x), unused);
    graph.constant(new Float32Array(100), [100], 'dead');
    const model = lower({ y: add(x, 1) });
    expect(model.inputs).toEqual([{ name: 'x', shape: [2] }]);
    expect(model.nodes.map(({ operator }) => operator)).toEqual(['Add']);
    expect(model.initializers).toHaveLength(1);
  });

  test('the forward output, where only the gradient is asked for', () => {
    const { x } = withX();
    const [dx] = gradients(scalar(sum(mul(x, 3))), [x]);
    expect(lower({ dx }).inputs).toEqual([]);
  });

  test('copies: nodes write under the names of outputs themselves', () => {
    const { x } = withX();
    const y = add(x, 1);
    const operators = (outputs: Record<string, Value>) =>
      lower(outputs).nodes.map(({ operator }) => operator);
    expect(operators({ y, z: exp(y) })).toEqual(['Add', 'Exp']);
    expect(operators({ y, z: y })).toEqual(['Add', 'Identity']);
    expect(operators({ y: x })).toEqual(['Identity']);
  });
});

describe('sharing', () => {
  test('equal ONNX nodes out of different forms are written once', () => {
    const { x } = withX();
    // square expands to the product that is also asked for.
    const model = lower({ a: square(x), b: mul(x, x) });
    expect(model.nodes.map(({ operator }) => operator)).toEqual(['Mul', 'Identity']);
  });

  test('every tensor has one maker', () => {
    const { loss, slopes } = layer();
    const { nodes, inputs, initializers } = lower({ loss, ...slopes });
    const names = [...nodes.flatMap(({ outputs }) => outputs), ...inputs, ...initializers].map((each) =>
      typeof each === 'string' ? each : each.name,
    );
    expect(new Set(names).size).toBe(names.length);
  });

  test('nodes come after what they read', () => {
    const { loss, slopes } = layer();
    const { nodes, inputs, initializers } = lower({ loss, ...slopes });
    const known = new Set([...inputs, ...initializers].map(({ name }) => name));
    for (const node of nodes) {
      expect(node.inputs.filter((name) => !known.has(name))).toEqual([]);
      for (const name of node.outputs) known.add(name);
    }
  });
});

/** Convolution, batch norm, relu, and the gradients of all parameters. */
function layer() {
  const graph = new Graph();
  const x = graph.input('x', [2, 3, 6, 6]);
  const parameters = [graph.input('w', [4, 3, 3, 3]), graph.input('gamma', [4]), graph.input('beta', [4])];
  const [w, gamma, beta] = parameters;
  const y = graph.scope('layer', () =>
    relu(batchNorm(conv(x, w, { padding: 1 }), gamma, beta, { epsilon: 1e-5 })),
  );
  const loss = scalar(sum(square(y)));
  const found = gradients(loss, parameters);
  return { loss, slopes: { dw: found[0], dgamma: found[1], dbeta: found[2] } };
}

describe('the same each time', () => {
  test('of two graphs that are built alike', () => {
    const bytes = () => {
      const { loss, slopes } = layer();
      return encodeModel(lower({ loss, ...slopes }));
    };
    expect(bytes()).toEqual(bytes());
  });

  test('of one graph that is lowered twice', () => {
    const { loss, slopes } = layer();
    expect(encodeModel(lower({ loss, ...slopes }))).toEqual(encodeModel(lower({ loss, ...slopes })));
  });
});

describe('forms', () => {
  const operator = (forms: Operator['forms']): Operator => ({ name: 'odd', shape: ([x]) => x, forms });

  test('the first that fits is taken', async () => {
    const { graph, x } = withX();
    const odd = operator([
      { name: 'never', fits: () => false, expand: () => x },
      { name: 'always', expand: ({ inputs }) => mul(inputs[0], 2) },
      { name: 'too late', expand: ({ inputs }) => mul(inputs[0], 3) },
    ]);
    expect(await evaluate(engine, { y: graph.apply(odd, [x], {}) }, { x: X })).toEqual({ y: [6, 8] });
  });

  test('none that fits is an error that names operator and node', () => {
    const { graph, x } = withX();
    const odd = operator([{ name: 'never', fits: () => false, expand: () => x }]);
    expect(() => lower({ y: graph.scope('here', () => graph.apply(odd, [x], {})) })).toThrow(
      /odd at here\/odd: got no form that fits/,
    );
  });

  test('one that makes another shape is an error that names operator, node and form', () => {
    const { graph, x } = withX();
    const odd = operator([{ name: 'flat', expand: ({ inputs }) => scalar(sum(inputs[0])) }]);
    expect(() => lower({ y: graph.apply(odd, [x], {}) })).toThrow(
      /odd at odd, form flat: got \[\], expected \[2\]/,
    );
  });

  test('one that is its own input', async () => {
    const { graph, x } = withX();
    const same = operator([{ name: 'nothing', expand: ({ inputs }) => inputs[0] }]);
    expect(
      await evaluate(
        engine,
        { y: exp(graph.apply(same, [x], {})), z: graph.apply(same, [x], {}) },
        { x: tensorOf([2], [0, 0]) },
      ),
    ).toEqual({
      y: [1, 1],
      z: [0, 0],
    });
  });
});

test('forms that are given come before those of the operator', () => {
  const { x } = withX();
  const doubled: Form = { name: 'doubled', expand: ({ inputs: [input] }) => add(input, input) };
  const never: Form = { ...doubled, name: 'never', fits: () => false };
  expect(lower({ y: exp(x) }, { exp: [doubled] }).nodes.map(({ operator }) => operator)).toEqual(['Add']);
  expect(lower({ y: exp(x) }, { exp: [never] }).nodes.map(({ operator }) => operator)).toEqual(['Exp']);
  expect(lower({ y: exp(x) }, { add: [doubled] }).nodes.map(({ operator }) => operator)).toEqual(['Exp']);
});
