import type { Shape } from '../core/shape.ts';
import { NEXT_PREFIX } from '../core/state.ts';
import { reachable, type Value } from '../graph/graph.ts';
import type { Program } from '../graph/program.ts';
import { Blocking, type Rule } from './blocking.ts';
import { convRules } from './conv.ts';
import { depthwiseRules } from './depthwise.ts';
import { elementwiseRules } from './elementwise.ts';
import { kernelRules } from './kernel.ts';
import { pointwiseRules } from './pointwise.ts';
import { poolRules } from './pool.ts';
import { weightGradientRules } from './weight-gradient.ts';

/** Which operator is written how, best first; where none fits, the operator stays plain. */
const rules = merged([
  convRules,
  depthwiseRules,
  pointwiseRules,
  poolRules,
  weightGradientRules,
  elementwiseRules,
  kernelRules,
]);

export interface InBlocks {
  readonly outputs: Readonly<Record<string, Value>>;
  /** Stored tensors that lie in the kernel's layout, with their plain shapes. */
  readonly kernels: Readonly<Record<string, Shape>>;
}

/**
 * A program's outputs made in the runtime's blocked layouts as far as rules say so, in a graph of its own.
 *
 * @param block channels in a block of this runtime, 8 or 16
 */
export function inBlocks({ outputs, stored = [] }: Program, block: number): InBlocks {
  const names = new Set(stored);
  const blocking = new Blocking(block, rules, names);
  blocking.write(Object.values(outputs));
  const kernels: Record<string, Shape> = {};
  const written = Object.entries(outputs).map(([output, value]) => {
    const name = output.startsWith(NEXT_PREFIX) ? output.slice(NEXT_PREFIX.length) : undefined;
    const layout = name && names.has(name) && blocking.fits(value.shape, 'kernel') ? 'kernel' : 'plain';
    return [output, blocking.in(layout, value)] as const;
  });
  for (const { origin, name, shape } of reachable(Object.values(outputs)))
    if (origin.kind === 'input' && names.has(name) && blocking.fits(shape, 'kernel')) kernels[name] = shape;
  return { outputs: Object.fromEntries(written), kernels };
}

function merged(sets: readonly Readonly<Record<string, readonly Rule[]>>[]) {
  const rules: Record<string, Rule[]> = {};
  for (const [operator, each] of sets.flatMap(Object.entries<readonly Rule[]>))
    rules[operator] = [...(rules[operator] ?? []), ...each];
  return rules;
}
