import type { Value } from '../../../src/graph/graph.ts';
import { conv, convTranspose } from '../../../src/ops/conv.ts';
import { add, exp, mul, sigmoid, square, sub } from '../../../src/ops/elementwise.ts';
import { matmul } from '../../../src/ops/linalg.ts';
import { concat, transpose } from '../../../src/ops/movement.ts';
import { batchNorm } from '../../../src/ops/norm.ts';
import { sum } from '../../../src/ops/reduce.ts';
import { upsampleNearest } from '../../../src/ops/resize.ts';
import { fed, type OperatorCase, uniform } from '../../support/cases.ts';
import {
  concatenated,
  elementwise,
  type NdArray,
  product,
  summed,
  transposed,
} from '../../support/reference.ts';
import { convolved, enlarged, normalised, spread } from '../../support/reference-image.ts';

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const times = (a: NdArray, b: NdArray) => elementwise(a, b)((x, y) => x * y);

/** f applied again and again. */
function repeated<T>(f: (x: T) => T, times: number, start: T): T {
  return times === 0 ? start : repeated(f, times - 1, f(start));
}

/** Values with several uses, and long ways back. */
export const chainCases: readonly OperatorCase[] = [
  {
    name: 'a value used twice by one operator',
    inputs: [uniform([2, 3])],
    build: ([x]) => mul(x, x),
    reference: ([x]) => times(x, x),
  },
  {
    name: 'a value minus itself',
    inputs: [uniform([2, 3])],
    build: ([x]) => sub(x, x),
    reference: ([x]) => elementwise(x)(() => 0),
  },
  {
    name: 'a value used by four operators',
    inputs: [uniform([2, 3])],
    build: ([x]) => add(add(exp(x), square(x)), mul(sigmoid(x), sum(x, [1]))),
    reference: ([x]) => elementwise(x, summed(x, [1]))((v, s) => Math.exp(v) + v * v + logistic(v) * s),
  },
  {
    name: 'a matrix times its transpose',
    inputs: [uniform([3, 2])],
    build: ([x]) => matmul(x, transpose(x, [1, 0])),
    reference: ([x]) => product(x, transposed(x, [1, 0])),
  },
  {
    name: 'a chain of 60 operators',
    inputs: [uniform([5])],
    build: ([x]) => repeated((v: Value) => sub(mul(sigmoid(v), 3), 1), 20, x),
    reference: ([x]) => repeated((v: NdArray) => elementwise(v)((e) => 3 * logistic(e) - 1), 20, x),
    tolerance: 1e-4,
  },
  {
    name: 'a residual chain that doubles the paths 12 times',
    inputs: [uniform([4], -0.5, 0.5)],
    build: ([x]) => repeated((v: Value) => add(v, mul(v, v)), 4, x),
    reference: ([x]) => repeated((v: NdArray) => elementwise(v)((e) => e + e * e), 4, x),
  },
  {
    name: 'convolutions of an image with a factor a channel',
    inputs: [uniform([2, 3, 4, 4]), uniform([1, 3, 1, 1]), uniform([4, 3, 3, 3]), uniform([3, 2, 2, 2])],
    build: ([x, factor, w, v]) => {
      const scaled = mul(x, factor);
      const up = convTranspose(scaled, v, { stride: 2 });
      return add(sum(conv(scaled, w, { padding: 1 }), [1]), sum(up, [1, 2, 3]));
    },
    reference: ([x, factor, w, v]) => {
      const scaled = times(x, factor);
      const up = summed(spread(scaled, v, [8, 8], { strides: [2, 2] }), [1, 2, 3]);
      return elementwise(summed(convolved(scaled, w, { pads: [1, 1, 1, 1] }), [1]), up)((a, b) => a + b);
    },
    tolerance: 2e-5,
  },
  {
    name: 'a block of a decoder',
    inputs: [
      uniform([2, 3, 2, 2]),
      fed(uniform([2, 2, 4, 4])),
      uniform([2, 5, 3, 3]),
      uniform([2], 0.5, 2),
      uniform([2]),
      uniform([1, 2, 3, 3]),
    ],
    build: ([deep, skip, w, gamma, beta, head]) => {
      const x = concat([upsampleNearest(deep, 2), skip], 1);
      const y = sigmoid(batchNorm(conv(x, w, { padding: 1 }), gamma, beta, { epsilon: 1e-5 }));
      return conv(y, head, { padding: 1 });
    },
    reference: ([deep, skip, w, gamma, beta, head]) => {
      const pads = [1, 1, 1, 1] as const;
      const x = concatenated([enlarged(deep, 2), skip], 1);
      const y = elementwise(normalised(convolved(x, w, { pads }), gamma, beta, 1e-5))(logistic);
      return convolved(y, head, { pads });
    },
    tolerance: 2e-5,
  },
];
