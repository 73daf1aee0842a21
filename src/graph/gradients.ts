import { formatShape, sameShape } from '../core/shape.ts';
import type { Graph, Node, Value } from './graph.ts';
import { nodeOf, reachable } from './graph.ts';

/** The three operators the walk itself needs; the room of operators provides them. */
export interface WalkOperators {
  add(a: Value, b: Value): Value;
  /** Sums the axes that broadcasting from `shape` has added or stretched. */
  sumTo(value: Value, shape: readonly number[]): Value;
  zeros(graph: Graph, shape: readonly number[]): Value;
}

/**
 * Reverse-mode differentiation: the gradients of a scalar with respect to targets (any values of its graph),
 * as new values of the same graph. Only paths that lead from the scalar to a target are walked, so whatever
 * lies before the targets (a frozen encoder) costs nothing and needs no gradient rules.
 *
 * @returns one gradient a target, of the target's shape; zeros where the scalar does not depend on it
 * @throws Error if the first is no scalar or a target is of another graph; and one naming operator and node where a rule is missing on such a path
 */
export function differentiate(scalar: Value, targets: readonly Value[], operators: WalkOperators): Value[] {
  const { graph } = scalar;
  if (scalar.shape.length > 0) {
    throw new Error(
      `gradients: got ${scalar.name} of shape ${formatShape(scalar.shape)}, expected a scalar; sum it first`,
    );
  }
  for (const target of targets) {
    if (target.graph !== graph)
      throw new Error(`gradients: got target ${target.name} of another graph, expected one graph`);
  }
  const order = reachable([scalar]);
  const onPath = new Set<Value>();
  for (const value of order) {
    if (targets.includes(value) || nodeOf(value)?.inputs.some((input) => onPath.has(input)))
      onPath.add(value);
  }

  const gradients = new Map<Value, Value>();
  gradients.set(scalar, graph.constant(1, scalar.shape));
  for (const value of order.reverse()) {
    const dy = gradients.get(value);
    const node = nodeOf(value);
    if (!dy || !node || !onPath.has(value)) continue;
    graph.scope('gradient', () =>
      graph.scope(value.name, () => {
        for (const [index, input] of node.inputs.entries()) {
          if (!onPath.has(input)) continue;
          const part = gradientRule(node)(node, dy, index);
          if (!part) continue;
          const reduced = sameShape(part.shape, input.shape) ? part : operators.sumTo(part, input.shape);
          const sum = gradients.get(input);
          gradients.set(input, sum ? operators.add(sum, reduced) : reduced);
        }
      }),
    );
  }
  return targets.map((target) => gradients.get(target) ?? operators.zeros(graph, target.shape));
}

function gradientRule(node: Node) {
  const { gradient, name } = node.operator;
  if (!gradient) {
    throw new Error(
      `gradient of ${name} at ${node.output.name}: got no rule, expected one on every path to a target; freeze what lies before it or add the rule`,
    );
  }
  return gradient;
}
