import { sameShape } from '../core/shape.ts';
import { nodeOf, type Value } from '../graph/graph.ts';
import { type Pass, rewriting } from '../graph/pass.ts';
import { convOperators } from '../ops/conv.ts';
import type { ConvAttributes } from '../ops/conv-geometry.ts';
import { mul } from '../ops/elementwise.ts';
import { transpose } from '../ops/movement.ts';

const { conv, convTranspose, convWeightGradient } = convOperators;

/** An image with a factor a channel is convolved as it is: kernels take the factor in, which are smaller than images. */
export const convOfScaled: Pass = {
  name: 'convolution of an image with a factor a channel',
  rewrites: {
    ...rewriting(conv, ({ inputs: [x, w, ...bias], attributes }) => {
      const found = channelFactor(x, attributes);
      return (
        found && x.graph.apply(conv, [found.image, scaledKernel(w, 1, found.factor), ...bias], attributes)
      );
    }),
    ...rewriting(convTranspose, ({ inputs: [x, w], attributes }) => {
      const found = channelFactor(x, attributes);
      return (
        found && x.graph.apply(convTranspose, [found.image, scaledKernel(w, 0, found.factor)], attributes)
      );
    }),
    ...rewriting(convWeightGradient, ({ inputs: [x, dy], attributes }) => {
      const ofOutput = channelFactor(dy, attributes);
      if (ofOutput) {
        const dw = x.graph.apply(convWeightGradient, [x, ofOutput.image], attributes);
        return scaledKernel(dw, 0, ofOutput.factor);
      }
      const ofInput = channelFactor(x, attributes);
      if (!ofInput) return undefined;
      const dw = x.graph.apply(convWeightGradient, [ofInput.image, dy], attributes);
      return scaledKernel(dw, 1, ofInput.factor);
    }),
  },
};

/** The numbers a channel [1, C, 1, 1] that an image is multiplied by. */
function channelFactor(x: Value, { groups }: ConvAttributes): { image: Value; factor: Value } | undefined {
  const node = nodeOf(x);
  if (node?.operator.name !== 'mul' || groups !== 1) return undefined;
  const [image, factor] = node.inputs;
  const numbers = [1, x.shape[1], 1, 1];
  return sameShape(image.shape, x.shape) && sameShape(factor.shape, numbers) ? { image, factor } : undefined;
}

/** Kernels with one of their first two axes multiplied by [1, C, 1, 1]. */
function scaledKernel(w: Value, axis: 0 | 1, factor: Value): Value {
  return mul(w, axis === 1 ? factor : transpose(factor, [1, 0, 2, 3]));
}
