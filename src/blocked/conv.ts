import type { Shape } from '../core/shape.ts';
import type { Node, Value } from '../graph/graph.ts';
import { type ConvAttributes, type ConvTransposeAttributes, padsOfFlipped } from '../ops/conv-geometry.ts';
import { type Phase, phasesOf } from '../ops/conv-phases.ts';
import { matmul } from '../ops/linalg.ts';
import { reshape, transpose } from '../ops/movement.ts';
import { broadcastTo } from '../ops/reduce.ts';
import { type Blocking, image, kernelOfTaps, plain, type Rule } from './blocking.ts';
import { laced } from './lace.ts';
import { inKernelLayout, kernelShape } from './layout.ts';
import { blockedConv, channelConv, take, thinConv } from './operators.ts';

const walkOf = ({ attributes }: Node) => {
  const { strides, pads, dilations } = attributes as ConvAttributes;
  return { strides, pads, dilations };
};
const groupsOf = ({ attributes }: Node) => (attributes as ConvAttributes).groups;
const biasOf = (blocking: Blocking, value?: Value) => value && blocking.plain(value);

/** Whole blocks of channels on both sides: 415 to 463 GFLOP/s where the plain convolution has 125 to 350. */
const ofBlocks: Rule = (blocking, node) => {
  const { inputs } = node;
  const [x, w, bias] = inputs;
  if (groupsOf(node) !== 1 || !blocking.fits(x.shape, 'image') || !blocking.fits(w.shape, 'kernel'))
    return undefined;
  return image(
    blockedConv(blocking.image(x), blocking.kernel(w), { ...walkOf(node), bias: biasOf(blocking, bias) }),
  );
};

/** Constant weights are filled up with zeros to whole blocks; so the 24 channels in a MobileNet need not leave them. */
const ofFilledBlocks: Rule = (blocking, node) => {
  const [x, w, bias] = node.inputs;
  const c = blocking.block;
  if (groupsOf(node) !== 1 || w.origin.kind !== 'constant' || !blocking.is(x, 'image')) return undefined;
  if (w.shape[0] < c || w.shape[0] % 4 !== 0 || (bias && bias.origin.kind !== 'constant')) return undefined;
  const [o, i, kh, kw] = w.shape;
  const [outputs, inputs] = [o, i].map((count) => Math.ceil(count / c) * c);
  const filled = new Float32Array(outputs * inputs * kh * kw);
  for (let row = 0; row < o; row++)
    filled.set(w.origin.data.subarray(row * i * kh * kw, (row + 1) * i * kh * kw), row * inputs * kh * kw);
  const shape = [outputs, inputs, kh, kw];
  const weights = blocking.graph.constant(inKernelLayout(filled, shape, c), kernelShape(shape, c));
  const shift = new Float32Array(outputs);
  if (bias?.origin.kind === 'constant') shift.set(bias.origin.data);
  return image(
    blockedConv(blocking.image(x), weights, {
      ...walkOf(node),
      bias: bias && blocking.graph.constant(shift, [outputs]),
    }),
  );
};

const depthwise: Rule = (blocking, node) => {
  const [x, w, bias] = node.inputs;
  const [channels, one, kh, kw] = w.shape;
  if (one !== 1 || groupsOf(node) !== channels || !blocking.is(x, 'image')) return undefined;
  if (x.shape[1] !== channels || !blocking.fits(x.shape, 'image')) return undefined;
  const c = blocking.block;
  const lanes = transpose(reshape(blocking.plain(w), [channels / c, c, kh, kw]), [0, 2, 3, 1]);
  return image(channelConv(blocking.image(x), lanes, { ...walkOf(node), bias: biasOf(blocking, bias) }));
};

/** A plain image of fewer channels than a block is read as it is: the picture at the start, a gradient of a mask. */
const ofThinImage: Rule = (blocking, node) => {
  const [x, w, bias] = node.inputs;
  const [o, i, kh, kw] = w.shape;
  const c = blocking.block;
  if (groupsOf(node) !== 1 || i >= c || o % c !== 0) return undefined;
  const lanes = transpose(reshape(blocking.plain(w), [o / c, c, i, kh, kw]), [0, 2, 3, 4, 1]);
  return image(thinConv(blocking.plain(x), lanes, { ...walkOf(node), bias: biasOf(blocking, bias) }));
};

