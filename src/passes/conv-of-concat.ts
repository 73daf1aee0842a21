import { nodeOf, type Value } from '../graph/graph.ts';
import { type Pass, rewriting } from '../graph/pass.ts';
import { convOperators } from '../ops/conv.ts';
import { add } from '../ops/elementwise.ts';
import { slice } from '../ops/movement.ts';

const { conv, convTranspose } = convOperators;

/** The convolution of a concatenation is the sum of its parts' convolutions: the concatenation is never made. */
export const convOfConcat: Pass = {
  name: 'convolution of a concatenation',
  rewrites: {
    ...rewriting(conv, ({ inputs: [x, w, bias], attributes }) => {
      if (attributes.groups !== 1) return undefined;
      const parts = channelParts(x)?.map(({ part, start, stop }) => {
        const inputs = [part, slice(w, 1, start, stop)];
        const last = bias && stop === x.shape[1];
        return x.graph.apply(conv, last ? [...inputs, bias] : inputs, attributes);
      });
      return parts?.reduce((a, b) => add(a, b));
    }),
    ...rewriting(convTranspose, ({ inputs: [x, w], attributes }) => {
      if (attributes.groups !== 1) return undefined;
      const parts = channelParts(x)?.map(({ part, start, stop }) =>
        x.graph.apply(convTranspose, [part, slice(w, 0, start, stop)], attributes),
      );
      return parts?.reduce((a, b) => add(a, b));
    }),
  },
};

/** What a concatenation along the channels is made of, and where each part starts and stops. */
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
