import { operators } from '../../../src/ops/index.ts';
import { affine, batchNorm, channelMean, channelVariance } from '../../../src/ops/norm.ts';
import { maxPool } from '../../../src/ops/pool.ts';
import { averagePool, sumPool, upsampleNearest } from '../../../src/ops/resize.ts';
import { constant, fed, type OperatorCase, uniform } from '../../support/cases.ts';
import { at, build, elementwise, type NdArray, reshaped, summed } from '../../support/reference.ts';
import { enlarged, maxPooled, normalised, pooled } from '../../support/reference-image.ts';

const EPSILON = 1e-5;

const resizing = [2, 3].flatMap((factor): OperatorCase[] => [
  {
    name: `upsampleNearest x${factor}`,
    inputs: [uniform([2, 3, 3, 2])],
    build: ([x]) => upsampleNearest(x, factor),
    reference: ([x]) => enlarged(x, factor),
  },
  {
    name: `upsampleNearest x${factor} of one pixel`,
    inputs: [uniform([1, 1, 1, 1])],
    build: ([x]) => upsampleNearest(x, factor),
    reference: ([x]) => enlarged(x, factor),
  },
  {
    name: `upsampleNearest x${factor} of many channels`,
    inputs: [uniform([1, 16, 3, 5])],
    build: ([x]) => upsampleNearest(x, factor),
    reference: ([x]) => enlarged(x, factor),
  },
  {
    name: `sumPool ${factor}`,
    inputs: [uniform([2, 2, 2 * factor, factor])],
    build: ([x]) => sumPool(x, factor),
    reference: ([x]) => pooled(x, factor),
  },
  {
    name: `averagePool ${factor}`,
    inputs: [uniform([1, 2, factor, 3 * factor])],
    build: ([x]) => averagePool(x, factor),
    reference: ([x]) => pooled(x, factor, 1 / factor ** 2),
  },
]);

const pooling = (
  [
    ['3x3, stride 2, padding 1', [2, 3, 6, 8], 3, 2, 1],
    ['3x3, stride 2, padding 1, odd sizes', [1, 2, 5, 7], 3, 2, 1],
    ['3x3, stride 2, padding 1, of many channels', [1, 16, 8, 6], 3, 2, 1],
    ['3x3, stride 2, padding 1, of many channels and odd sizes', [2, 16, 7, 5], 3, 2, 1],
    ['3x3, stride 2, of many channels', [1, 16, 7, 9], 3, 2, 0],
    ['2x2, stride 2', [1, 2, 4, 5], 2, 2, 0],
    ['2x2, stride 2, of many channels', [2, 16, 6, 4], 2, 2, 0],
    ['5x5, stride 2, padding 2, of many channels', [1, 32, 8, 10], 5, 2, 2],
    ['of negative numbers of many channels', [2, 16, 4, 4], 3, 2, 1],
    ['of negative numbers, which the padding does not hide', [1, 1, 2, 2], 3, 2, 1],
  ] as const
).map(
  ([name, shape, kernel, stride, padding]): OperatorCase => ({
    name: `maxPool ${name}`,
    inputs: [uniform(shape, -2, name.startsWith('of negative') ? -1 : 2)],
    build: ([x]) => maxPool(x, { kernel, stride, padding }),
    reference: ([x]) => maxPooled(x, kernel, stride, padding),
  }),
);

const perChannel = (x: NdArray, vector: NdArray) => reshaped(vector, [1, x.shape[1], 1, 1]);

const meanOf = (x: NdArray): NdArray => {
  const [n, c, h, w] = x.shape;
  return reshaped(
    elementwise(summed(x, [0, 2, 3]))((sum) => sum / (n * h * w)),
    [c],
  );
};

const varianceOf = (x: NdArray) =>
  meanOf(elementwise(x, perChannel(x, meanOf(x)))((value, mean) => (value - mean) ** 2));

