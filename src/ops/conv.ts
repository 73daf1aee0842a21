import { formatShape, type Shape } from '../core/shape.ts';
import type { Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';
import {
  attributesOf,
  type ConvAttributes,
  type ConvOptions,
  type ConvTransposeAttributes,
  type ConvWeightGradientAttributes,
  extentAfter,
  geometry,
  onnxAttributes,
} from './conv-geometry.ts';
import { convTransposeForms } from './conv-transpose-forms.ts';
import { weightGradientForms } from './conv-weight-gradient.ts';
import { reshape } from './movement.ts';
import { sum } from './reduce.ts';

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
        ? dy.graph.apply(convOperators.conv, [dy, w], geometry(attributes))
        : convWeightGradient(dy, x, w.shape.slice(2), attributes),
    forms: convTransposeForms(conv),
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
    forms: weightGradientForms(conv),
  } satisfies Operator<ConvWeightGradientAttributes>,
};

/** x [N, I, H, W] convolved with w [O, I/groups, KH, KW], plus bias [O] if given -> [N, O, H', W']. */
export function conv(x: Value, w: Value, options: ConvOptions & { readonly bias?: Value } = {}): Value {
  const { bias } = options;
  return x.graph.apply(convOperators.conv, bias ? [x, w, bias] : [x, w], attributesOf(options));
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
  return x.graph.apply(convOperators.convTranspose, [x, w], { ...geometry(attributes), extent });
}

function convWeightGradient(x: Value, dy: Value, kernel: Shape, attributes: ConvAttributes): Value {
  return x.graph.apply(convOperators.convWeightGradient, [x, dy], { ...geometry(attributes), kernel });
}
