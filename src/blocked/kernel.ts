import { matmul } from '../ops/linalg.ts';
import { reshape } from '../ops/movement.ts';
import { kernel, kernelOfTaps, type Rule, swapKernel } from './blocking.ts';

const exchanged: Rule = (blocking, { inputs: [w], attributes }) =>
  `${attributes.order}` === '1,0,2,3' && blocking.is(w, 'kernel')
    ? kernel(swapKernel(blocking.kernel(w)))
    : undefined;

const flipped: Rule = (blocking, { inputs: [w] }) => {
  if (!blocking.is(w, 'kernel')) return undefined;
  const blocks = blocking.kernel(w);
  const [a, b, kh, kw] = blocks.shape;
  return kernel(kernelOfTaps(blocks, [a, b, kh, kw], (i, j, y, x) => [i, j, kh - 1 - y, kw - 1 - x]));
};

const mixed: Rule = (blocking, { inputs: [w], attributes, output }) => {
  if (!blocking.is(w, 'kernel')) return undefined;
  const [a, b, kh, kw, c] = blocking.kernel(w).shape;
  const [, , h, v] = output.shape;
  const matrix = blocking.graph.constant(attributes.matrix as readonly number[], [h * v, kh * kw]);
  const blocks = reshape(blocking.kernel(w), [a * b, kh * kw, c * c]);
  return kernel(reshape(matmul(matrix, blocks), [a, b, h, v, c, c]));
};

export const kernelRules: Readonly<Record<string, readonly Rule[]>> = {
  transpose: [exchanged],
  flipKernel: [flipped],
  mixTaps: [mixed],
};
