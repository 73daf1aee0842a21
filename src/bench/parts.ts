import { NEXT_PREFIX } from '../core/state.ts';
import type { Tensors } from '../core/tensor.ts';
import { Graph } from '../graph/graph.ts';
import type { Program } from '../graph/program.ts';
import { ENCODER_TAPS, encode } from '../nn/encoder.ts';
import { type Architecture, decode, type Extent } from '../nn/model.ts';
import { type StepGraph, type StepOptions, stepGraph } from '../nn/step-graph.ts';

type Batches = Extent & { readonly batch: number };

/** The encoder alone: input `image` [N, 3, H, W]; its taps become part of the engine's state, so nothing is copied. */
export function encoderGraph(encoder: Tensors, { batch, height, width }: Batches): Program {
  const graph = new Graph();
  const taps = encode(graph, encoder, graph.input('image', [batch, 3, height, width]));
  const outputs = Object.fromEntries(ENCODER_TAPS.map(({ name }, i) => [NEXT_PREFIX + name, taps[i]]));
  return { outputs };
}

/** A training step of the decoder alone, its taps taken from the engine's state. */
export function decoderStep(architecture: Architecture, options: StepOptions & Batches): StepGraph {
  const { batch, height, width } = options;
  return stepGraph((context) => {
    const taps = ENCODER_TAPS.map(({ name, channels, stride }) =>
      context.graph.input(name, [batch, channels, height / stride, width / stride]),
    );
    return decode(context, architecture, taps);
  }, options);
}
