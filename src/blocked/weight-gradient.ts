import type { Value } from '../graph/graph.ts';
import type { ConvWeightGradientAttributes } from '../ops/conv-geometry.ts';
import { concat, padAll, reshape, slice, transpose } from '../ops/movement.ts';
import { sum, zeros } from '../ops/reduce.ts';
import { type Blocking, kernel, kernelOfTaps, plain, type Rule } from './blocking.ts';
import { blockedConv, shiftLast, swapLanes, take } from './operators.ts';

/**
 * Images from this many blocks of columns on are correlated one by one and summed; narrower ones all in one convolution,
 * for which the filter's images and channels have to change places.
 */
const WIDE = 4;

/**
 * dw[o, i, a, b] = sum over n, r, q of dy[n, o, r, q] x[n, i, s r + a - p, s q + b - p], by one blocked convolution. One
 * side, blocked as it lies there, is the filter: a kernel of all its rows, whose input lanes are columns. The other side,
 * turned so that its lanes are columns, is what the filter slides over: once for each tap's column b, over the rows a.
 * Twice as fast as unfolding one side and multiplying.
 */
const correlated: Rule = (blocking, { inputs: [x, dy], attributes, output }) => {
  const { kernel: size, strides, pads, dilations, groups } = attributes as ConvWeightGradientAttributes;
  const [stride] = strides;
  if (groups !== 1 || strides[1] !== stride || stride > 2 || dilations.some((step) => step !== 1))
    return undefined;
  const [, , h, w] = dy.shape;
  if (x.shape[2] !== stride * h || x.shape[3] !== stride * w) return undefined;
  const fit = [x, dy].map((side) => blocking.fits(side.shape, 'image'));
  // What slides is copied for each tap: the side of fewer channels, if it can be chosen.
  const dySlides = stride === 1 && fit[0] && (!fit[1] || dy.shape[1] <= x.shape[1]);
  if (!dySlides && !fit[1]) return undefined;
  const flipped = (count: number, tap: number) => (dySlides ? count - 1 - tap : tap);
  const before = [0, 1].map((axis) => (dySlides ? size[axis] - 1 - pads[axis] : pads[axis]));
  if (before.some((count) => count < 0)) return undefined;
  const [filter, slides] = dySlides ? [x, dy] : [dy, x];
  const found = correlation(blocking, { filter, slides, stride, size, before });
  if (!found) return undefined;

  const [kh, kw] = size;
  const c = blocking.block;
  const [filterBlocks, slidingChannels] = [filter.shape[1] / c, slides.shape[1]];
  if (slidingChannels % c !== 0) {
    // [columns, C/c, rows, O, c]: few numbers, brought into the plain layout.
    const axes = dySlides ? [3, 1, 4, 2, 0] : [1, 4, 3, 2, 0];
    const few = transpose(reshape(found, [kw, filterBlocks, kh, slidingChannels, c]), axes);
    if (!dySlides) return plain(reshape(few, output.shape));
    const taps = reshape(transpose(reshape(few, [slidingChannels * filter.shape[1], kh * kw]), [1, 0]), [
      kh * kw,
      slidingChannels * filter.shape[1],
    ]);
    const turned = take(
      taps,
      Array.from({ length: kh * kw }, (_, tap) => kh * kw - 1 - tap),
    );
    return plain(reshape(transpose(turned, [1, 0]), output.shape));
  }
  const slidingBlocks = slidingChannels / c;
  // [columns, filter's blocks, rows, slide's blocks, slide's lanes, filter's lanes]
  const blocks = reshape(found, [kw * filterBlocks, kh, slidingBlocks, 1, c, c]);
  const [o, i] = output.shape;
  return kernel(
    kernelOfTaps(
      blocks,
      [o / c, i / c, kh, kw],
      (row, column, y, z) => {
        const [inFilter, inSlide] = dySlides ? [column, row] : [row, column];
        return [flipped(kw, z) * filterBlocks + inFilter, flipped(kh, y), inSlide, 0];
      },
      dySlides,
    ),
  );
};

interface Correlation {
  /** [N, A, H, W], whole blocks. */
  readonly filter: Value;
  /** [N, B, stride H, stride W]. */
  readonly slides: Value;
  readonly stride: number;
  readonly size: readonly number[];
  /** Zeros before the slide's first row and column. */
  readonly before: readonly number[];
}

