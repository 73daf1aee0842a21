import { mul } from '../../../src/ops/elementwise.ts';
import { matmul, swapLast } from '../../../src/ops/linalg.ts';
import { concat, pad, padAll, reshape, slice, transpose } from '../../../src/ops/movement.ts';
import {
  broadcastTo,
  logSoftmax,
  mean,
  scalar,
  sum,
  sumOfSquares,
  sumTo,
  total as totalOf,
} from '../../../src/ops/reduce.ts';
import { constant, fed, type OperatorCase, uniform } from '../../support/cases.ts';
import {
  broadcast,
  concatenated,
  elementwise,
  logSoftmaxed,
  padded,
  product,
  reshaped,
  sliced,
  summed,
  total,
  transposed,
} from '../../support/reference.ts';

const movement: OperatorCase[] = [
  ...[[6, 4], [24], [2, 1, 3, 4], [4, 3, 2]].map(
    (shape): OperatorCase => ({
      name: `reshape to [${shape}]`,
      inputs: [uniform([2, 3, 4])],
      build: ([x]) => reshape(x, shape),
      reference: ([x]) => reshaped(x, shape),
    }),
  ),
  {
    name: 'reshape of one element to a scalar',
    inputs: [uniform([1, 1])],
    build: ([x]) => reshape(x, []),
    reference: ([x]) => reshaped(x, []),
  },
  ...[
    [1, 0, 2],
    [2, 0, 1],
    [1, 2, 0],
    [0, 1, 2],
  ].map(
    (order): OperatorCase => ({
      name: `transpose ${order}`,
      inputs: [uniform([2, 3, 4])],
      build: ([x]) => transpose(x, order),
      reference: ([x]) => transposed(x, order),
    }),
  ),
  {
    name: 'transpose of the last two axes',
    inputs: [uniform([2, 3, 4, 5])],
    build: ([x]) => swapLast(x),
    reference: ([x]) => transposed(x, [0, 1, 3, 2]),
  },
  ...(
    [
      [[], [2, 3]],
      [[3], [2, 3]],
      [
        [2, 1],
        [2, 3],
      ],
      [
        [1, 3, 1, 1],
        [2, 3, 2, 2],
      ],
      [
        [3, 1],
        [2, 3, 4],
      ],
    ] as const
  ).map(
    ([from, to]): OperatorCase => ({
      name: `broadcastTo [${from}] to [${to}]`,
      inputs: [uniform(from)],
      build: ([x]) => broadcastTo(x, to),
      reference: ([x]) => broadcast(x, to),
    }),
  ),
  ...[0, 1, 2].map(
    (axis): OperatorCase => ({
      name: `concat of three along axis ${axis}`,
      inputs: [1, 3, 2].map((extent) => uniform([2, 2, 3].with(axis, extent))),
      build: (parts) => concat(parts, axis),
      reference: (parts) => concatenated(parts, axis),
    }),
  ),
  {
    name: 'concat of a value with itself',
    inputs: [uniform([2, 3])],
    build: ([x]) => concat([x, x], 0),
    reference: ([x]) => concatenated([x, x], 0),
  },
  ...[[1], [2, 1, 1, 1], []].map(
    (gate): OperatorCase => ({
      name: `concat with a gate of [${gate}]`,
      inputs: [uniform([2, 2, 3, 3]), uniform([2, 3, 3, 3]), uniform(gate)],
      build: ([a, b, g]) => concat([a, mul(b, g)], 1),
      reference: ([a, b, g]) => concatenated([a, elementwise(b, g)((x, y) => x * y)], 1),
    }),
  ),
  ...(
    [
      [0, 1, 3, 1],
      [1, 0, 2, 1],
      [1, 3, 7, 1],
      [1, 0, 7, 2],
      [1, 1, 7, 2],
      [1, 1, 6, 2],
      [1, 0, 7, 3],
      [1, 2, 7, 2],
      [1, 1, 7, 4],
      [1, 2, 5, 5],
      [2, 1, 2, 1],
      [1, 0, 6, 7],
    ] as const
  ).map(
    ([axis, start, stop, step]): OperatorCase => ({
      name: `slice ${start}:${stop}:${step} of axis ${axis}`,
      inputs: [uniform([3, 7, 2])],
      build: ([x]) => slice(x, axis, start, stop, step),
      reference: ([x]) => sliced(x, axis, start, stop, step),
    }),
  ),
  {
    name: 'pad along an axis',
    inputs: [uniform([2, 3, 2])],
    build: ([x]) => pad(x, 1, 1, 2),
    reference: ([x]) => padded(x, [0, 1, 0], [0, 2, 0]),
  },
  {
    name: 'pad along all axes',
    inputs: [uniform([2, 3, 2])],
    build: ([x]) => padAll(x, [1, 0, 2], [0, 3, 1]),
    reference: ([x]) => padded(x, [1, 0, 2], [0, 3, 1]),
  },
  {
    name: 'pad by nothing',
    inputs: [uniform([2, 3])],
    build: ([x]) => pad(x, 1, 0, 0),
    reference: ([x]) => x,
  },
];

