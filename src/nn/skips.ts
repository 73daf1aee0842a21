import type { Value } from '../graph/graph.ts';
import { mul } from '../ops/elementwise.ts';

/**
 * What a skip connection is multiplied by: 1 = on, 0 = off, or a value of the graph that broadcasts to
 * [N, C, H, W] (a gate that is drawn, learned, or fed). Shapes never depend on it.
 */
export type Gate = number | Value;

/** The tap behind its gate. */
export function gated(tap: Value, gate: Gate): Value {
  return gate === 1 ? tap : mul(tap, gate);
}
