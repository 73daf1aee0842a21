import type { Shape } from '../core/shape.ts';
import type { Size } from '../core/size.ts';
import type { Tensors } from '../core/tensor.ts';
import { Graph, type Value } from '../graph/graph.ts';
import type { Program } from '../graph/program.ts';
import { passes } from '../passes/index.ts';
import { ModelContext } from './context.ts';
import { type Encoder, encode, type Tap } from './encoder.ts';

/** Images of a graph: how many, and their size. */
export type Batches = Size & { readonly batch: number };

/** The shape of a tap [N, C, h, w] for a batch of images of this size. */
export function tapShape({ channels, stride }: Tap, { batch, height, width }: Batches): Shape {
  return [batch, channels, height / stride, width / stride];
}

/** Shapes of the encoder's taps, by name. */
export function tapShapes({ taps }: Pick<Encoder, 'taps'>, batches: Batches): ReadonlyMap<string, Shape> {
  return new Map(taps.map((tap) => [tap.name, tapShape(tap, batches)]));
}

/**
 * The encoder's taps of the input `image` [N, 3, H, W], in [-1, 1]; where the context has no encoder, or that is a model of its own,
 * inputs under the taps' names.
 */
export function tapsOf(context: ModelContext, encoder: Encoder, batches: Batches): Value[] {
  const { graph } = context;
  if (context.encodes && !encoder.model) {
    return encode(context, encoder, graph.input('image', [batches.batch, 3, batches.height, batches.width]));
  }
  return Array.from(tapShapes(encoder, batches), ([name, shape]) => graph.input(name, shape));
}

/**
 * The encoder alone: input `image` [N, 3, H, W], in [-1, 1], the taps its outputs.
 *
 * @param live.trained names of its tensors that are inputs, `encoder.<name>` behind `live.inputPrefix`; the others are constants
 */
export function encoderGraph(
  encoder: Encoder,
  weights: Tensors,
  batches: Batches,
  live: { readonly trained?: ReadonlySet<string>; readonly inputPrefix?: string } = {},
): Program {
  const context = new ModelContext(new Graph(passes), 'evaluate', { encoder: weights, ...live });
  const taps = tapsOf(context, encoder, batches);
  return {
    outputs: Object.fromEntries(encoder.taps.map(({ name }, i) => [name, taps[i]])),
    stored: context.specs.map(({ name }) => (live.inputPrefix ?? '') + name),
  };
}
