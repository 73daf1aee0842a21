import type { Value } from '../graph/graph.ts';
import { exp, sigmoid } from '../ops/elementwise.ts';
import { logSoftmax } from '../ops/reduce.ts';

/** What becomes of a network's linear output [N, C, H, W] when it is used. */
const activations = {
  /** Nothing. */
  linear: (x: Value) => x,
  /** Each channel a probability of its own. */
  sigmoid,
  /** The probabilities of classes of which each pixel has one. */
  softmax: (x: Value) => exp(logSoftmax(x, 1)),
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
