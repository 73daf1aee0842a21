import { formatShape } from '../core/shape.ts';
import type { Graph, Node, Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';
import { conv, convOperators } from './conv.ts';
import type { ConvAttributes } from './conv-geometry.ts';
import { add, mul, neg, step, sub } from './elementwise.ts';
import { concat, reshape, slice } from './movement.ts';

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
   * PyTorch's max_pool2d. The gradient goes to the first of equally large ones.
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
    gradient: ({ inputs: [x], output, attributes }, dy): Value =>
      x.graph.apply(poolOperators.maxPoolGradient, [x, output, dy], attributes),
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

  /** x [N, C, H, W], its windows' largest and what flows back to them [N, C, H', W'] -> [N, C, H, W]. */
  maxPoolGradient: {
    name: 'maxPoolGradient',
    shape: ([x]) => x,
    forms: [{ name: 'by windows', expand: byWindows }],
  } satisfies Operator<MaxPoolAttributes>,
};

/** The largest of each window of [N, C, H, W]; what lies around the image counts for nothing. */
export function maxPool(
  x: Value,
  { kernel, stride = kernel, padding = 0 }: Partial<MaxPoolAttributes> & { readonly kernel: number },
): Value {
  return x.graph.apply(poolOperators.maxPool, [x], { kernel, stride, padding });
}

/**
 * Each window laid out [N, C, taps, H', W'] by a convolution with kernels of a single one; there the first of the largest is
 * found, and what flows back is put in its place by that convolution's adjoint.
 */
function byWindows({ inputs: [x, largest, dy], attributes }: Node<MaxPoolAttributes>): Value {
  const { graph, shape } = x;
  const [n, channels, height, width] = shape;
  const [, , rows, columns] = dy.shape;
  const { kernel, stride, padding } = attributes;
  const taps = kernel * kernel;
  const options = { stride, padding };
  const windows = (image: Value, count: number) =>
    reshape(conv(image, singleOnes(graph, count, kernel), { ...options, groups: count }), [
      image.shape[0],
      count,
      taps,
      rows,
      columns,
    ]);
  const wide = (value: Value) => reshape(value, [n, channels, 1, rows, columns]);
  const inside = windows(graph.constant(new Float32Array(height * width).fill(1), [1, 1, height, width]), 1);
  const equal = mul(add(neg(step(sub(wide(largest), windows(x, channels)))), 1), inside);
  const first = firstAlong(equal, taps);
  const places = reshape(mul(first, wide(dy)), [n, channels * taps, rows, columns]);
  const geometry: ConvAttributes = {
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilations: [1, 1],
    groups: channels,
  };
  return graph.apply(convOperators.convTranspose, [places, singleOnes(graph, channels, kernel)], {
    ...geometry,
    extent: [height, width],
  });
}

/** Kernels [channels kernel^2, 1, kernel, kernel]: of each channel one a tap, 1 there and 0 elsewhere. */
function singleOnes(graph: Graph, channels: number, kernel: number): Value {
  const taps = kernel * kernel;
  const data = Float32Array.from({ length: channels * taps * taps }, (_, i) =>
    Math.floor(i / taps) % taps === i % taps ? 1 : 0,
  );
  return graph.constant(data, [channels * taps, 1, kernel, kernel]);
}

/** Of ones along axis 2 only the first. */
function firstAlong(ones: Value, count: number): Value {
  let free: Value | undefined;
  const parts = Array.from({ length: count }, (_, tap) => {
    const here = slice(ones, 2, tap, tap + 1);
    const part = free ? mul(here, free) : here;
    free = free ? sub(free, part) : add(neg(part), 1);
    return part;
  });
  return concat(parts, 2);
}
