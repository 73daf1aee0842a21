import { describe, expect, test } from 'vitest';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { conv, convTranspose } from '../../src/ops/conv.ts';
import { add } from '../../src/ops/elementwise.ts';
import { matmul } from '../../src/ops/linalg.ts';
import { concat, pad, reshape, slice, transpose } from '../../src/ops/movement.ts';
import { affine } from '../../src/ops/norm.ts';
import { maxPool } from '../../src/ops/pool.ts';
import { broadcastTo, sum } from '../../src/ops/reduce.ts';
import { averagePool, sumPool } from '../../src/ops/resize.ts';

/** What is built out of inputs of these shapes, and what it complains about. */
const mistakes: readonly (readonly [
  string,
  readonly (readonly number[])[],
  (inputs: Value[]) => Value,
  RegExp,
])[] = [
  ['add', [[2, 3], [2]], ([a, b]) => add(a, b), /\[2, 3\] and \[2\].*broadcast/],
  [
    'matmul',
    [
      [2, 3],
      [2, 3],
    ],
    ([a, b]) => matmul(a, b),
    /\[2, 3\] and \[2, 3\]/,
  ],
  [
    'matmul',
    [
      [2, 2, 3],
      [3, 3, 2],
    ],
    ([a, b]) => matmul(a, b),
    /\[2, 2, 3\]/,
  ],
  ['matmul', [[3], [3, 2]], ([a, b]) => matmul(a, b), /\[3\]/],
  ['reshape', [[2, 3]], ([x]) => reshape(x, [4]), /\[2, 3\].*\[4\]/],
  ['transpose', [[2, 3]], ([x]) => transpose(x, [0, 0]), /axes 0,0/],
  ['transpose', [[2, 3]], ([x]) => transpose(x, [1]), /axes 1/],
  ['broadcastTo', [[2, 3]], ([x]) => broadcastTo(x, [3]), /\[2, 3\].*\[3\]/],
  ['broadcastTo', [[2]], ([x]) => broadcastTo(x, [3]), /\[2\].*\[3\]/],
  [
    'concat',
    [
      [2, 3],
      [2, 4],
    ],
    ([a, b]) => concat([a, b], 0),
    /\[2, 3\] and \[2, 4\]/,
  ],
  ['concat', [[2], [2]], ([a, b]) => concat([a, b], 1), /axis 1/],
  ['slice', [[3]], ([x]) => slice(x, 0, 1, 4), /1:4:1 of axis 0/],
  ['slice', [[3]], ([x]) => slice(x, 0, 2, 2), /2:2:1/],
  ['slice', [[3]], ([x]) => slice(x, 1, 0, 1), /axis 1/],
  ['pad', [[3]], ([x]) => pad(x, 0, -1, 0), /-1/],
  ['sum', [[3]], ([x]) => sum(x, [1]), /axes 1/],
  ['affine', [[2, 3, 4, 4], [4], [3]], ([x, a, b]) => affine(x, a, b), /\[4\]/],
  ['sumPool', [[1, 1, 3, 4]], ([x]) => sumPool(x, 2), /divisible by 2/],
  ['maxPool', [[1, 1, 1, 3]], ([x]) => maxPool(x, { kernel: 2 }), /\[1, 1, 1, 3\].*kernel's 2/],
  ['maxPool', [[1, 1, 4, 4]], ([x]) => maxPool(x, { kernel: 3, padding: 2 }), /padding 2.*at most half/],
  ['averagePool', [[1, 1, 4, 3]], ([x]) => averagePool(x, 2), /divisible by 2/],
  [
    'conv',
    [
      [1, 3, 4, 4],
      [2, 2, 3, 3],
    ],
    ([x, w]) => conv(x, w),
    /\[1, 3, 4, 4\].*\[2, 2, 3, 3\]/,
  ],
  [
    'conv',
    [
      [1, 2, 4, 4],
      [3, 1, 3, 3],
    ],
    ([x, w]) => conv(x, w, { groups: 2 }),
    /I\/2/,
  ],
  [
    'conv',
    [
      [1, 2, 2, 4],
      [3, 2, 3, 3],
    ],
    ([x, w]) => conv(x, w),
    /kernel's 3x3/,
  ],
  ['conv', [[1, 2, 4, 4], [3, 2, 3, 3], [2]], ([x, w, bias]) => conv(x, w, { bias }), /bias \[2\]/],
  [
    'convTranspose',
    [
      [1, 3, 4, 4],
      [2, 3, 3, 3],
    ],
    ([x, w]) => convTranspose(x, w),
    /\[1, 3, 4, 4\]/,
  ],
  [
    'convTranspose',
    [
      [1, 2, 4, 4],
      [2, 3, 3, 3],
    ],
    ([x, w]) => convTranspose(x, w, { stride: 2, outputPadding: 2 }),
    /output/,
  ],
];

describe('shapes that do not fit', () => {
  test.each(mistakes)('%s of %j', (name, shapes, build, message) => {
    const graph = new Graph();
    const inputs = shapes.map((shape, i) => graph.input(`x${i}`, shape));
    const attempt = () => graph.scope('layer', () => build(inputs));
    expect(attempt).toThrow(new RegExp(`^${name} at layer/${name}: got .*expected `));
    expect(attempt).toThrow(message);
  });
});
