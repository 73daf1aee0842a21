import { describe, expect, test } from 'vitest';
import { Graph, reachable } from '../../src/graph/graph.ts';
import { printGraph } from '../../src/graph/lower.ts';
import { add, exp, mul } from '../../src/ops/elementwise.ts';
import { gradients } from '../../src/ops/index.ts';
import { slice } from '../../src/ops/movement.ts';
import { scalar, sum } from '../../src/ops/reduce.ts';

describe('sharing', () => {
  test('equal applications are one value, whatever the scope', () => {
    const graph = new Graph();
    const x = graph.input('x', [4]);
    const once = add(x, 2);
    expect(graph.scope('elsewhere', () => add(x, 2))).toBe(once);
    expect(add(x, 3)).not.toBe(once);
    expect(exp(x)).not.toBe(once);
  });

  test('other attributes are other values', () => {
    const graph = new Graph();
    const x = graph.input('x', [4]);
    expect(slice(x, 0, 0, 2)).toBe(slice(x, 0, 0, 2));
    expect(slice(x, 0, 0, 2)).not.toBe(slice(x, 0, 1, 3));
    const y = graph.input('y', [2, 2]);
    expect(sum(y, [1, 0])).toBe(sum(y, [0, 1]));
  });

  test('the order of inputs counts', () => {
    const graph = new Graph();
    const [x, y] = ['x', 'y'].map((name) => graph.input(name, [4]));
    expect(add(x, y)).not.toBe(add(y, x));
  });

  test('small constants are one if content and shape are equal', () => {
    const graph = new Graph();
    expect(graph.constant(1)).toBe(graph.constant([1]));
    expect(graph.constant(1)).not.toBe(graph.constant(1, [1]));
    expect(graph.constant(0.1)).toBe(graph.constant(Math.fround(0.1)));
    expect(graph.constant(0)).not.toBe(graph.constant(-0));
    expect(graph.constant([1, 2], [2])).not.toBe(graph.constant([1, 2], [1, 2]));
    expect(graph.constant(Number.NaN)).toBe(graph.constant(Number.NaN));
  });

  test('the gradient reuses what the forward pass has computed', () => {
    const graph = new Graph();
    const x = graph.input('x', [4]);
    const loss = scalar(sum(exp(x)));
    gradients(loss, [x]);
    expect(graph.values.filter(({ name }) => name.includes('exp') && !name.includes('/'))).toHaveLength(1);
    const before = graph.values.length;
    gradients(loss, [x]);
    expect(graph.values).toHaveLength(before);
  });
});

describe('names', () => {
  test('are paths of scopes, counted where they repeat', () => {
    const graph = new Graph();
    const x = graph.input('x', [4]);
    const names = graph.scope('a', () => [exp(x), graph.scope('b', () => mul(x, x)), exp(exp(x))]);
    expect(names.map(({ name }) => name)).toEqual(['a/exp', 'a/b/mul', 'a/exp_2']);
    expect(exp(names[0]).name).toBe('a/exp_2');
    expect(mul(x, exp(x)).name).toBe('mul');
  });

  test('a scope ends with its body, even if that throws', () => {
    const graph = new Graph();
    const x = graph.input('x', [4]);
    expect(() =>
      graph.scope('a', () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(exp(x).name).toBe('exp');
  });

  test('of inputs are new', () => {
    const graph = new Graph();
    graph.input('x', [4]);
    expect(() => graph.input('x', [4])).toThrow(/the name x twice/);
  });

  test('are the same each time', () => {
    const build = () => {
      const graph = new Graph();
      const x = graph.input('x', [4]);
      const loss = scalar(sum(mul(exp(x), add(x, 1))));
      return printGraph([loss, ...gradients(loss, [x])]);
    };
    expect(build()).toBe(build());
  });
});

describe('mistakes', () => {
  test('values of another graph', () => {
    const [a, b] = [new Graph(), new Graph()].map((graph, i) => graph.input(`x${i}`, [4]));
    expect(() => add(a, b)).toThrow(/x1 of another graph/);
  });

  test('a constant whose content does not fit its shape', () => {
    expect(() => new Graph().constant([1, 2], [3])).toThrow(/got 2 values, expected 3 for \[3\]/);
  });
});

test('what outputs are made of comes in order, without the rest', () => {
  const graph = new Graph();
  const x = graph.input('x', [4]);
  graph.input('unused', [4]);
  const y = exp(x);
  exp(y);
  const z = add(y, x);
  expect(reachable([z, y])).toEqual([x, y, z]);
  expect(reachable([z], new Set([y]))).toEqual([x, z]);
});
