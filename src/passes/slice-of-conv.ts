import { nodeOf } from '../graph/graph.ts';
import { type Pass, rewriting } from '../graph/pass.ts';
import { movementOperators, slice } from '../ops/movement.ts';

/** Which axis of a kernel the output's channels are. */
const OUTPUTS: Readonly<Record<string, 0 | 1 | undefined>> = { conv: 0, convTranspose: 1 };

/**
 * Of some channels of a convolution's output no others are made. The gradient of a concatenation asks for its parts, and
 * those of frozen skips nobody asks for.
 */
export const sliceOfConv: Pass = {
  name: 'some channels of a convolution',
  rewrites: rewriting(movementOperators.slice, ({ inputs: [y], attributes }) => {
    const { axis, start, stop, step } = attributes;
    const node = nodeOf(y);
    if (!node) return undefined;
    const outputs = OUTPUTS[node.operator.name];
    if (outputs === undefined || axis !== 1 || step !== 1) return undefined;
    const [x, w, bias] = node.inputs;
    if (node.attributes.groups !== 1 || bias) return undefined;
    return y.graph.apply(node.operator, [x, slice(w, outputs, start, stop)], node.attributes);
  }),
};
