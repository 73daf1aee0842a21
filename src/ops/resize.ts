import { formatShape, type Shape } from '../core/shape.ts';
import type { Size } from '../core/size.ts';
import type { Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';
import { mul } from './elementwise.ts';
import { matmul, swapLast } from './linalg.ts';

export interface Factor extends Readonly<Record<string, number>> {
  readonly factor: number;
}

function images(x: Shape, factor: number, complain: (problem: string) => Error): Shape {
  if (x.length === 4 && Number.isInteger(factor) && factor > 0) return x;
  throw complain(
    `got ${formatShape(x)} and factor ${factor}, expected [N, C, H, W] and a whole factor from 1`,
  );
}

export const resizeOperators = {
  /** Each pixel of [N, C, H, W] repeated factor x factor times. */
  upsampleNearest: {
    name: 'upsampleNearest',
    shape: ([x], { factor }, complain) => {
      const [n, c, h, w] = images(x, factor, complain);
      return [n, c, h * factor, w * factor];
    },
    gradient: ({ attributes: { factor } }, dy) => sumPool(dy, factor),
    forms: [
      {
        // Three times as fast as broadcasting [H, 1, W, 1] to [H, 2, W, 2].
        name: 'plain',
        emit: ({ attributes: { factor } }, [x], emitter) =>
          emitter.node('Resize', [x, '', emitter.floats([1, 1, factor, factor])], {
            mode: 'nearest',
            coordinate_transformation_mode: 'asymmetric',
            nearest_mode: 'floor',
          }),
      },
    ],
  } satisfies Operator<Factor>,

  /** Sums over factor x factor cells of [N, C, H, W]: the adjoint of nearest upsampling. */
  sumPool: {
    name: 'sumPool',
    shape: ([x], { factor }, complain) => {
      const [n, c, h, w] = images(x, factor, complain);
      if (h % factor || w % factor)
        throw complain(`got ${formatShape(x)}, expected height and width divisible by ${factor}`);
      return [n, c, h / factor, w / factor];
    },
    gradient: ({ attributes: { factor } }, dy) => upsampleNearest(dy, factor),
    forms: [
      {
        name: 'average pooling',
        expand: ({ inputs: [x], attributes: { factor } }) => mul(averagePool(x, factor), factor * factor),
      },
    ],
  } satisfies Operator<Factor>,

  /** Means over factor x factor cells of [N, C, H, W]. */
  averagePool: {
    name: 'averagePool',
    shape: ([x], { factor }, complain) => {
      const [n, c, h, w] = images(x, factor, complain);
      if (h % factor || w % factor)
        throw complain(`got ${formatShape(x)}, expected height and width divisible by ${factor}`);
      return [n, c, h / factor, w / factor];
    },
    gradient: ({ attributes: { factor } }, dy) => mul(upsampleNearest(dy, factor), 1 / (factor * factor)),
    forms: [
      {
        name: 'plain',
        emit: ({ attributes: { factor } }, [x], emitter) =>
          emitter.node('AveragePool', [x], { kernel_shape: [factor, factor], strides: [factor, factor] }),
      },
    ],
  } satisfies Operator<Factor>,
};

/** Nearest-neighbour enlargement of [N, C, H, W] by a whole factor. */
export function upsampleNearest(x: Value, factor: number): Value {
  return x.graph.apply(resizeOperators.upsampleNearest, [x], { factor });
}

/** Sums over factor x factor cells. */
export function sumPool(x: Value, factor: number): Value {
  return x.graph.apply(resizeOperators.sumPool, [x], { factor });
}

/** Means over factor x factor cells. */
export function averagePool(x: Value, factor: number): Value {
  return x.graph.apply(resizeOperators.averagePool, [x], { factor });
}

/**
 * Bilinear resizing of [N, C, H, W] to a size, centres of pixels aligned and edges repeated, as PyTorch's `interpolate` with
 * `align_corners=False`: a matrix along each axis. Of the same size it is the value itself.
 */
export function resizeBilinear(x: Value, { height, width }: Size): Value {
  const [, , h, w] = x.shape;
  const rows = h === height ? x : matmul(interpolation(x, h, height), x);
  return w === width ? rows : matmul(rows, swapLast(interpolation(x, w, width)));
}

/** The matrix [to, from] that makes `to` values of `from`. */
function interpolation({ graph }: Value, from: number, to: number): Value {
  const matrix = new Float32Array(to * from);
  for (let i = 0; i < to; i++) {
    const place = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const first = Math.floor(place);
    const second = Math.min(first + 1, from - 1);
    matrix[i * from + first] += 1 - (place - first);
    matrix[i * from + second] += place - first;
  }
  return graph.constant(matrix, [to, from]);
}
