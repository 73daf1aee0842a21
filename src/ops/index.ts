import type { Shape } from '../core/shape.ts';
import { differentiate } from '../graph/gradients.ts';
import { type Graph, type Node, nodeOf, type Value } from '../graph/graph.ts';
import { convOperators } from './conv.ts';
import { add, elementwiseOperators } from './elementwise.ts';
import { kernelOperators } from './kernel.ts';
import { linalgOperators } from './linalg.ts';
import { concat, movementOperators } from './movement.ts';
import { normOperators } from './norm.ts';
import { poolOperators } from './pool.ts';
import { reduceOperators, sumTo, zeros } from './reduce.ts';
import { resizeOperators } from './resize.ts';

/** Every operator, by name. The tests hold a case for each. */
export const operators = {
  ...elementwiseOperators,
  ...reduceOperators,
  ...linalgOperators,
  ...movementOperators,
  ...normOperators,
  ...convOperators,
  ...kernelOperators,
  ...poolOperators,
  ...resizeOperators,
};

/** a + b; where each is zeros but for its own part along an axis, the parts one after another. */
function added(a: Value, b: Value): Value {
  const [first, second] = [a, b].map((value) => {
    const node = nodeOf(value);
    return node?.operator.name === 'pad' ? node : undefined;
  });
  if (!first || !second) return add(a, b);
  for (const [left, right] of [
    [first, second],
    [second, first],
  ]) {
    const padded = a.shape.flatMap((_, axis) =>
      [left, right].some((each) => zerosAlong(each, axis) > 0) ? [axis] : [],
    );
    const [axis] = padded;
    if (padded.length !== 1 || (left.attributes.before as readonly number[])[axis] !== 0) continue;
    if (left.inputs[0].shape[axis] !== (right.attributes.before as readonly number[])[axis]) continue;
    if ((right.attributes.after as readonly number[])[axis] === 0)
      return concat([left.inputs[0], right.inputs[0]], axis);
  }
  return add(a, b);
}

const zerosAlong = ({ attributes }: Node, axis: number) =>
  (attributes.before as readonly number[])[axis] + (attributes.after as readonly number[])[axis];

/**
 * Gradients of a scalar with respect to any values of its graph, as values of the same graph.
 *
 * @throws Error naming operator and node where a rule is missing on the way
 */
export function gradients(scalar: Value, targets: readonly Value[]): Value[] {
  return differentiate(scalar, targets, {
    add: added,
    sumTo,
    zeros: (graph: Graph, shape: Shape) => zeros(graph, shape),
  });
}
