import { formatShape, type Shape, sameShape } from '../core/shape.ts';
import { type Node, nodeOf, type Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';
import { phasesOf } from './conv-phases.ts';
import { weightGradientForms } from './conv-weight-gradient.ts';
import { add, mul } from './elementwise.ts';
import { mixTaps, turned } from './kernel.ts';
import { concat, reshape, slice, transpose } from './movement.ts';
import { sum } from './reduce.ts';

/** How a convolution walks over its input; pairs are height, width. */
export interface ConvAttributes extends Readonly<Record<string, number | readonly number[]>> {
  readonly strides: readonly number[];
  /** Zeros at top, left, bottom, right. */
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
  readonly groups: number;
}

/** Options of a convolution; a number stands for both directions, or for all four sides. */
export interface ConvOptions {
  readonly stride?: number | readonly [number, number];
  /** Zeros on all sides, or at top, left, bottom, right. */
  readonly padding?: number | readonly [number, number, number, number];
  readonly dilation?: number | readonly [number, number];
  readonly groups?: number;
}

/** A transposed convolution says its output's height and width itself: several fit one stride. */
export type ConvTransposeAttributes = ConvAttributes & { readonly extent: readonly number[] };
/** The kernel's height and width cannot be read off the other two tensors. */
export type ConvWeightGradientAttributes = ConvAttributes & { readonly kernel: readonly number[] };

const extentAfter = (
  size: number,
  axis: number,
  kernel: number,
  { strides, pads, dilations }: ConvAttributes,
) =>
  Math.floor((size + pads[axis] + pads[axis + 2] - dilations[axis] * (kernel - 1) - 1) / strides[axis]) + 1;

/** Attributes as ONNX names them. */
const onnxAttributes = ({ strides, pads, dilations, groups }: ConvAttributes) => ({
  strides,
  pads,
  dilations,
  group: groups,
});

const geometry = ({ strides, pads, dilations, groups }: ConvAttributes): ConvAttributes => ({
  strides,
  pads,
  dilations,
  groups,
});

/**
 * The three are closed under differentiation: each is linear in both of its inputs, and the adjoints of one are the
 * other two. y = conv(x, w): dx = convTranspose(dy, w), dw = convWeightGradient(x, dy).
 */
export const convOperators = {
  /** x [N, I, H, W] * w [O, I/groups, KH, KW] (+ bias [O]) -> [N, O, H', W'], as PyTorch's conv2d. */
  conv: {
    name: 'conv',
    shape: ([x, w, bias], attributes, complain) => {
      const { groups } = attributes;
      if (x.length !== 4 || w.length !== 4 || x[1] !== w[1] * groups || w[0] % groups !== 0) {
        throw complain(
          `got x ${formatShape(x)} and w ${formatShape(w)}, expected [N, I, H, W] and [O, I/${groups}, KH, KW]`,
        );
      }
      if (bias && !(bias.length === 1 && bias[0] === w[0])) {
        throw complain(`got bias ${formatShape(bias)}, expected [${w[0]}]`);
      }
      const extent = [0, 1].map((axis) => extentAfter(x[axis + 2], axis, w[axis + 2], attributes));
      if (extent.some((size) => size < 1)) {
        throw complain(
          `got x ${formatShape(x)}, expected at least the kernel's ${w.slice(2).join('x')} with its padding`,
        );
      }
      return [x[0], w[0], ...extent];
    },
    gradient: ({ inputs: [x, w], attributes }, dy, index): Value => {
      if (index === 0) return convTransposeTo(dy, w, x.shape.slice(2), attributes);
      if (index === 1) return convWeightGradient(x, dy, w.shape.slice(2), attributes);
      return reshape(sum(dy, [0, 2, 3]), [dy.shape[1]]);
    },
    narrow: ({ inputs: [x, w, bias], attributes }, axis, start, stop): Value | undefined =>
      axis === 1 && attributes.groups === 1 && !bias
        ? x.graph.apply(convOperators.conv, [x, slice(w, 0, start, stop)], attributes)
        : undefined,
    forms: [
      {
        name: 'plain',
        emit: ({ attributes }, inputs, emitter) => emitter.node('Conv', inputs, onnxAttributes(attributes)),
      },
    ],
  } satisfies Operator<ConvAttributes>,

  /** The adjoint of conv in x: [N, O, H', W'] with w [O, I/groups, KH, KW] -> [N, I, H, W], as PyTorch's conv_transpose2d. */
  convTranspose: {
    name: 'convTranspose',
    shape: ([x, w], attributes, complain) => {
      const { groups, extent } = attributes;
      if (x.length !== 4 || w.length !== 4 || x[1] !== w[0] || w[0] % groups !== 0) {
        throw complain(
          `got x ${formatShape(x)} and w ${formatShape(w)}, expected [N, I, H, W] and [I, O/${groups}, KH, KW]`,
        );
      }
      for (const axis of [0, 1]) {
        const back = extentAfter(extent[axis], axis, w[axis + 2], attributes);
        if (back !== x[axis + 2]) {
          throw complain(
            `got an output of ${extent.join('x')}, expected one whose convolution is ${x.slice(2).join('x')}`,
          );
        }
      }
      return [x[0], w[1] * groups, ...extent];
    },
    gradient: ({ inputs: [x, w], attributes }, dy, index): Value =>
      index === 0
        ? convBy(dy, w, undefined, geometry(attributes))
        : convWeightGradient(dy, x, w.shape.slice(2), attributes),
    narrow: ({ inputs: [x, w], attributes }, axis, start, stop): Value | undefined =>
      axis === 1 && attributes.groups === 1
        ? x.graph.apply(convOperators.convTranspose, [x, slice(w, 1, start, stop)], attributes)
        : undefined,
    forms: [
      {
        // 1.5 to 3 times as fast as ConvTranspose, which multiplies first and adds overlapping columns after.
        name: 'convolution with the flipped kernel',
        fits: ({ inputs: [, w], attributes: { strides, pads, dilations, groups } }) =>
          groups === 1 &&
          strides.every((stride) => stride === 1) &&
          pads.every((count, side) => count <= dilations[side % 2] * (w.shape[(side % 2) + 2] - 1)),
        expand: flippedConvolution,
      },
      {
        // Of four taps each phase sums its own at once, where the runtime adds up rounded products. Of three taps its own
        // way is faster by a third, because there is less to add up.
        name: 'four phases',
        fits: ({ inputs: [x, w], attributes }) =>
          w.shape[2] > 3 && phasesOf(x.shape.slice(2), w.shape.slice(2), attributes) !== undefined,
        expand: inPhases,
      },
      {
        name: 'plain',
        emit: ({ inputs: [x, w], attributes }, inputs, emitter) => {
          const { strides, pads, dilations, extent } = attributes;
          const rest = [0, 1].map(
            (axis) =>
              extent[axis] +
              pads[axis] +
              pads[axis + 2] -
              strides[axis] * (x.shape[axis + 2] - 1) -
              dilations[axis] * (w.shape[axis + 2] - 1) -
              1,
          );
          return emitter.node('ConvTranspose', inputs, {
            ...onnxAttributes(attributes),
            output_padding: rest,
          });
        },
      },
    ],
  } satisfies Operator<ConvTransposeAttributes>,

  /** The adjoint of conv in w: x [N, I, H, W] and dy [N, O, H', W'] -> [O, I/groups, KH, KW]. */
  convWeightGradient: {
    name: 'convWeightGradient',
    shape: ([x, dy], attributes, complain) => {
      const { kernel, groups } = attributes;
      const extent = [0, 1].map((axis) => extentAfter(x[axis + 2], axis, kernel[axis], attributes));
      if (
        x[0] !== dy[0] ||
        x[1] % groups ||
        dy[1] % groups ||
        extent.some((size, axis) => size !== dy[axis + 2])
      ) {
        throw complain(
          `got x ${formatShape(x)} and dy ${formatShape(dy)}, expected dy of ${extent.join('x')} for kernel ${kernel}`,
        );
      }
      return [dy[1], x[1] / groups, ...kernel];
    },
    gradient: ({ inputs: [x, dy], attributes }, dw, index): Value =>
      index === 0
        ? convTransposeTo(dy, dw, x.shape.slice(2), attributes)
        : dw.graph.apply(convOperators.conv, [x, dw], geometry(attributes)),
    forms: weightGradientForms,
  } satisfies Operator<ConvWeightGradientAttributes>,
};

function attributesOf({ stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions): ConvAttributes {
  const pair = (value: number | readonly number[]) =>
    typeof value === 'number' ? [value, value] : [...value];
  return {
    strides: pair(stride),
    pads: typeof padding === 'number' ? [padding, padding, padding, padding] : [...padding],
    dilations: pair(dilation),
    groups,
  };
}

/**
 * x [N, I, H, W] convolved with w [O, I/groups, KH, KW], plus bias [O] if given -> [N, O, H', W'].
 *
 * Unless the graph is literal, a concatenated x is never made, nor one that is enlarged: the convolution is the sum of
 * those of its parts, and that of an enlarged part a transposed one of four ninths of the work.
 */
export function conv(x: Value, w: Value, options: ConvOptions & { readonly bias?: Value } = {}): Value {
  const parts = x.graph.literal ? undefined : (convOfParts(x, w, options) ?? convOfEnlarged(x, w, options));
  if (parts) return parts;
  return convBy(x, w, options.bias, attributesOf(options));
}

/** The numbers a channel [1, C, 1, 1] that an image is multiplied by: for kernels to take them in, which are smaller. */
function channelFactor(x: Value, { groups }: ConvAttributes): { image: Value; factor: Value } | undefined {
  const node = nodeOf(x);
  if (node?.operator.name !== 'mul' || groups !== 1 || x.graph.literal) return undefined;
  const [image, factor] = node.inputs;
  const numbers = [1, x.shape[1], 1, 1];
  return sameShape(image.shape, x.shape) && sameShape(factor.shape, numbers) ? { image, factor } : undefined;
}

/** Kernels with one of their first two axes multiplied by [1, C, 1, 1]. */
function scaledKernel(w: Value, axis: 0 | 1, factor: Value): Value {
  return mul(w, axis === 1 ? factor : transpose(factor, [1, 0, 2, 3]));
}

function convBy(x: Value, w: Value, bias: Value | undefined, attributes: ConvAttributes): Value {
  const scaled = channelFactor(x, attributes);
  if (scaled) return convBy(scaled.image, scaledKernel(w, 1, scaled.factor), bias, attributes);
  return x.graph.apply(convOperators.conv, bias ? [x, w, bias] : [x, w], attributes);
}

/** Starts and stops of what a concatenation along the channels is made of. */
function channelParts(x: Value): { part: Value; start: number; stop: number }[] | undefined {
  const node = nodeOf(x);
  if (node?.operator.name !== 'concat' || node.attributes.axis !== 1) return undefined;
  let stop = 0;
  return node.inputs.map((part) => {
    const start = stop;
    stop += part.shape[1];
    return { part, start, stop };
  });
}

function convOfParts(
  x: Value,
  w: Value,
  options: ConvOptions & { readonly bias?: Value },
): Value | undefined {
  const parts = channelParts(x);
  if (!parts || (options.groups ?? 1) !== 1) return undefined;
  return parts
    .map(({ part, start, stop }, i) =>
      conv(
        part,
        slice(w, 1, start, stop),
        i === parts.length - 1 ? options : { ...options, bias: undefined },
      ),
    )
    .reduce((a, b) => add(a, b));
}

/** For each of four taps t of the wide kernel the three it is made of: row 2r - 1 + t of the output reads row r by tap i. */
const SPREAD = [
  [0, 0, 1],
  [0, 1, 1],
  [1, 1, 0],
  [1, 0, 0],
];

/** A kernel 3x3 over an image enlarged twice reads each of its pixels in four by four places. */
const WIDENING = SPREAD.flatMap((row) =>
  SPREAD.flatMap((column) => row.flatMap((a) => column.map((b) => a * b))),
);

function convOfEnlarged(
  x: Value,
  w: Value,
  { bias, ...options }: ConvOptions & { readonly bias?: Value },
): Value | undefined {
  const node = nodeOf(x);
  if (node?.operator.name !== 'upsampleNearest' || node.attributes.factor !== 2) return undefined;
  const { strides, pads, dilations, groups } = attributesOf(options);
  const near = [...w.shape.slice(2), ...strides, ...pads, ...dilations, groups].join();
  if (near !== '3,3,1,1,1,1,1,1,1,1,1') return undefined;
  const wide = transpose(mixTaps(w, WIDENING, [4, 4]), [1, 0, 2, 3]);
  const y = convTranspose(node.inputs[0], wide, { stride: 2, padding: 1 });
  return bias ? add(y, reshape(bias, [1, y.shape[1], 1, 1])) : y;
}

/**
 * x [N, I, H, W] by transposed convolution with w [I, O/groups, KH, KW] -> [N, O, H', W'] with
 * H' = (H - 1) stride - top - bottom + dilation (KH - 1) + outputPadding + 1, as PyTorch's conv_transpose2d.
 */
export function convTranspose(
  x: Value,
  w: Value,
  options: ConvOptions & { readonly outputPadding?: number } = {},
): Value {
  const parts = x.graph.literal || (options.groups ?? 1) !== 1 ? undefined : channelParts(x);
  if (parts) {
    return parts
      .map(({ part, start, stop }) => convTranspose(part, slice(w, 0, start, stop), options))
      .reduce((a, b) => add(a, b));
  }
  const attributes = attributesOf(options);
  const { strides, pads, dilations } = attributes;
  const extent = [0, 1].map(
    (axis) =>
      (x.shape[axis + 2] - 1) * strides[axis] -
      pads[axis] -
      pads[axis + 2] +
      dilations[axis] * (w.shape[axis + 2] - 1) +
      (options.outputPadding ?? 0) +
      1,
  );
  return convTransposeTo(x, w, extent, attributes);
}

function convTransposeTo(x: Value, w: Value, extent: Shape, attributes: ConvAttributes): Value {
  const scaled = channelFactor(x, attributes);
  if (scaled) return convTransposeTo(scaled.image, scaledKernel(w, 0, scaled.factor), extent, attributes);
  return x.graph.apply(convOperators.convTranspose, [x, w], { ...geometry(attributes), extent });
}

function convWeightGradient(x: Value, dy: Value, kernel: Shape, attributes: ConvAttributes): Value {
  for (const [axis, image] of [dy, x].entries()) {
    const scaled = channelFactor(image, attributes);
    if (!scaled) continue;
    const sides = axis === 0 ? ([x, scaled.image] as const) : ([scaled.image, dy] as const);
    return scaledKernel(convWeightGradient(...sides, kernel, attributes), axis as 0 | 1, scaled.factor);
  }
  return x.graph.apply(convOperators.convWeightGradient, [x, dy], { ...geometry(attributes), kernel });
}

/** With stride 1 the adjoint of a convolution is a convolution with input and output exchanged and the kernel turned by 180°. */
function flippedConvolution({ inputs: [x, w], attributes }: Node<ConvTransposeAttributes>): Value {
  const { pads, dilations, extent } = attributes;
  const [, , kh, kw] = w.shape;
  const reach = [dilations[0] * (kh - 1), dilations[1] * (kw - 1)];
  const [top, left] = [reach[0] - pads[0], reach[1] - pads[1]];
  // What is left over at the end is set by the extent: rows that the convolution did not reach stay zero.
  const bottom = extent[0] - (x.shape[2] + top - reach[0]);
  const right = extent[1] - (x.shape[3] + left - reach[1]);
  return conv(x, turned(transpose(w, [1, 0, 2, 3])), {
    padding: [top, left, bottom, right],
    dilation: [dilations[0], dilations[1]],
  });
}

/** To twice the size by four convolutions of x, one for even and odd rows and columns, laced into one another. */
function inPhases({ inputs: [x, w], attributes }: Node<ConvTransposeAttributes>): Value {
  const [, outputs, kh, kw] = w.shape;
  const kernel = turned(transpose(w, [1, 0, 2, 3]));
  const [up, across] = phasesOf(x.shape.slice(2), [kh, kw], attributes)!;
  const parts = up.flatMap((row) =>
    across.map((column) => {
      const rows = slice(kernel, 2, kh - 1 - row.taps[0], kh, 2);
      const taps = slice(rows, 3, kw - 1 - column.taps[0], kw, 2);
      return conv(x, taps, { padding: [row.before, column.before, row.after, column.after] });
    }),
  );
  const [n, , h, v] = x.shape;
  const phases = reshape(concat(parts, 1), [n, 2, 2, outputs, h, v]);
  return reshape(transpose(phases, [0, 3, 4, 1, 5, 2]), [n, outputs, 2 * h, 2 * v]);
}
