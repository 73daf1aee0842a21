import type { Value } from '../graph/graph.ts';
import { type Phase, phasesOf } from '../ops/conv-phases.ts';
import { maximum, mul, sub } from '../ops/elementwise.ts';
import { reshape } from '../ops/movement.ts';
import type { MaxPoolAttributes } from '../ops/pool.ts';
import { image, type Rule } from './blocking.ts';
import { laced } from './lace.ts';
import { blockedOperators, channelConv, type WalkOptions } from './operators.ts';

const maxPool: Rule = (blocking, { inputs: [x], attributes }) => {
  if (!blocking.is(x, 'image') || !blocking.fits(x.shape, 'image')) return undefined;
  const { blockedMaxPool } = blockedOperators;
  return image(blocking.graph.apply(blockedMaxPool, [blocking.image(x)], attributes as MaxPoolAttributes));
};

/**
 * Tap by tap in the order of the windows' pixels: what flows back is handed on as long as the pixel is less than the window's
 * largest, and what a tap does not hand on is its part. Each of the four phases of the image sums the parts of the taps that
 * reach it. Of 64 channels at 64 x 64 it takes a quarter of the time of laying out the windows, 12 instead of 46 ms.
 */
const maxPoolGradient: Rule = (blocking, { inputs: [x, largest, dy], attributes }) => {
  const { kernel, stride, padding } = attributes as MaxPoolAttributes;
  if (!blocking.is(x, 'image') || !blocking.fits(x.shape, 'image')) return undefined;
  const found = phasesOf(dy.shape.slice(2), [kernel, kernel], {
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilations: [1, 1],
    extent: x.shape.slice(2),
  });
  if (!found) return undefined;
  const everySecond = [0, 1].map((row) => [0, 1].map((column) => phaseOf(blocking.image(x), row, column)));
  /** 1 where the pixel of a tap is less than the largest, or outside of the image; else 0. */
  const less = (a: number, b: number) => {
    const [row, column] = [a - padding, b - padding].map((offset) => ({
      parity: offset & 1,
      by: offset >> 1,
    }));
    const pixels = everySecond[row.parity][column.parity];
    const options = { sum: blocking.image(largest), activation: 'Step' } as const;
    return withBorder(shifted(pixels, row.by, column.by, -1, options), row.by, column.by);
  };
  const parts: Value[] = [];
  let rest = blocking.image(dy);
  const last = kernel ** 2 - 1;
  for (let tap = 0; tap < last; tap++) {
    const handedOn = mul(rest, less(Math.floor(tap / kernel), tap % kernel));
    parts.push(sub(rest, handedOn));
    rest = handedOn;
  }
  parts.push(rest);
  const [up, across] = found;
  const of = (row: Phase, column: Phase) => {
    let sum: Value | undefined;
    for (const [i, a] of row.taps.entries())
      for (const [j, b] of column.taps.entries())
        sum = shifted(parts[a * kernel + b], i - row.before, j - column.before, 1, { sum });
    return sum!;
  };
  return image(laced(up.map((row) => across.map((column) => of(row, column)))));
};

/** Every second row and column of an image [N, C/c, H, W, c], from these on. */
function phaseOf(x: Value, row: number, column: number): Value {
  return channelConv(x, single(x, [1 + row, 1 + column], [row, column], 1), { strides: [2, 2] });
}

/** factor x[r + rows, q + columns], 0 from outside of the image; a sum and an activation in the same pass. */
function shifted(x: Value, rows: number, columns: number, factor: number, options: WalkOptions): Value {
  if (rows === 0 && columns === 0 && factor === 1 && !options.sum) return x;
  const by = [rows, columns];
  const before = by.map((count) => Math.max(0, -count));
  const after = by.map((count) => Math.max(0, count));
  const size = by.map((count) => Math.abs(count) + 1);
  return channelConv(x, single(x, size, after, factor), { ...options, pads: [...before, ...after] });
}

/** For each channel of an image a kernel of zeros but for one tap. */
function single(
  { graph, shape }: Value,
  [kh, kw]: readonly number[],
  [row, column]: readonly number[],
  factor: number,
) {
  const [, blocks, , , c] = shape;
  const kernels = new Float32Array(blocks * kh * kw * c);
  for (let block = 0; block < blocks; block++) {
    const start = ((block * kh + row) * kw + column) * c;
    kernels.fill(factor, start, start + c);
  }
  return graph.constant(kernels, [blocks, kh, kw, c]);
}

/** An image [N, C/c, H, W, c], and 1 where a shift has read from outside. */
function withBorder(x: Value, rows: number, columns: number): Value {
  if (rows === 0 && columns === 0) return x;
  const [n, blocks, h, w, c] = x.shape;
  const inside = (at: number, size: number) => at >= 0 && at < size;
  const border = Float32Array.from({ length: h * w * c }, (_, i) => {
    const pixel = Math.floor(i / c);
    return inside(Math.floor(pixel / w) + rows, h) && inside((pixel % w) + columns, w) ? 0 : 1;
  });
  const flat = reshape(x, [n * blocks, h * w * c]);
  return reshape(maximum(flat, x.graph.constant(border, [1, h * w * c])), x.shape);
}

export const poolRules: Readonly<Record<string, readonly Rule[]>> = {
  maxPool: [maxPool],
  maxPoolGradient: [maxPoolGradient],
};
