import { formatShape, type Shape } from '../core/shape.ts';
import type { Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';
import { mul } from './elementwise.ts';

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
