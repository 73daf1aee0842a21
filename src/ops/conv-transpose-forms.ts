import type { Node, Value } from '../graph/graph.ts';
import type { Form } from '../graph/operator.ts';
import {
  type Convolve,
  type ConvTransposeAttributes,
  onnxAttributes,
  padsOfFlipped,
} from './conv-geometry.ts';
import { phasesOf } from './conv-phases.ts';
import { flipKernel } from './kernel.ts';
import { concat, reshape, slice, transpose } from './movement.ts';

type Transposed = Node<ConvTransposeAttributes>;

/** The ways to carry out a transposed convolution, most of them by convolutions. */
export const convTransposeForms = (convolve: Convolve): readonly Form<ConvTransposeAttributes>[] => [
  {
    // 1.5 to 3 times as fast as ConvTranspose, which multiplies first and adds overlapping columns after.
    name: 'convolution with the flipped kernel',
    fits: ({ inputs: [x, w], attributes }) =>
      attributes.groups === 1 && padsOfFlipped(x.shape.slice(2), w.shape.slice(2), attributes) !== undefined,
    expand: (node) => flippedConvolution(node, convolve),
  },
  {
    // Of four taps each phase sums its own at once, where the runtime adds up rounded products. Of three taps its own
    // way is faster by a third, because there is less to add up.
    name: 'four phases',
    fits: ({ inputs: [x, w], attributes }) =>
      attributes.groups === 1 &&
      w.shape[2] > 3 &&
      phasesOf(x.shape.slice(2), w.shape.slice(2), attributes) !== undefined,
    expand: (node) => inPhases(node, convolve),
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
];

/** With stride 1 the adjoint of a convolution is a convolution with input and output exchanged and the kernel turned by 180°. */
function flippedConvolution({ inputs: [x, w], attributes }: Transposed, convolve: Convolve): Value {
  const { dilations } = attributes;
  return convolve(x, flipKernel(transpose(w, [1, 0, 2, 3])), {
    padding: padsOfFlipped(x.shape.slice(2), w.shape.slice(2), attributes),
    dilation: [dilations[0], dilations[1]],
  });
}

/** To twice the size by four convolutions of x, one for even and odd rows and columns, laced into one another. */
function inPhases({ inputs: [x, w], attributes }: Transposed, convolve: Convolve): Value {
  const [, outputs, kh, kw] = w.shape;
  const kernel = flipKernel(transpose(w, [1, 0, 2, 3]));
  const [up, across] = phasesOf(x.shape.slice(2), [kh, kw], attributes)!;
  const parts = up.flatMap((row) =>
    across.map((column) => {
      const rows = slice(kernel, 2, kh - 1 - row.taps[0], kh, 2);
      const taps = slice(rows, 3, kw - 1 - column.taps[0], kw, 2);
      return convolve(x, taps, { padding: [row.before, column.before, row.after, column.after] });
    }),
  );
  const [n, , h, v] = x.shape;
  const phases = reshape(concat(parts, 1), [n, 2, 2, outputs, h, v]);
  return reshape(transpose(phases, [0, 3, 4, 1, 5, 2]), [n, outputs, 2 * h, 2 * v]);
}