/** Rows and columns of a patch of as many pixels as a block has channels. */
const patchOf = (block: number): readonly [number, number] => [
  2 ** Math.floor(Math.log2(block) / 2),
  2 ** Math.ceil(Math.log2(block) / 2),
];

/**
 * Fewer output channels than a block would leave its lanes empty: they become the pixels of a patch instead, and the
 * convolution walks from patch to patch with a kernel that covers all the patch looks at.
 *
 * @param layer x blocked, w plain [O, I, KH, KW], the output's height and width
 * @param axes rows and columns: how many offsets a patch looks at, and which tap its output p takes at offset a (any other number: none)
 */
function byPatches(
  blocking: Blocking,
  { x, w, bias, extent }: { x: Value; w: Value; bias?: Value; extent: Shape },
  axes: readonly {
    count: number;
    stride: number;
    pads: readonly [number, number];
    tap(p: number, a: number): number;
  }[],
): Value {
  const c = blocking.block;
  const [o, i, kh, kw] = w.shape;
  const [u, v] = patchOf(c);
  const [rows, columns] = axes;
  const spread = new Float32Array(kh * kw * rows.count * columns.count * c);
  for (let a = 0; a < rows.count; a++)
    for (let b = 0; b < columns.count; b++)
      for (let p = 0; p < u; p++)
        for (let q = 0; q < v; q++) {
          const [y, z] = [rows.tap(p, a), columns.tap(q, b)];
          if (y < 0 || y >= kh || z < 0 || z >= kw) continue;
          spread[((y * kw + z) * rows.count * columns.count + a * columns.count + b) * c + p * v + q] = 1;
        }
  const area = rows.count * columns.count;
  const matrix = blocking.graph.constant(spread, [kh * kw, area * c]);
  const wide = matmul(reshape(w, [o * i, kh * kw]), matrix);
  const lanes = transpose(reshape(wide, [o, i / c, c, area, c]), [0, 1, 3, 2, 4]);
  const patches = blockedConv(x, reshape(lanes, [o, i / c, rows.count, columns.count, c, c]), {
    strides: [rows.stride, columns.stride],
    pads: [rows.pads[0], columns.pads[0], rows.pads[1], columns.pads[1]],
    bias: bias && reshape(broadcastTo(reshape(bias, [o, 1]), [o, c]), [o * c]),
  });
  const [h, width] = extent;
  const cells = reshape(patches, [x.shape[0], o, h / u, width / v, u, v]);
  return reshape(transpose(cells, [0, 1, 2, 4, 3, 5]), [x.shape[0], o, h, width]);
}

const fitsPatches = (blocking: Blocking, x: Value, outputs: number, extent: Shape) => {
  const patch = patchOf(blocking.block);
  return (
    outputs < blocking.block &&
    blocking.is(x, 'image') &&
    blocking.fits(x.shape, 'image') &&
    extent.every((size, axis) => size % patch[axis] === 0)
  );
};

/** The output layer: 16 channels to 1 at full size takes a quarter of the time. */
const toFewChannels: Rule = (blocking, node) => {
  const [x, w, bias] = node.inputs;
  const { strides, pads, dilations } = walkOf(node);
  const extent = node.output.shape.slice(2);
  if (groupsOf(node) !== 1 || [...strides, ...dilations].some((step) => step !== 1)) return undefined;
  if (!fitsPatches(blocking, x, w.shape[0], extent)) return undefined;
  const patch = patchOf(blocking.block);
  const axes = [0, 1].map((axis) => ({
    count: w.shape[axis + 2] + patch[axis] - 1,
    stride: patch[axis],
    pads: [pads[axis], pads[axis + 2]] as const,
    tap: (p: number, a: number) => a - p,
  }));
  const layer = { x: blocking.image(x), w: blocking.plain(w), bias: biasOf(blocking, bias), extent };
  return plain(byPatches(blocking, layer, axes));
};

