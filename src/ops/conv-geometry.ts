import type { Value } from '../graph/graph.ts';

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

/** Applies a convolution: the forms of its adjoints are made of it. */
export type Convolve = (x: Value, w: Value, options: ConvOptions) => Value;

/** Outputs of a convolution along one axis: 0 is height, 1 is width. */
export const extentAfter = (
  size: number,
  axis: number,
  kernel: number,
  { strides, pads, dilations }: ConvAttributes,
) =>
  Math.floor((size + pads[axis] + pads[axis + 2] - dilations[axis] * (kernel - 1) - 1) / strides[axis]) + 1;

/**
 * The zeros around x with which a convolution by the turned kernel is the transposed convolution of x, steps being of one
 * pixel. What is left over at the end is set by the extent: rows that the convolution did not reach stay zero.
 *
 * @param x height and width
 * @returns undefined where strides are not 1, or it would have to be fewer than none
 */
export function padsOfFlipped(
  x: readonly number[],
  kernel: readonly number[],
  { strides, pads, dilations, extent }: ConvTransposeAttributes,
): [number, number, number, number] | undefined {
  if (strides.some((stride) => stride !== 1)) return undefined;
  const reach = [0, 1].map((axis) => dilations[axis] * (kernel[axis] - 1));
  const before = reach.map((size, axis) => size - pads[axis]);
  const after = reach.map((size, axis) => extent[axis] - (x[axis] + before[axis] - size));
  if ([...before, ...after].some((count) => count < 0)) return undefined;
  return [before[0], before[1], after[0], after[1]];
}

/** Attributes as ONNX names them. */
export const onnxAttributes = ({ strides, pads, dilations, groups }: ConvAttributes) => ({
  strides,
  pads,
  dilations,
  group: groups,
});

/** These attributes and no others. */
export const geometry = ({ strides, pads, dilations, groups }: ConvAttributes): ConvAttributes => ({
  strides,
  pads,
  dilations,
  groups,
});

/** What options mean. */
export function attributesOf({
  stride = 1,
  padding = 0,
  dilation = 1,
  groups = 1,
}: ConvOptions): ConvAttributes {
  const pair = (value: number | readonly number[]) =>
    typeof value === 'number' ? [value, value] : [...value];
  return {
    strides: pair(stride),
    pads: typeof padding === 'number' ? [padding, padding, padding, padding] : [...padding],
    dilations: pair(dilation),
    groups,
  };
}
