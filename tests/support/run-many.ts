import type { Tensor } from '../../src/core/tensor.ts';
import type { Value } from '../../src/graph/graph.ts';
import type { Engine } from '../../src/runtime/engine.node.ts';

/** A tensor out of plain numbers. */
export const tensorOf = (shape: readonly number[], elements: ArrayLike<number>): Tensor => ({
  shape,
  data: Float32Array.from(elements),
});

/** Runs a graph once in an engine that stays; returns the outputs as plain numbers. The feeds are copied. */
export async function evaluate<Name extends string>(
  engine: Engine,
  outputs: Readonly<Record<Name, Value>>,
  feeds: Readonly<Record<string, Tensor>> = {},
): Promise<Readonly<Record<Name, number[]>>> {
  const session = await engine.load({ outputs });
  try {
    const copies = Object.entries(feeds).map(([name, { shape, data }]) => [name, tensorOf(shape, data)]);
    const result = await session.run(Object.fromEntries(copies));
    return Object.fromEntries(Object.entries(result).map(([name, { data }]) => [name, [...data]])) as Record<
      Name,
      number[]
    >;
  } finally {
    await session.release();
  }
}
