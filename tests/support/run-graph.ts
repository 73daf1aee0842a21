import type { Tensor } from '../../src/core/tensor.ts';
import type { Value } from '../../src/graph/graph.ts';
import { Engine, type EngineOptions } from '../../src/runtime/engine.node.ts';

/** Runs a graph once in an engine of its own. */
export async function runGraph(
  outputs: Readonly<Record<string, Value>>,
  feeds: Readonly<Record<string, Tensor>>,
  how: Omit<EngineOptions, 'threads'> = {},
): Promise<Readonly<Record<string, Tensor>>> {
  const engine = new Engine({ threads: 2, ...how });
  try {
    const session = await engine.load({ outputs });
    // Copies, because fed arrays are handed over.
    const copies = Object.entries(feeds).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.slice() },
    ]);
    return await session.run(Object.fromEntries(copies));
  } finally {
    await engine.close();
  }
}
