import type { Tensor } from '../../src/core/tensor.ts';
import type { Value } from '../../src/graph/graph.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import type { Kernels } from '../../src/runtime/kernels.ts';

/** Runs a graph once in an engine of its own. */
export async function runGraph(
  outputs: Readonly<Record<string, Value>>,
  feeds: Readonly<Record<string, Tensor>>,
  kernels?: Kernels,
): Promise<Readonly<Record<string, Tensor>>> {
  const engine = new Engine({ threads: 2, kernels });
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
