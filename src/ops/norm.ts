import { formatShape, type Shape } from '../core/shape.ts';
import type { Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';
import { add, div, mul, neg, sqrt, square, sub } from './elementwise.ts';
import { reshape } from './movement.ts';
import { mean, sum } from './reduce.ts';

export interface Epsilon extends Readonly<Record<string, number>> {
  readonly epsilon: number;
}

type None = Readonly<Record<string, never>>;

/** The shape of x [N, C, H, W], if the others are [C]. */
function channelwise(x: Shape, vectors: readonly Shape[], complain: (problem: string) => Error): Shape {
  if (x.length !== 4 || vectors.some((vector) => vector.length !== 1 || vector[0] !== x[1])) {
    throw complain(`got ${[x, ...vectors].map(formatShape).join(', ')}, expected [N, C, H, W], [C], [C]`);
  }
  return x;
}

export const normOperators = {
  /** x [N, C, H, W] * scale [C] + shift [C]. */
  affine: {
    name: 'affine',
    shape: ([x, scale, shift], _, complain) => channelwise(x, [scale, shift], complain),
    gradient: ({ inputs: [x, scale] }, dy, index): Value => {
      if (index === 0) return scaled(dy, scale);
      return channelSum(index === 1 ? mul(dy, x) : dy);
    },
    forms: [
      {
        // One pass over x: with mean 0 and variance 1 batch norm in inference mode is scale and shift.
        name: 'batch norm of inference',
        emit: ({ inputs: [x] }, [tensor, scale, shift], emitter) => {
          const channels = x.shape[1];
          const zeros = emitter.floats(Array<number>(channels).fill(0));
          const ones = emitter.floats(Array<number>(channels).fill(1));
          return emitter.node('BatchNormalization', [tensor, scale, shift, zeros, ones], {
            epsilon: { float: 0 },
          });
        },
      },
    ],
  } satisfies Operator<None>,

  /**
   * Batch norm in training mode: x [N, C, H, W] normalised by its own mean and (biased) variance over N, H, W,
   * times gamma [C] plus beta [C]. Ioffe and Szegedy 2015. Written as plain operators, because the runtime's
   * training mode exists on the CPU alone and is no faster.
   */
  batchNorm: {
    name: 'batchNorm',
    shape: ([x, gamma, beta], _, complain) => channelwise(x, [gamma, beta], complain),
    gradient: ({ inputs: [x, gamma], attributes }, dy, index): Value => {
      if (index === 2) return channelSum(dy);
      const inverse = inverseDeviation(x, attributes.epsilon);
      if (index === 1) return mul(inverse, channelSum(mul(dy, centred(x))));
      // The factor stands outside, where a convolution can take it into its kernel.
      return scaled(
        x.graph.apply(normOperators.batchNormInputGradient, [x, dy], attributes),
        mul(gamma, inverse),
      );
    },
    forms: [
      {
        name: 'decomposed',
        expand: ({ inputs: [x, gamma, beta], attributes: { epsilon } }) =>
          affine(centred(x), mul(gamma, inverseDeviation(x, epsilon)), beta),
      },
    ],
  } satisfies Operator<Epsilon>,

  /** dx of batch norm without its factor gamma/σ: dy - mean(dy) - x̂ mean(dy x̂), x̂ = (x - mean(x))/σ. */
  batchNormInputGradient: {
    name: 'batchNormInputGradient',
    shape: ([x]) => x,
    forms: [
      {
        name: 'decomposed',
        expand: ({ inputs: [x, dy], attributes: { epsilon } }) => {
          const count = x.shape[0] * x.shape[2] * x.shape[3];
          const precision = square(inverseDeviation(x, epsilon));
          const slope = mul(channelSum(mul(dy, centred(x))), mul(precision, 1 / count));
          return add(dy, affine(centred(x), neg(slope), neg(channelMean(dy))));
        },
      },
    ],
  } satisfies Operator<Epsilon>,
};

/** Sums of x [N, C, H, W] over N, H, W -> [C]. */
function channelSum(x: Value): Value {
  return reshape(sum(x, [0, 2, 3]), [x.shape[1]]);
}

/** Means of x [N, C, H, W] over N, H, W -> [C]. */
export function channelMean(x: Value): Value {
  return reshape(mean(x, [0, 2, 3]), [x.shape[1]]);
}

/** Biased variances of x [N, C, H, W] over N, H, W -> [C], from centred values: E[x²] - E[x]² loses digits. */
export function channelVariance(x: Value): Value {
  return channelMean(square(centred(x)));
}

/** x [N, C, H, W] * scale [C]. */
function scaled(x: Value, scale: Value): Value {
  return mul(x, reshape(scale, [1, x.shape[1], 1, 1]));
}

function centred(x: Value): Value {
  return sub(x, reshape(channelMean(x), [1, x.shape[1], 1, 1]));
}

function inverseDeviation(x: Value, epsilon: number): Value {
  return div(x.graph.constant([1], [1]), sqrt(add(channelVariance(x), epsilon)));
}

/** x [N, C, H, W] * scale [C] + shift [C]. */
export function affine(x: Value, scale: Value, shift: Value): Value {
  return x.graph.apply(normOperators.affine, [x, scale, shift], {});
}

/** Batch norm by the batch's own statistics; x [N, C, H, W], gamma and beta [C]. */
export function batchNorm(x: Value, gamma: Value, beta: Value, options: { readonly epsilon: number }): Value {
  return x.graph.apply(normOperators.batchNorm, [x, gamma, beta], { epsilon: options.epsilon });
}
