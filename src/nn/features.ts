import type { Shape } from '../core/shape.ts';
import type { Size } from '../core/size.ts';
import type { Tensors } from '../core/tensor.ts';
import { Graph, type Value } from '../graph/graph.ts';
import type { Program } from '../graph/program.ts';
import { ENCODER_TAPS, type EncoderRange, encode } from './encoder.ts';

type Batches = Size & { readonly batch: number };

/** Shapes of the encoder's taps, by name, for a batch of images of this size. */
export function tapShapes({ batch, height, width }: Batches): ReadonlyMap<string, Shape> {
  return new Map(
    ENCODER_TAPS.map(({ name, channels, stride }) => [
      name,
      [batch, channels, height / stride, width / stride],
    ]),
  );
}

/**
 * The encoder's taps of the input `image` [N, 3, H, W], in [-1, 1]; without an encoder, inputs under the taps' names.
 *
 * @param range what the encoder is fed
 */
export function tapsOf(
  graph: Graph,
  encoder: Tensors | undefined,
  batches: Batches,
  range?: EncoderRange,
): Value[] {
  const { batch, height, width } = batches;
  if (encoder) return encode(graph, encoder, graph.input('image', [batch, 3, height, width]), range);
  return Array.from(tapShapes(batches), ([name, shape]) => graph.input(name, shape));
}

/** The encoder alone: input `image` [N, 3, H, W], in [-1, 1], the taps its outputs. */
export function encoderGraph(encoder: Tensors, batches: Batches, range?: EncoderRange): Program {
  const taps = tapsOf(new Graph(), encoder, batches, range);
  return { outputs: Object.fromEntries(ENCODER_TAPS.map(({ name }, i) => [name, taps[i]])) };
}
