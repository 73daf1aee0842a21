import type { RandomStream } from '../../src/core/random.ts';
import type { Shape } from '../../src/core/shape.ts';
import type { Value } from '../../src/graph/graph.ts';
import { elementwise, type NdArray } from './reference.ts';

/** An input of a case: its shape and how its elements are drawn. */
export interface InputSpec {
  readonly shape: Shape;
  draw(stream: RandomStream, index: number): number;
  /** Gradients are asked for a target alone; a constant is part of the graph instead of being fed. */
  readonly role?: 'target' | 'fed' | 'constant';
}

/** A piece of graph, the same in float64, and what goes in. */
export interface OperatorCase {
  readonly name: string;
  readonly inputs: readonly InputSpec[];
  build(inputs: Value[]): Value;
  reference(inputs: NdArray[]): NdArray;
  /** Allowed difference, as a part of the largest element; 1e-5 for values, twice that for gradients. */
  readonly tolerance?: number;
  /** Step of the central differences. */
  readonly step?: number;
  /** False for an operator that has no gradient rule. */
  readonly differentiable?: boolean;
}

/** Elements in [from, to). */
export const uniform = (shape: Shape, from = -1.5, to = 1.5): InputSpec => ({
  shape,
  draw: (stream) => from + (to - from) * stream.uniform(),
});

/** Elements that keep a distance of 0.05 from the kinks. */
export const away = (shape: Shape, kinks: readonly number[], from = -1.5, to = 1.5): InputSpec => ({
  shape,
  draw: (stream) => {
    for (;;) {
      const x = from + (to - from) * stream.uniform();
      if (kinks.every((kink) => Math.abs(x - kink) >= 0.05)) return x;
    }
  },
});

/** Elements close to multiples of 0.2 plus an offset: those of offsets 0 and 0.1 keep a distance of 0.06. */
export const lattice = (shape: Shape, offset: number): InputSpec => ({
  shape,
  draw: (stream) => 0.2 * (stream.integer(15) - 7) + offset + 0.04 * (stream.uniform() - 0.5),
});

/** These elements. */
export const given = (shape: Shape, elements: readonly number[]): InputSpec => ({
  shape,
  draw: (_, index) => elements[index % elements.length],
});

export const constant = (spec: InputSpec): InputSpec => ({ ...spec, role: 'constant' });
export const fed = (spec: InputSpec): InputSpec => ({ ...spec, role: 'fed' });

/** A case of an operator that works element by element. */
export function pointwise(
  name: string,
  operator: (...inputs: Value[]) => Value,
  f: (...values: number[]) => number,
  inputs: readonly InputSpec[],
): OperatorCase {
  const shapes = inputs.map(({ shape }) => `[${shape}]`).join(' ');
  return {
    name: `${name} ${shapes}`,
    inputs,
    build: (values) => operator(...values),
    reference: (arrays) => elementwise(...arrays)(f),
  };
}