const reduction: OperatorCase[] = [
  ...[[0], [1], [2], [0, 2], [2, 1], [0, 1, 2], []].map(
    (axes): OperatorCase => ({
      name: `sum over ${axes.length > 0 ? axes : 'no axis'}`,
      inputs: [uniform([2, 3, 4])],
      build: ([x]) => sum(x, axes),
      reference: ([x]) => summed(x, axes),
    }),
  ),
  {
    name: 'sum of a scalar',
    inputs: [uniform([])],
    build: ([x]) => sum(x),
    reference: ([x]) => x,
  },
  {
    name: 'mean over two axes',
    inputs: [uniform([2, 3, 4])],
    build: ([x]) => mean(x, [0, 2]),
    reference: ([x]) => elementwise(summed(x, [0, 2]))((value) => value / 8),
  },
  {
    name: 'mean over all, as a scalar',
    inputs: [uniform([2, 3, 4])],
    build: ([x]) => scalar(mean(x)),
    reference: ([x]) => ({ shape: [], data: Float64Array.of(total(x) / 24) }),
  },
  ...[[3, 1], [1, 4], [4], [], [2, 3, 4], [2, 1, 1]].map(
    (shape): OperatorCase => ({
      name: `sumTo [${shape}]`,
      inputs: [uniform([2, 3, 4])],
      build: ([x]) => sumTo(x, shape),
      reference: ([x]) => {
        const wide = [...Array<number>(3 - shape.length).fill(1), ...shape];
        const axes = [0, 1, 2].filter((axis) => wide[axis] !== x.shape[axis]);
        return reshaped(summed(x, axes), shape);
      },
    }),
  ),
  ...[0, 1, 2].map(
    (axis): OperatorCase => ({
      name: `logSoftmax over axis ${axis}`,
      inputs: [uniform([2, 3, 4], -3, 3)],
      build: ([x]) => logSoftmax(x, axis),
      reference: ([x]) => logSoftmaxed(x, axis),
    }),
  ),
  {
    name: 'sumOfSquares',
    inputs: [uniform([2, 3, 4])],
    build: ([x]) => sumOfSquares(x),
    reference: ([x]) =>
      reshaped(
        summed(
          elementwise(x)((v) => v * v),
          [0, 1, 2],
        ),
        [],
      ),
  },
  {
    name: 'total of three',
    inputs: [uniform([2, 3]), uniform([2, 3]), uniform([2, 3])],
    build: (values) => totalOf(values),
    reference: ([a, b, c]) =>
      elementwise(
        elementwise(a, b)((x, y) => x + y),
        c,
      )((x, y) => x + y),
  },
  {
    name: 'logSoftmax of far apart logits',
    inputs: [uniform([2, 4], -80, 80)],
    build: ([x]) => logSoftmax(x, 1),
    reference: ([x]) => logSoftmaxed(x, 1),
  },
];

const matmuls = (
  [
    [
      [2, 3],
      [3, 4],
    ],
    [
      [1, 5],
      [5, 1],
    ],
    [
      [2, 3, 4],
      [2, 4, 2],
    ],
    [
      [2, 3, 4],
      [4, 2],
    ],
    [
      [3, 4],
      [2, 4, 2],
    ],
    [
      [2, 1, 3, 2],
      [1, 3, 2, 2],
    ],
    [
      [1, 2, 3],
      [4, 3, 2],
    ],
  ] as const
).map(
  ([a, b]): OperatorCase => ({
    name: `matmul [${a}] [${b}]`,
    inputs: [uniform(a), uniform(b)],
    build: ([x, y]) => matmul(x, y),
    reference: ([x, y]) => product(x, y),
  }),
);

export const tensorCases: readonly OperatorCase[] = [
  ...movement,
  ...reduction,
  ...matmuls,
  {
    name: 'matmul with a constant',
    inputs: [uniform([2, 3]), constant(uniform([3, 4]))],
    build: ([x, y]) => matmul(x, y),
    reference: ([x, y]) => product(x, y),
  },
  {
    name: 'matmul by something that is fed',
    inputs: [uniform([2, 3]), fed(uniform([3, 4]))],
    build: ([x, y]) => matmul(x, y),
    reference: ([x, y]) => product(x, y),
  },
];
