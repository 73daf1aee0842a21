import type { Shape } from '../core/shape.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { ConvAttributes } from '../ops/conv-geometry.ts';
import { pad, padAll, reshape, slice, transpose } from '../ops/movement.ts';
import { sum } from '../ops/reduce.ts';
import { type Blocking, blockKernel, image, kernel, kernelOfTaps, plain, type Rule } from './blocking.ts';
import { blockedConv } from './operators.ts';

/** Whether each pixel is for itself: one tap, steps of one, nothing around. */
function isPointwise({ attributes }: Node, [kh, kw]: Shape): boolean {
  const { strides, pads, groups } = attributes as ConvAttributes;
  return [kh, kw, ...strides, groups].every((one) => one === 1) && pads.every((count) => count === 0);
}

/** Whether it lies in blocks or can be brought there, its last block filled up with zeros. */
const fillsBlocks = (blocking: Blocking, value: Value) =>
  blocking.fits(value.shape, 'image') ||
  (blocking.is(value, 'image') && value.shape[1] >= blocking.block && value.shape[1] % 4 === 0);

const blocksOf = (blocking: Blocking, channels: number) => Math.ceil(channels / blocking.block);

/** [O, I, 1, 1], plain, filled up with zeros to whole blocks, in the kernel's layout. */
function filledKernel(blocking: Blocking, w: Value): Value {
  const missing = w.shape.slice(0, 2).map((count) => blocksOf(blocking, count) * blocking.block - count);
  return blockKernel(padAll(w, [0, 0, 0, 0], [...missing, 0, 0]), blocking.block);
}

/**
 * Of channels that are no multiple of a block: 24 are two blocks of 16 whose last lanes are zeros. So the first levels of a
 * MobileNet that is trained need not leave the blocks, which costs twice as much as the products with zeros.
 */
const filled: Rule = (blocking, node) => {
  const [x, w, bias] = node.inputs;
  if (!isPointwise(node, w.shape.slice(2)) || !blocking.is(x, 'image') || !fillsBlocks(blocking, x))
    return undefined;
  if (w.shape[0] < blocking.block || w.shape[0] % 4 !== 0) return undefined;
  const weights = filledKernel(blocking, blocking.plain(w));
  const missing = weights.shape[0] * blocking.block - w.shape[0];
  return image(
    blockedConv(blocking.image(x), weights, { bias: bias && pad(blocking.plain(bias), 0, 0, missing) }),
  );
};

/** And its adjoint. */
const filledAdjoint: Rule = (blocking, node) => {
  const [x, w] = node.inputs;
  if (!isPointwise(node, w.shape.slice(2)) || !blocking.is(x, 'image') || !fillsBlocks(blocking, x))
    return undefined;
  if (w.shape[1] < blocking.block || w.shape[1] % 4 !== 0) return undefined;
  const weights = filledKernel(blocking, transpose(blocking.plain(w), [1, 0, 2, 3]));
  return image(blockedConv(blocking.image(x), weights));
};

/**
 * dw[o, i] = sum over all pixels of dy[o] x[i]: the side of more channels, as it lies in blocks, is the filter, whose input
 * lanes are pixels; the other one, plain, is what it slides over. Where there are more pixels than sliding channels, each
 * image is a group, and the products are summed; else the filter's images and blocks change places, which costs less then.
 * Nothing has to be shifted or cut, as it has to be for larger kernels.
 */
const weightGradient: Rule = (blocking, node) => {
  const { inputs, attributes, output } = node;
  const [x, dy] = inputs;
  const c = blocking.block;
  if (!isPointwise(node, attributes.kernel as Shape)) return undefined;
  const [n, , h, w] = x.shape;
  const dySlides = dy.shape[1] <= x.shape[1];
  const [filter, slides] = dySlides ? [x, dy] : [dy, x];
  if (h * w < c || !fillsBlocks(blocking, filter)) return undefined;
  const rest = (c - ((h * w) % c)) % c;
  const [blocks, others] = [blocksOf(blocking, filter.shape[1]), slides.shape[1]];
  const columns = (h * w + rest) / c;
  const lying = pad(reshape(blocking.image(filter), [n, blocks, h * w, c]), 2, 0, rest);
  const sliding = pad(reshape(blocking.plain(slides), [n, others, h * w]), 2, 0, rest);
  const grouped = h * w >= others;
  const turned = grouped ? lying : transpose(lying, [1, 0, 2, 3]);
  const [outer, inner] = grouped ? [n * blocks, 1] : [blocks, n];
  const found = blockedConv(
    reshape(sliding, [1, n, 1, others * columns, c]),
    reshape(turned, [outer, inner, 1, columns, c, c]),
    { strides: [1, columns], groups: grouped ? n : 1 },
  );
  const products = grouped ? sum(reshape(found, [n, blocks * others * c]), [0]) : found;
  const [o, i] = output.shape;
  if (o % c !== 0 || i % c !== 0) {
    const axes = dySlides ? [1, 0, 2] : [0, 2, 1];
    const whole = transpose(reshape(products, [blocks, others, c]), axes);
    const [rows, across] = dySlides ? [others, blocks * c] : [blocks * c, others];
    return plain(reshape(slice(slice(reshape(whole, [rows, across]), 0, 0, o), 1, 0, i), output.shape));
  }
  const kernels = reshape(products, [blocks, others / c, 1, 1, c, c]);
  return kernel(
    dySlides
      ? kernelOfTaps(kernels, [o / c, i / c, 1, 1], (row, column) => [column, row, 0, 0], true)
      : kernels,
  );
};

export const pointwiseRules: Readonly<Record<string, readonly Rule[]>> = {
  conv: [filled],
  convTranspose: [filledAdjoint],
  convWeightGradient: [weightGradient],
};
