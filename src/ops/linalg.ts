import { broadcastShapes, formatShape } from '../core/shape.ts';
import type { Value } from '../graph/graph.ts';
import type { Operator } from '../graph/operator.ts';
import { transpose } from './movement.ts';

export const linalgOperators = {
  /** [.., M, K] x [.., K, N] -> [.., M, N]; leading axes broadcast. */
  matmul: {
    name: 'matmul',
    shape: ([a, b], _, complain) => {
      const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
      if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2) || !batch) {
        throw complain(`got ${formatShape(a)} and ${formatShape(b)}, expected [.., M, K] and [.., K, N]`);
      }
      return [...batch, a.at(-2)!, b.at(-1)!];
    },
    gradient: ({ inputs: [a, b] }, dy, index) =>
      index === 0 ? matmul(dy, swapLast(b)) : matmul(swapLast(a), dy),
    forms: [{ name: 'plain', emit: (_, inputs, emitter) => emitter.node('MatMul', inputs) }],
  } satisfies Operator<Readonly<Record<string, never>>>,
};

/** Matrix product over the last two axes; leading axes broadcast. */
export function matmul(a: Value, b: Value): Value {
  return a.graph.apply(linalgOperators.matmul, [a, b], {});
}

/** The last two axes exchanged. */
export function swapLast(x: Value): Value {
  const rank = x.shape.length;
  return transpose(
    x,
    x.shape.map((_, axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis)),
  );
}
