import type { Shape } from '../core/shape.ts';
import type { Node, Value } from '../graph/graph.ts';
import {
  type ConvTransposeAttributes,
  type ConvWeightGradientAttributes,
  padsOfFlipped,
} from '../ops/conv-geometry.ts';
import { type Phase, phasesOf } from '../ops/conv-phases.ts';
import { reshape, slice, transpose } from '../ops/movement.ts';
import { sum } from '../ops/reduce.ts';
import { type Blocking, image, plain, type Rule } from './blocking.ts';
import { laced } from './lace.ts';
import { channelConv, take } from './operators.ts';

/** Whether a kernel [C, 1, KH, KW] in C groups works on whole blocks of channels, each by itself. */
const isDepthwise = (blocking: Blocking, { attributes }: Node, kernel: Shape) =>
  kernel[1] === 1 && kernel[0] === attributes.groups && kernel[0] % blocking.block === 0;

/** Some taps of a depthwise kernel [C, 1, KH, KW], in an order of their own -> [C/c, rows, columns, c]. */
function lanesOf(blocking: Blocking, w: Value, rows: readonly number[], columns: readonly number[]): Value {
  const [channels, , kh, kw] = w.shape;
  const c = blocking.block;
  const taps = transpose(reshape(blocking.plain(w), [channels, kh * kw]), [1, 0]);
  const chosen = take(
    taps,
    rows.flatMap((row) => columns.map((column) => row * kw + column)),
  );
  const lanes = reshape(chosen, [rows.length * columns.length, channels / c, c]);
  return reshape(transpose(lanes, [1, 0, 2]), [channels / c, rows.length, columns.length, c]);
}

const countdown = (count: number) => Array.from({ length: count }, (_, i) => count - 1 - i);

/** With stride 1 the adjoint is the same with the kernel turned: a tenth of the time of the runtime's ConvTranspose. */
const flipped: Rule = (blocking, node) => {
  const [x, w] = node.inputs;
  const attributes = node.attributes as ConvTransposeAttributes;
  if (!isDepthwise(blocking, node, w.shape)) return undefined;
  const [, , kh, kw] = w.shape;
  const pads = padsOfFlipped(x.shape.slice(2), [kh, kw], attributes);
  if (!pads) return undefined;
  const lanes = lanesOf(blocking, w, countdown(kh), countdown(kw));
  return image(channelConv(blocking.image(x), lanes, { pads, dilations: attributes.dilations }));
};

/** To twice the size: the four phases by themselves, laced into one another. */
const phases: Rule = (blocking, node) => {
  const [x, w] = node.inputs;
  const attributes = node.attributes as ConvTransposeAttributes;
  if (!isDepthwise(blocking, node, w.shape)) return undefined;
  const found = phasesOf(x.shape.slice(2), w.shape.slice(2), attributes);
  if (!found) return undefined;
  const [up, across] = found;
  const of = (row: Phase, column: Phase) =>
    channelConv(blocking.image(x), lanesOf(blocking, w, row.taps, column.taps), {
      pads: [row.before, column.before, row.after, column.after],
    });
  return image(laced(up.map((row) => across.map((column) => of(row, column)))));
};

/**
 * dw[c, a, b] = sum over n, r, q of dy[n, c, r, q] x[n, c, s r + d a - p, s q + d b - p]: each image by itself, with dy as
 * the kernel that slides over x and stays at as many places as there are taps. It reads both once; unfolding x writes and
 * reads nine times as much.
 */
const weightGradient: Rule = (blocking, { inputs: [x, dy], attributes, output }) => {
  const { kernel, strides, pads, dilations, groups } = attributes as ConvWeightGradientAttributes;
  const [n, channels, h, w] = x.shape;
  if (groups !== channels || dy.shape[1] !== channels || !blocking.fits(x.shape, 'image')) return undefined;
  const c = blocking.block;
  const blocks = channels / c;
  const places = channelConv(
    reshape(blocking.image(x), [1, n * blocks, h, w, c]),
    reshape(blocking.image(dy), [n * blocks, ...dy.shape.slice(2), c]),
    { strides: dilations, dilations: strides, pads },
  );
  const taps = slice(slice(places, 2, 0, kernel[0]), 3, 0, kernel[1]);
  const summed = sum(reshape(taps, [n, blocks, kernel[0] * kernel[1], c]), [0]);
  return plain(reshape(transpose(summed, [0, 1, 3, 2]), output.shape));
};

export const depthwiseRules: Readonly<Record<string, readonly Rule[]>> = {
  convTranspose: [flipped, phases],
  convWeightGradient: [weightGradient],
};
