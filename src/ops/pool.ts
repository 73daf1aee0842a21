import { formatShape } from '../core/shape.ts';
import type { Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';

/** Windows of a square kernel, and what lies around the image: less than any value. */
export interface MaxPoolAttributes extends Readonly<Record<string, number>> {
  readonly kernel: number;
  readonly stride: number;
  /** Rows and columns on each side, at most half the kernel. */
  readonly padding: number;
}

export const poolOperators = {
  /**
   * The largest of each window of [N, C, H, W] -> [N, C, H', W'] with H' = floor((H + 2 padding - kernel) / stride) + 1, as
   * PyTorch's max_pool2d. It has no gradient rule: only frozen encoders have it.
   */
  maxPool: {
    name: 'maxPool',
    shape: ([x], { kernel, stride, padding }, complain) => {
      if (x.length !== 4 || padding > kernel / 2) {
        throw complain(
          `got ${formatShape(x)} with padding ${padding}, expected [N, C, H, W] and at most half the kernel's ${kernel}`,
        );
      }
      const extent = x.slice(2).map((size) => Math.floor((size + 2 * padding - kernel) / stride) + 1);
      if (extent.some((size) => size < 1))
        throw complain(`got ${formatShape(x)}, expected at least the kernel's ${kernel} with its padding`);
      return [x[0], x[1], ...extent];
    },
    forms: [
      {
        name: 'plain',
        emit: ({ attributes: { kernel, stride, padding } }, inputs, emitter) =>
          emitter.node('MaxPool', inputs, {
            kernel_shape: [kernel, kernel],
            strides: [stride, stride],
            pads: [padding, padding, padding, padding],
          }),
      },
    ],
  } satisfies Operator<MaxPoolAttributes>,
};

/** The largest of each window of [N, C, H, W]; what lies around the image counts for nothing. */
export function maxPool(
  x: Value,
  { kernel, stride = kernel, padding = 0 }: Partial<MaxPoolAttributes> & { readonly kernel: number },
): Value {
  return x.graph.apply(poolOperators.maxPool, [x], { kernel, stride, padding });
}
