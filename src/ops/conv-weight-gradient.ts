import type { Node, Value } from '../graph/graph.ts';
import type { Form } from '../graph/operator.ts';
import type { ConvWeightGradientAttributes } from './conv.ts';
import { matmul, swapLast } from './linalg.ts';
import { concat, padAll, reshape, slice, transpose } from './movement.ts';
import { sum } from './reduce.ts';

type WeightGradient = Node<ConvWeightGradientAttributes>;

/**
 * dw[o, i, a, b] = sum over n, h, w of dy[n, o, h, w] x[n, i, h s + a d - p, w s + b d - p].
 * A convolution with exchanged axes says the same and is 1.4 to 4 times as slow.
 */
export const weightGradientForms: readonly Form<ConvWeightGradientAttributes>[] = [
  {
    // Shifting the side with fewer channels copies less; in a decoder that is dy. One product an image needs no
    // exchange of axes, but writes its result once an image: worth it where the pixels outnumber the channels.
    name: 'shifted dy, one product an image',
    fits: (node) => shiftsDy(node) && pixels(node) >= 1024,
    expand: ({ inputs: [x, dy], output, attributes }) => {
      const [n, i, h, w] = x.shape;
      const o = dy.shape[1];
      const taps = shifts(dy, x, attributes);
      const stacked = reshape(concat(taps, 1), [n, taps.length * o, h * w]);
      const products = sum(matmul(stacked, swapLast(reshape(x, [n, i, h * w]))), [0]);
      return tapsLast(reshape(products, [taps.length, o, i]), output.shape);
    },
  },
  {
    name: 'shifted dy, one product a batch',
    fits: shiftsDy,
    expand: ({ inputs: [x, dy], output, attributes }) => {
      const [n, i, h, w] = x.shape;
      const o = dy.shape[1];
      const taps = shifts(transpose(dy, [1, 0, 2, 3]), transpose(x, [1, 0, 2, 3]), attributes);
      const stacked = reshape(concat(taps, 0), [taps.length * o, n * h * w]);
      const columns = reshape(transpose(x, [1, 0, 2, 3]), [i, n * h * w]);
      return tapsLast(reshape(matmul(stacked, swapLast(columns)), [taps.length, o, i]), output.shape);
    },
  },
  { name: 'strided x', expand: stridedX },
];

const pixels = ({ inputs: [x] }: WeightGradient) => x.shape[2] * x.shape[3];

/** Shifting dy over x needs steps of one pixel and a dy no wider than x. */
function shiftsDy({ inputs: [x, dy], attributes: { strides, groups } }: WeightGradient): boolean {
  return groups === 1 && strides.every((stride) => stride === 1) && dy.shape[1] <= x.shape[1];
}

/** For each tap of the kernel dy moved to the pixels of x that the tap read; last two axes are H, W. */
function shifts(dy: Value, x: Value, { kernel, pads, dilations }: ConvWeightGradientAttributes): Value[] {
  const [h, w] = x.shape.slice(2);
  const [dyH, dyW] = dy.shape.slice(2);
  // Tap a of output row r read row r + a d - p: row q of the moved dy is row q + p - a d, or zero outside.
  const reach = [dilations[0] * (kernel[0] - 1), dilations[1] * (kernel[1] - 1)];
  const before = reach.map((size, axis) => Math.max(0, size - pads[axis]));
  const after = [Math.max(0, h + pads[0] - dyH), Math.max(0, w + pads[1] - dyW)];
  const padded = padAll(dy, [0, 0, ...before], [0, 0, ...after]);
  return taps(kernel).map(([a, b]) => {
    const top = before[0] + pads[0] - a * dilations[0];
    const left = before[1] + pads[1] - b * dilations[1];
    return slice(slice(padded, 2, top, top + h), 3, left, left + w);
  });
}

/** Any stride, dilation and number of groups: for each tap the pixels of x that it read. */
function stridedX({ inputs: [x, dy], output, attributes }: WeightGradient): Value {
  const { kernel, strides, pads, dilations, groups } = attributes;
  const [n, o, dyH, dyW] = dy.shape;
  const i = x.shape[1];
  const channelsFirst = transpose(x, [1, 0, 2, 3]);
  const padded = padAll(channelsFirst, [0, 0, pads[0], pads[1]], [0, 0, pads[2], pads[3]]);
  const columns = taps(kernel).map(([a, b]) => {
    const [top, left] = [a * dilations[0], b * dilations[1]];
    const rows = slice(padded, 2, top, top + strides[0] * (dyH - 1) + 1, strides[0]);
    const part = slice(rows, 3, left, left + strides[1] * (dyW - 1) + 1, strides[1]);
    return reshape(part, [groups, 1, i / groups, n * dyH * dyW]);
  });
  const positions = n * dyH * dyW;
  const stacked = reshape(concat(columns, 1), [groups, (columns.length * i) / groups, positions]);
  const signal = reshape(transpose(dy, [1, 0, 2, 3]), [groups, o / groups, positions]);
  const product = matmul(signal, swapLast(stacked));
  const byTap = reshape(product, [groups * (o / groups), columns.length, i / groups]);
  return reshape(transpose(byTap, [0, 2, 1]), output.shape);
}

const taps = ([height, width]: readonly number[]): [number, number][] =>
  Array.from({ length: height * width }, (_, tap) => [Math.floor(tap / width), tap % width]);

/** [taps, O, I] -> [O, I, KH, KW]. */
const tapsLast = (products: Value, shape: readonly number[]) =>
  reshape(transpose(products, [1, 2, 0]), shape);
