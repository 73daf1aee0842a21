import type { Size } from '../../core/size.ts';
import type { Tensors } from '../../core/tensor.ts';
import { Graph } from '../../graph/graph.ts';
import type { Program } from '../../graph/program.ts';
import { ModelContext } from '../../nn/context.ts';
import { tapsOf } from '../../nn/features.ts';
import { type Architecture, decode, levelOf } from '../../nn/model.ts';
import { passes } from '../../passes/index.ts';

/**
 * What the levels of a decoder make: inputs the encoder's taps, by their names; outputs the last features of each level,
 * `decoder.blocks.0` [N, C, h, w] and so on, deep to shallow.
 */
export function levelGraph(
  architecture: Architecture,
  options: Size & { readonly batch: number; readonly weights: Tensors },
): Program {
  const graph = new Graph(passes);
  const context = new ModelContext(graph, 'evaluate', { baked: options.weights });
  decode(context, architecture, tapsOf(context, architecture.encoder, options));
  return {
    outputs: Object.fromEntries(Array.from(context.activations, ([layer, value]) => [levelOf(layer), value])),
  };
}

/** Features [C, h, w] at every so many-th position, so that at most `most` are left: [C, positions]. */
export function thinned(features: Float32Array, channels: number, most: number): Float32Array {
  const area = features.length / channels;
  const step = Math.ceil(area / most);
  const positions = Math.ceil(area / step);
  const result = new Float32Array(channels * positions);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < positions; i++) result[c * positions + i] = features[c * area + i * step];
  return result;
}
