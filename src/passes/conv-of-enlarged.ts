import { nodeOf } from '../graph/graph.ts';
import { type Pass, rewriting } from '../graph/pass.ts';
import { convOperators, convTranspose } from '../ops/conv.ts';
import { add } from '../ops/elementwise.ts';
import { mixTaps } from '../ops/kernel.ts';
import { reshape, transpose } from '../ops/movement.ts';

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

/** A convolution 3x3 of an image enlarged twice is a transposed one of the image itself, with 4/9 of the work. */
export const convOfEnlarged: Pass = {
  name: 'convolution of an enlarged image',
  rewrites: rewriting(convOperators.conv, ({ inputs: [x, w, bias], attributes }) => {
    const node = nodeOf(x);
    if (node?.operator.name !== 'upsampleNearest' || node.attributes.factor !== 2) return undefined;
    const { strides, pads, dilations, groups } = attributes;
    const near = [...w.shape.slice(2), ...strides, ...pads, ...dilations, groups].join();
    if (near !== '3,3,1,1,1,1,1,1,1,1,1') return undefined;
    const wide = transpose(mixTaps(w, WIDENING, [4, 4]), [1, 0, 2, 3]);
    const y = convTranspose(node.inputs[0], wide, { stride: 2, padding: 1 });
    return bias ? add(y, reshape(bias, [1, y.shape[1], 1, 1])) : y;
  }),
};
