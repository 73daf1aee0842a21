import type { Size } from '../core/size.ts';
import type { Tensors } from '../core/tensor.ts';
import { Graph } from '../graph/graph.ts';
import type { Program } from '../graph/program.ts';
import { passes } from '../passes/index.ts';
import { ModelContext } from './context.ts';
import { tapsOf } from './features.ts';
import { type Architecture, decode } from './model.ts';

/**
 * The network as if it had no batch norm: input `image` [N, 3, H, W], in [-1, 1]; outputs what each batch norm would be
 * given, by the norm's name, as `decoder.blocks.0.conv1.1` [N, C, h, w]. Skips that are dropped at random in training are all
 * there.
 *
 * @param options.weights of the decoder; those of batch norms are not used
 */
export function unnormedGraph(
  architecture: Architecture,
  encoder: Tensors,
  options: Size & { readonly batch: number; readonly weights: Tensors },
): Program {
  const graph = new Graph(passes);
  const context = new ModelContext(graph, 'unnormed', { baked: options.weights, encoder });
  decode(context, architecture, tapsOf(context, architecture.encoder, options));
  return { outputs: Object.fromEntries(context.unnormed) };
}