/** Sums over n, r, q of filter[n, α, r, q] slides[n, β, s r + a - p, s q + b - p] -> [b, α's block, a, β, α's lane]. */
function correlation(
  blocking: Blocking,
  { filter, slides, stride, size, before }: Correlation,
): Value | undefined {
  const c = blocking.block;
  const [n, channels, h, w] = filter.shape;
  const blocks = channels / c;
  const [, others, rows] = slides.shape;
  const [kh, kw] = size;
  const below = kh - rows - before[0] + stride * (h - 1);
  if (below < 0) return undefined;

  // Columns are filled up with zeros to whole blocks, or to a part of one that divides it: then images share a block.
  const width = w >= c ? Math.ceil(w / c) * c : 2 ** Math.ceil(Math.log2(w));
  const sharing = width >= c ? 1 : c / width;
  const images = Math.ceil(n / sharing) * sharing;
  const filled = (value: Value, widthAxis: number) => {
    const after = value.shape.map((_, axis) =>
      axis === 0 ? images - n : axis === widthAxis ? width - w : 0,
    );
    return padAll(
      value,
      value.shape.map(() => 0),
      after,
    );
  };
  const weights = filled(blocking.image(filter), 3);
  const columns = Math.max(1, width / c);
  const sheets = images / sharing;

  const variants = shiftedColumns(blocking, slides, stride, w, before[1], kw).map((part) => {
    const whole = filled(part, 3);
    if (sharing === 1) return whole;
    const split = reshape(whole, [sheets, sharing, rows, others, width]);
    return reshape(transpose(split, [0, 2, 3, 1, 4]), [sheets, rows, others, c]);
  });
  const walk = {
    strides: [1, columns],
    pads: [before[0], 0, below, 0],
    dilations: [stride, 1],
  };

  if (columns >= WIDE) {
    const kernels = reshape(weights, [images * blocks, 1, h, columns, c, c]);
    const each = variants.map((part) => {
      const found = blockedConv(reshape(part, [1, images, rows, others * columns, c]), kernels, {
        ...walk,
        groups: images,
      });
      return sum(reshape(found, [images, blocks * kh * others * c]), [0]);
    });
    return concat(each, 0);
  }
  const turned =
    sharing === 1
      ? transpose(reshape(weights, [images, blocks, h * width * c]), [1, 0, 2])
      : transpose(reshape(weights, [sheets, sharing, blocks, h, width * c]), [2, 0, 3, 1, 4]);
  const kernels = reshape(turned, [blocks, sheets, h, columns, c, c]);
  const sliding = concat(
    variants.map((part) => reshape(part, [1, sheets, rows, others * columns, c])),
    0,
  );
  return blockedConv(sliding, kernels, walk);
}

/** For each of the kernel's columns b what lies over column q: slides[.., s q + b - before], as [N, rows, B, W]. */
function shiftedColumns(
  blocking: Blocking,
  slides: Value,
  stride: number,
  width: number,
  before: number,
  count: number,
): Value[] {
  const phase = Array.from({ length: stride }, (_, parity) => rowsOf(blocking, slides, stride, parity));
  return Array.from({ length: count }, (_, column) => {
    const start = column - before;
    const parity = ((start % stride) + stride) % stride;
    const by = (start - parity) / stride;
    return Math.abs(by) >= width ? zeros(blocking.graph, phase[parity].shape) : shiftLast(phase[parity], by);
  });
}

/** Every stride-th column from a first one: [N, B, rows, W] -> [N, rows, B, W / stride]. */
function rowsOf(blocking: Blocking, value: Value, stride: number, first: number): Value {
  const [n, channels, rows, columns] = value.shape;
  const width = columns / stride;
  const c = blocking.block;
  if (!blocking.fits(value.shape, 'image')) {
    const lines = transpose(blocking.plain(value), [0, 2, 1, 3]);
    const cells = reshape(lines, [n, rows, channels, width, stride]);
    return reshape(slice(cells, 4, first, first + 1), [n, rows, channels, width]);
  }
  const blocks = channels / c;
  const cells = reshape(blocking.image(value), [n * blocks * rows, width, stride * c]);
  const lines = swapLanes(slice(cells, 2, first * c, (first + 1) * c));
  return reshape(transpose(reshape(lines, [n, blocks, rows, c * width]), [0, 2, 1, 3]), [
    n,
    rows,
    channels,
    width,
  ]);
}

export const weightGradientRules: Readonly<Record<string, readonly Rule[]>> = {
  convWeightGradient: [correlated],
};