/** dx of batch norm element by element, by its definition: each output depends on each input of its channel. */
function inputGradient([x, dy]: NdArray[]): NdArray {
  const [n, c, h, w] = x.shape;
  const count = n * h * w;
  const [mean, variance] = [meanOf(x), varianceOf(x)];
  return build(x.shape, (index) => {
    const channel = index[1];
    const deviation = Math.sqrt(variance.data[channel] + EPSILON);
    const standard = (i: readonly number[]) => (at(x, i) - mean.data[channel]) / deviation;
    let sum = 0;
    for (let flat = 0; flat < n * c * h * w; flat++) {
      const other = [
        Math.floor(flat / (c * h * w)),
        Math.floor(flat / (h * w)) % c,
        Math.floor(flat / w) % h,
        flat % w,
      ];
      if (other[1] !== channel) continue;
      const same = other.every((i, axis) => i === index[axis]) ? 1 : 0;
      sum += at(dy, other) * (same - 1 / count - (standard(index) * standard(other)) / count);
    }
    return sum;
  });
}

const batchNorms = (
  [
    ['batch 1', [1, 2, 4, 4], -1.5, 1.5, 1e-5],
    ['odd sizes', [3, 3, 5, 3], -1.5, 1.5, 1e-5],
    ['far from 0', [2, 2, 3, 3], 9, 10, 2e-5],
    // Two pixels 0.02 apart at 3: float32 holds the difference to 1e-5.
    ['tiny variance', [2, 2, 3, 3], 3, 3.02, 2e-4],
    ['two values a channel', [2, 3, 1, 1], -1.5, 1.5, 2e-5],
  ] as const
).map(
  ([name, shape, from, to, tolerance]): OperatorCase => ({
    name: `batchNorm, ${name}`,
    inputs: [uniform(shape, from, to), uniform([shape[1]], 0.5, 2), uniform([shape[1]])],
    build: ([x, gamma, beta]) => batchNorm(x, gamma, beta, { epsilon: EPSILON }),
    reference: ([x, gamma, beta]) => normalised(x, gamma, beta, EPSILON),
    tolerance,
    step: 1e-5,
  }),
);

const norms: OperatorCase[] = [
  {
    name: 'affine',
    inputs: [uniform([2, 3, 3, 2]), uniform([3]), uniform([3])],
    build: ([x, scale, shift]) => affine(x, scale, shift),
    reference: ([x, scale, shift]) =>
      elementwise(x, perChannel(x, scale), perChannel(x, shift))((a, b, c) => a * b + c),
  },
  {
    name: 'affine by constants',
    inputs: [uniform([1, 16, 3, 3]), constant(uniform([16])), constant(uniform([16]))],
    build: ([x, scale, shift]) => affine(x, scale, shift),
    reference: ([x, scale, shift]) =>
      elementwise(x, perChannel(x, scale), perChannel(x, shift))((a, b, c) => a * b + c),
  },
  ...batchNorms,
  {
    name: 'batchNorm of a constant channel',
    inputs: [fed(uniform([2, 2, 2, 2], 0.75, 0.75)), uniform([2], 0.5, 2), uniform([2])],
    build: ([x, gamma, beta]) => batchNorm(x, gamma, beta, { epsilon: EPSILON }),
    reference: ([x, gamma, beta]) => normalised(x, gamma, beta, EPSILON),
    tolerance: 1e-4,
  },
  {
    name: 'batchNormInputGradient',
    inputs: [uniform([2, 2, 3, 2]), uniform([2, 2, 3, 2])],
    build: (values) => values[0].graph.apply(operators.batchNormInputGradient, values, { epsilon: EPSILON }),
    reference: (arrays) => inputGradient(arrays),
    differentiable: false,
  },
  {
    name: 'channelMean',
    inputs: [uniform([2, 3, 2, 2])],
    build: ([x]) => channelMean(x),
    reference: ([x]) => meanOf(x),
  },
  {
    name: 'channelVariance',
    inputs: [uniform([2, 3, 2, 2])],
    build: ([x]) => channelVariance(x),
    reference: ([x]) => varianceOf(x),
  },
];

export const imageCases: readonly OperatorCase[] = [...resizing, ...pooling, ...norms];
