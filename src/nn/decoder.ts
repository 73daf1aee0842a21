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
  /** One for each skip, the shallowest first. */
  readonly gates: readonly Gate[];
  /** Of each tap. */
  readonly strides: readonly number[];
}

/** The upper half of a network. It doubles the deepest tap until it has the image's size, and takes skips in on the way. */
export interface Decoder {
  /** Usual channels of its stages, deep to shallow, where it doubles so many times. */
  channelsFor(doublings: number): readonly number[];
  /** From the encoder's taps to [N, outputs, H, W], linear. */
  build(context: ModelContext, taps: readonly Value[], options: DecoderOptions): Value;
  /**
   * The weight that reads the skip of a stage, stages counted from the deepest, 0: its name, and its axis of input
   * channels. The skip's are the last on it.
   */
  reader(stage: number, doublings: number): { readonly tensor: string; readonly axis: number };
}

/** The skips behind their gates, by the stage that takes them in; stages counted from the deepest, 0. */
export function skipsByStage(
  taps: readonly Value[],
  { gates, strides }: Pick<DecoderOptions, 'gates' | 'strides'>,
): ReadonlyMap<number, Value> {
  const deepest = strides[strides.length - 1];
  return new Map(
    taps.slice(0, -1).map((tap, level) => {
      const gate = gates[level];
      return [Math.log2(deepest / strides[level]) - 1, gate === 1 ? tap : mul(tap, gate)];
    }),
  );
}
