import type { Value } from '../graph/graph.ts';
import {
  abs,
  add,
  binaryCrossEntropy,
  div,
  maximum,
  mul,
  neg,
  sigmoid,
  square,
  sub,
} from '../ops/elementwise.ts';
import { broadcastTo, logSoftmax, mean, scalar, sum } from '../ops/reduce.ts';
import { ssimMap } from './ssim.ts';

/**
 * A loss: a scalar from the network's output and its target, both [N, C, H, W].
 * `weight`, if given, broadcasts to them: how much each pixel counts, from 0 (not at all) to 1.
 */
export type Loss = (output: Value, target: Value, weight?: Value) => Value;

/** The weighted mean; 0 if nothing counts. */
function meanOf(errors: Value, weight?: Value): Value {
  if (!weight) return scalar(mean(errors));
  const weights = broadcastTo(weight, errors.shape);
  return scalar(div(sum(mul(errors, weights)), maximum(sum(weights), 1)));
}

/** Mean squared error. */
export const mse: Loss = (output, target, weight) => meanOf(square(sub(output, target)), weight);

/** Mean absolute error. */
export const l1: Loss = (output, target, weight) => meanOf(abs(sub(output, target)), weight);

/**
 * 1 - mean structural similarity of images in [-1, 1], see `ssimMap`. A window reaches beyond the pixels that count: others
 * are taken for as the target has them, so that nothing depends on what the output is there.
 */
export const ssim: Loss = (output, target, weight) => {
  const counted = weight ? add(target, mul(sub(output, target), weight)) : output;
  const [x, y] = [counted, target].map((image) => mul(add(image, 1), 0.5));
  return meanOf(add(neg(ssimMap(x, y)), 1), weight);
};

/** The sum of two losses. */
const sumOf =
  (a: Loss, b: Loss): Loss =>
  (output, target, weight) =>
    add(a(output, target, weight), b(output, target, weight));

/** Mean binary cross-entropy of logits and labels in [0, 1]. */
export const bce: Loss = (logits, target, weight) => meanOf(binaryCrossEntropy(logits, target), weight);

/** Mean cross-entropy of logits over the classes (axis 1) and one-hot labels or class probabilities. */
export const crossEntropy: Loss = (logits, target, weight) =>
  meanOf(sum(neg(mul(target, logSoftmax(logits, 1))), [1]), weight);

/** Soft Dice of probabilities sigmoid(logits), sums over the whole batch: 1 - (2 Σ p y + 1) / (Σ p + Σ y + 1). */
export const dice: Loss = (logits, target, weight) => {
  const count = (x: Value) => scalar(sum(weight ? mul(x, weight) : x));
  const p = sigmoid(logits);
  const overlap = add(mul(count(mul(p, target)), 2), 1);
  return add(neg(div(overlap, add(add(count(p), count(target)), 1))), 1);
};

/** Losses by the name they are chosen by. */
export const losses = {
  mse,
  l1,
  bce,
  dice,
  'bce+dice': sumOf(bce, dice),
  ssim,
  'l1+ssim': sumOf(l1, ssim),
  'mse+ssim': sumOf(mse, ssim),
  'cross-entropy': crossEntropy,
} satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;
