import type { Shape } from '../core/shape.ts';
import { differentiate } from '../graph/gradients.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { convOperators } from './conv.ts';
import { add, elementwiseOperators } from './elementwise.ts';
import { kernelOperators } from './kernel.ts';
import { linalgOperators } from './linalg.ts';
import { movementOperators } from './movement.ts';
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

/**
 * Gradients of a scalar with respect to any values of its graph, as values of the same graph.
 *
 * @throws Error naming operator and node where a rule is missing on the way
 */
export function gradients(scalar: Value, targets: readonly Value[]): Value[] {
  return differentiate(scalar, targets, {
    add,
    sumTo,
    zeros: (graph: Graph, shape: Shape) => zeros(graph, shape),
  });
}
