import type { Node, Value } from '../graph/graph.ts';
import type { Attributes, Form, Operator, OperatorForms } from '../graph/operator.ts';
import { convOperators } from '../ops/conv.ts';
import type { ConvAttributes, ConvTransposeAttributes } from '../ops/conv-geometry.ts';
import { add } from '../ops/elementwise.ts';
import { concat, pad, reshape, slice } from '../ops/movement.ts';
import { reduceOperators, zeros } from '../ops/reduce.ts';

const { conv, convTranspose } = convOperators;

/** The provider computes so many channels at once, where their number allows it. */
const lanes = (channels: number) => [4, 2, 1].find((count) => channels % count === 0)!;

/**
 * Ways around what the WebGPU provider of ONNX Runtime 1.30 computes wrongly, or has no kernel for. The conditions were found by
 * running single convolutions of drawn shapes beside the processor: inside them results are off by as much as they are large, outside
 * none was by more than 1e-5 of that. `scripts/evidence/device-operators.ts` looks for more; docs/gpu.md has what it found.
 */
export const webgpuForms: OperatorForms = {
  ...formsOf<ConvAttributes>(conv, [
    {
      // Channels that are computed at once take the inputs of the first one's group, though others lie in the next.
      name: 'groups of a multiple of four outputs',
      fits: ({ inputs: [, w], attributes: { groups } }) => {
        const outputs = w.shape[0] / groups;
        return groups > 1 && outputs >= 4 && outputs % lanes(w.shape[0]) !== 0;
      },
      expand: withMoreOutputs,
    },
    {
      // Where the kernel is as large as the image, zeros below and beside that are forgotten.
      name: 'a kernel with a row of zeros',
      fits: ({ inputs: [x, w], attributes: { groups, pads } }) =>
        groups === 1 &&
        [0, 1].every((axis) => x.shape[axis + 2] === w.shape[axis + 2] && pads[axis] === 0) &&
        (pads[2] > 0 || pads[3] > 0),
      expand: ({ inputs: [x, w, ...bias], attributes }) => {
        const [top, left, bottom, right] = attributes.pads;
        const pads = [top, left, bottom + attributes.dilations[0], right];
        return x.graph.apply(conv, [x, withZeros(w, 2, 1), ...bias], { ...attributes, pads });
      },
    },
    {
      // By three channels at once it divides their number by four.
      name: 'a multiple of four inputs',
      fits: ({ inputs: [x, w], attributes: { groups } }) => {
        const inputs = x.shape[1];
        return groups === 1 && inputs > 3 && inputs % 3 === 0 && inputs % 4 !== 0 && w.shape[0] % 4 === 0;
      },
      expand: ({ inputs: [x, w, ...bias], attributes }) => {
        const more = missing(x.shape[1]);
        return x.graph.apply(conv, [pad(x, 1, 0, more), withZeros(w, 1, more), ...bias], attributes);
      },
    },
  ]),
  ...formsOf<ConvTransposeAttributes>(convTranspose, [
    {
      // Of an even number of inputs a group two or four are read at once, with weights that lie elsewhere.
      name: 'groups of two outputs',
      fits: ({ inputs: [x, w], attributes: { groups } }) =>
        groups > 1 && w.shape[1] === 1 && (x.shape[1] / groups) % 2 === 0,
      expand: ({ inputs: [x, w], output, attributes }) => {
        const two = x.graph.apply(convTranspose, [x, withZeros(w, 1, 1)], attributes);
        return firstOfGroups(two, 1, output.shape[1]);
      },
    },
  ]),
  ...formsOf<Record<string, never>>(reduceOperators.total, [
    {
      // There is no Sum: the norms of all gradients would be brought to the processor one by one.
      name: 'pair by pair',
      expand: ({ inputs }) => pairwise(inputs),
    },
  ]),
};

/** The sum, of pairs, then pairs of those. */
function pairwise(values: readonly Value[]): Value {
  if (values.length === 1) return values[0];
  const half = Math.ceil(values.length / 2);
  return add(pairwise(values.slice(0, half)), pairwise(values.slice(half)));
}

/** A kernel, longer along an axis; not by padding, which the runtime would take for padding of the image. */
function withZeros(w: Value, axis: number, count: number): Value {
  return concat([w, zeros(w.graph, w.shape.with(axis, count))], axis);
}

/** Channels of zeros up to a multiple of four. */
const missing = (channels: number) => (4 - (channels % 4)) % 4;

function withMoreOutputs({ inputs: [x, w, bias], output, attributes }: Node<ConvAttributes>): Value {
  const { groups } = attributes;
  const outputs = w.shape[0] / groups;
  const more = missing(outputs);
  const filled = (value: Value) => {
    const rest = value.shape.slice(1);
    const grouped = reshape(value, [groups, outputs, ...rest]);
    return reshape(withZeros(grouped, 1, more), [groups * (outputs + more), ...rest]);
  };
  const inputs = bias ? [x, filled(w), filled(bias)] : [x, filled(w)];
  return firstOfGroups(x.graph.apply(conv, inputs, attributes), outputs, output.shape[1]);
}

/** Of each group of channels the first ones, [N, G A, H, W] -> [N, channels, H, W]. */
function firstOfGroups(value: Value, count: number, channels: number): Value {
  const [n, all, h, w] = value.shape;
  const groups = channels / count;
  return reshape(slice(reshape(value, [n, groups, all / groups, h, w]), 2, 0, count), [n, channels, h, w]);
}

function formsOf<A extends Attributes>({ name }: Operator<A>, forms: readonly Form<A>[]): OperatorForms {
  return { [name]: forms as unknown as readonly Form[] };
}
