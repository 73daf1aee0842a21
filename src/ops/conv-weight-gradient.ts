import type { Graph, Node, Value } from '../graph/graph.ts';
import type { Form } from '../graph/operator.ts';
import type { ConvOptions, Convolve, ConvWeightGradientAttributes } from './conv-geometry.ts';
import { matmul, swapLast } from './linalg.ts';
import { reshape, transpose } from './movement.ts';
import { sum } from './reduce.ts';

type WeightGradient = Node<ConvWeightGradientAttributes>;

/**
 * dw[o, i, a, b] = sum over n, h, w of dy[n, o, h, w] x[n, i, h s + a d - p, w s + b d - p]: one side is unfolded, that
 * is, copied once for each tap of the kernel, and multiplied with the other. A convolution with exchanged axes says the
 * same and is 1.4 to 4 times as slow.
 */
export const weightGradientForms = (convolve: Convolve): readonly Form<ConvWeightGradientAttributes>[] => [
  {
    // The side with fewer channels makes fewer copies; in a decoder that is dy.
    name: 'dy unfolded',
    fits: (node) => unfoldingOfDy(node) !== undefined,
    expand: (node) => {
      const { inputs, output, attributes } = node;
      const [x, dy] = inputs;
      const [o, i] = output.shape;
      const product = pixelProduct(unfold(convolve, dy, attributes.kernel, unfoldingOfDy(node)!, true), x);
      const taps = attributes.kernel[0] * attributes.kernel[1];
      return reshape(transpose(reshape(product, [o, taps, i]), [0, 2, 1]), output.shape);
    },
  },
  {
    name: 'x unfolded',
    expand: ({ inputs: [x, dy], output, attributes }) => {
      const { kernel, strides, pads, dilations, groups } = attributes;
      const unfolded = unfold(convolve, x, kernel, {
        stride: [strides[0], strides[1]],
        padding: [pads[0], pads[1], pads[2], pads[3]],
        dilation: [dilations[0], dilations[1]],
      });
      return reshape(pixelProduct(dy, unfolded, groups), output.shape);
    },
  },
];

/**
 * How to unfold dy so that it lies over x: steps of one pixel, no groups, no more channels than x, and no padding that
 * would have to be negative. Undefined where that is not so.
 */
function unfoldingOfDy({ inputs: [x, dy], attributes }: WeightGradient): ConvOptions | undefined {
  const { kernel, strides, pads, dilations, groups } = attributes;
  if (groups !== 1 || strides.some((stride) => stride !== 1) || dy.shape[1] > x.shape[1]) return undefined;
  // Tap a of output row r read row r + a d - p of x: at row q of x lies row q + p - a d of dy.
  const reach = [0, 1].map((axis) => dilations[axis] * (kernel[axis] - 1));
  const before = reach.map((size, axis) => size - pads[axis]);
  const after = reach.map((size, axis) => x.shape[axis + 2] - dy.shape[axis + 2] - before[axis] + size);
  if ([...before, ...after].some((size) => size < 0)) return undefined;
  return {
    padding: [before[0], before[1], after[0], after[1]],
    dilation: [dilations[0], dilations[1]],
  };
}

/**
 * For each channel and each tap (a, b) of a kernel what a convolution reads there: [N, C, H, W] -> [N, C KH KW, H', W'].
 * It is a convolution with kernels of a single 1, which is twice as fast as padding, slicing and concatenating.
 *
 * @param backwards whether the taps are counted from the kernel's end
 */
function unfold(
  convolve: Convolve,
  x: Value,
  kernel: readonly number[],
  options: ConvOptions,
  backwards = false,
): Value {
  const w = singleOnes(x.graph, x.shape[1], kernel, backwards);
  return convolve(x, w, { ...options, groups: x.shape[1] });
}

const madeBefore = new WeakMap<Graph, Map<string, Value>>();

/** For each channel and tap a kernel that is 1 there, [C KH KW, 1, KH, KW]; once in a graph. */
function singleOnes(graph: Graph, channels: number, kernel: readonly number[], backwards: boolean): Value {
  const made = madeBefore.get(graph) ?? new Map<string, Value>();
  madeBefore.set(graph, made);
  const key = `${channels} ${kernel} ${backwards}`;
  let value = made.get(key);
  if (!value) {
    const taps = kernel[0] * kernel[1];
    const ones = new Float32Array(channels * taps * taps);
    for (let output = 0; output < channels * taps; output++) {
      const tap = output % taps;
      ones[output * taps + (backwards ? taps - 1 - tap : tap)] = 1;
    }
    value = graph.constant(ones, [channels * taps, 1, kernel[0], kernel[1]], 'taps');
    made.set(key, value);
  }
  return value;
}

/** From this many pixels on the product is made image by image: exchanging axes costs more than adding N products. */
const MANY_PIXELS = 256;

/** The sum over n, h, w of a [N, G A, H, W] times b [N, G B, H, W] -> [G A, B]. */
function pixelProduct(a: Value, b: Value, groups = 1): Value {
  const [n, , h, w] = a.shape;
  const grouped = (x: Value) => reshape(x, [n, groups, x.shape[1] / groups, h * w]);
  const [left, right] = [grouped(a), grouped(b)];
  const shape = [left.shape[1] * left.shape[2], right.shape[2]];
  if (h * w >= MANY_PIXELS) return reshape(sum(matmul(left, swapLast(right)), [0]), shape);
  const joined = (x: Value) => reshape(transpose(x, [1, 2, 0, 3]), [groups, x.shape[2], n * h * w]);
  return reshape(matmul(joined(left), swapLast(joined(right))), shape);
}