/** The same of an output layer that doubles: y[2m + a - p] += x[m] w[a]. */
const doublingToFewChannels: Rule = (blocking, node) => {
  const [x, w] = node.inputs;
  const { strides, pads, dilations } = walkOf(node);
  const extent = node.output.shape.slice(2);
  if (groupsOf(node) !== 1 || strides.some((stride) => stride !== 2) || dilations.some((step) => step !== 1))
    return undefined;
  if (!fitsPatches(blocking, x, w.shape[1], extent)) return undefined;
  const patch = patchOf(blocking.block);
  if (patch.some((size) => size < 2)) return undefined;
  const axes = [0, 1].map((axis) => {
    // Output p of the patch reads x at offset m from the patch's first, by tap p + pad - 2 m.
    const first = Math.ceil((pads[axis] - (w.shape[axis + 2] - 1)) / 2);
    const last = Math.floor((patch[axis] - 1 + pads[axis]) / 2);
    const count = last - first + 1;
    const stride = patch[axis] / 2;
    const after = (extent[axis] / patch[axis] - 1) * stride + first + count - x.shape[axis + 2];
    return {
      count,
      stride,
      pads: [-first, after] as const,
      tap: (p: number, a: number) => p + pads[axis] - 2 * (a + first),
    };
  });
  if (axes.some((axis) => axis.pads.some((count) => count < 0))) return undefined;
  const layer = { x: blocking.image(x), w: transpose(blocking.plain(w), [1, 0, 2, 3]), extent };
  return plain(byPatches(blocking, layer, axes));
};

/** With stride 1 the adjoint of a convolution is a convolution with the axes exchanged and the kernel turned. */
const flipped: Rule = (blocking, node) => {
  const [x, w] = node.inputs;
  const attributes = node.attributes as ConvTransposeAttributes;
  const [inputs, outputs, kh, kw] = w.shape;
  const c = blocking.block;
  const pads = padsOfFlipped(x.shape.slice(2), [kh, kw], attributes);
  if (groupsOf(node) !== 1 || !pads || outputs % c !== 0) return undefined;
  const walk = { pads, dilations: attributes.dilations };
  const taps = Array.from({ length: kh * kw }, (_, tap) => kh * kw - 1 - tap);
  if (inputs < c) {
    const lanes = transpose(reshape(blocking.plain(w), [inputs, outputs / c, c, kh * kw]), [3, 1, 0, 2]);
    const turned = take(lanes, taps);
    return image(
      thinConv(
        blocking.plain(x),
        reshape(transpose(turned, [1, 2, 0, 3]), [outputs / c, inputs, kh, kw, c]),
        walk,
      ),
    );
  }
  if (!blocking.fits(x.shape, 'image')) return undefined;
  const weights = kernelOfTaps(
    blocking.kernel(w),
    [outputs / c, inputs / c, kh, kw],
    (o, i, y, z) => [i, o, kh - 1 - y, kw - 1 - z],
    true,
  );
  return image(blockedConv(blocking.image(x), weights, walk));
};

/**
 * To twice the size: each of the four phases (even or odd row, even or odd column) is a convolution of x with every
 * second tap, and they are laced into one another. What a convolution of an enlarged image does is this, too, with 4/9 of
 * its work.
 */
const phases: Rule = (blocking, { inputs: [x, w], attributes }) => {
  if (attributes.groups !== 1 || !blocking.fits(x.shape, 'image') || !blocking.fits(w.shape, 'kernel'))
    return undefined;
  const found = phasesOf(x.shape.slice(2), w.shape.slice(2), attributes as ConvTransposeAttributes);
  if (!found) return undefined;
  const weights = blocking.swappedKernel(w);
  const [ob, ib] = weights.shape;
  const [up, across] = found;
  const of = (row: Phase, column: Phase) => {
    const shape = [ob, ib, row.taps.length, column.taps.length];
    const part = kernelOfTaps(weights, shape, (o, i, y, z) => [o, i, row.taps[y], column.taps[z]]);
    return blockedConv(blocking.image(x), part, {
      pads: [row.before, column.before, row.after, column.after],
    });
  };
  return image(laced(up.map((row) => across.map((column) => of(row, column)))));
};

export const convRules: Readonly<Record<string, readonly Rule[]>> = {
  conv: [ofBlocks, depthwise, ofThinImage, toFewChannels, ofFilledBlocks],
  convTranspose: [flipped, phases, doublingToFewChannels],
};
