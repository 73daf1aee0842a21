import type { Value } from '../graph/graph.ts';
import { sigmoid } from '../ops/elementwise.ts';

/** What becomes of a network's linear output [N, C, H, W] when it is used. */
const activations = {
  /** Nothing. */
  linear: (x: Value) => x,
  /** Each channel a probability of its own. */
  sigmoid,
};

/** A network's output: how many channels, and what they are. */
export interface Head {
  readonly channels: number;
  readonly activation: keyof typeof activations;
}

/** The probability of one class, pixel by pixel. */
export const MASK_HEAD: Head = { channels: 1, activation: 'sigmoid' };

/** RGB in [-1, 1], not clipped. */
export const IMAGE_HEAD: Head = { channels: 3, activation: 'linear' };

/** A network's output as it is used: probabilities, or an image. */
export function activate({ activation }: Head, linear: Value): Value {
  return activations[activation](linear);
}
