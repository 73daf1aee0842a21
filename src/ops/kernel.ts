import { formatShape } from '../core/shape.ts';
import type { Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';
import { matmul } from './linalg.ts';
import { reshape } from './movement.ts';

/** Operators on the kernels of convolutions, [O, I, KH, KW]. */
export const kernelOperators = {
  /** A kernel w [O, I, KH, KW] turned by 180°, taps in reverse order. */
  flipKernel: {
    name: 'flipKernel',
    shape: ([w]) => w,
    gradient: (_, dy): Value => flipKernel(dy),
    forms: [
      {
        name: 'plain',
        emit: ({ inputs: [w] }, [tensor], emitter) => {
          const [o, i, kh, kw] = w.shape;
          const flat = emitter.node('Reshape', [tensor, emitter.ints([o, i, kh * kw])]);
          const order = Array.from({ length: kh * kw }, (_, tap) => kh * kw - 1 - tap);
          const reversed = emitter.node('Gather', [flat, emitter.ints(order)], { axis: 2 });
          return emitter.node('Reshape', [reversed, emitter.ints([o, i, kh, kw])]);
        },
      },
    ],
  } satisfies Operator<Readonly<Record<string, never>>>,

  /**
   * The taps of kernels w [O, I, KH, KW] mixed by a matrix [KH' KW', KH KW], given row by row -> [O, I, KH', KW'].
   */
  mixTaps: {
    name: 'mixTaps',
    shape: ([w], { matrix, kernel }, complain) => {
      if (w.length !== 4 || matrix.length !== w[2] * w[3] * kernel[0] * kernel[1])
        throw complain(`got w ${formatShape(w)} and ${matrix.length} numbers, expected a matrix of its taps`);
      return [w[0], w[1], ...kernel];
    },
    gradient: ({ inputs: [w], attributes: { matrix, kernel } }, dy): Value => {
      const [rows, columns] = [kernel[0] * kernel[1], w.shape[2] * w.shape[3]];
      return mixTaps(dy, transposed(matrix, rows, columns), w.shape.slice(2));
    },
    forms: [
      {
        name: 'product',
        expand: ({ inputs: [w], attributes: { matrix, kernel } }) => {
          const [o, i, kh, kw] = w.shape;
          const [rows, columns] = [kernel[0] * kernel[1], kh * kw];
          const across = w.graph.constant(transposed(matrix, rows, columns), [columns, rows]);
          return reshape(matmul(reshape(w, [o * i, columns]), across), [o, i, ...kernel]);
        },
      },
    ],
  } satisfies Operator<{ readonly matrix: readonly number[]; readonly kernel: readonly number[] }>,
};

const transposed = (matrix: readonly number[], rows: number, columns: number) =>
  Array.from({ length: rows * columns }, (_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]);

/** The taps of kernels w [O, I, KH, KW] mixed by a matrix. */
export function mixTaps(w: Value, matrix: readonly number[], kernel: readonly number[]): Value {
  return w.graph.apply(kernelOperators.mixTaps, [w], { matrix, kernel });
}

/** Kernels turned by 180°, taps in reverse order. */
export function flipKernel(w: Value): Value {
  return w.graph.apply(kernelOperators.flipKernel, [w], {});
}
