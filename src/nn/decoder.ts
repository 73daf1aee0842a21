import type { Value } from '../graph/graph.ts';
import { mul } from '../ops/elementwise.ts';
import type { ModelContext } from './context.ts';

/**
 * What a skip connection is multiplied by: 1 = on, 0 = off, or a value of the graph that broadcasts to
 * [N, C, H, W] (a gate that is drawn, learned, or fed). Shapes never depend on it.
 */
export type Gate = number | Value;

/** What a decoder is told beside its taps. */
export interface DecoderOptions {
  /** Output channels of its stages, deep to shallow. */
  readonly channels: readonly number[];
  /** Channels of the last layer. */
  readonly outputs: number;
  /** One for each of the four skips, stride 2 first. */
  readonly gates: readonly Gate[];
}

/** From the encoder's five taps, strides 2 to 32, to [N, outputs, H, W], linear. */
export type Decoder = (context: ModelContext, taps: readonly Value[], options: DecoderOptions) => Value;

/**
 * The weight that reads the skip of a stage, stages counted from the deepest, 0: its name, and its axis of input
 * channels. The skip's are the last on it.
 */
export type ReaderOf = (stage: number) => { readonly tensor: string; readonly axis: number };

/** The skips behind their gates, deep to shallow. */
export function gatedSkips(taps: readonly Value[], gates: readonly Gate[]): Value[] {
  const skips = taps.slice(0, -1).map((tap, level) => (gates[level] === 1 ? tap : mul(tap, gates[level])));
  return skips.reverse();
}
