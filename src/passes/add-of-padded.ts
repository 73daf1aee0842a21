import { sameShape } from '../core/shape.ts';
import { type Node, nodeOf } from '../graph/graph.ts';
import { type Pass, rewriting } from '../graph/pass.ts';
import { elementwiseOperators } from '../ops/elementwise.ts';
import { concat } from '../ops/movement.ts';

/**
 * Two tensors that are zeros but for their own parts, which lie one after another, are concatenated, not added: a pass over
 * the parts instead of three over the whole. So the gradient of a kernel is made of those of its parts.
 */
export const addOfPadded: Pass = {
  name: 'sum of padded parts',
  rewrites: rewriting(elementwiseOperators.add, ({ inputs: [a, b] }) => {
    const [first, second] = [nodeOf(a), nodeOf(b)];
    if (first?.operator.name !== 'pad' || second?.operator.name !== 'pad') return undefined;
    if (!sameShape(a.shape, b.shape)) return undefined;
    for (const [left, right] of [
      [first, second],
      [second, first],
    ]) {
      const padded = a.shape.flatMap((_, axis) =>
        [left, right].some((each) => zerosAlong(each, axis) > 0) ? [axis] : [],
      );
      const [axis] = padded;
      if (padded.length !== 1 || zeros(left, 'before')[axis] !== 0) continue;
      if (left.inputs[0].shape[axis] !== zeros(right, 'before')[axis]) continue;
      if (zeros(right, 'after')[axis] === 0) return concat([left.inputs[0], right.inputs[0]], axis);
    }
    return undefined;
  }),
};

const zeros = ({ attributes }: Node, side: 'before' | 'after') => attributes[side] as readonly number[];

const zerosAlong = (node: Node, axis: number) => zeros(node, 'before')[axis] + zeros(node, 'after')[axis];
