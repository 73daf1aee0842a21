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
import { broadcastTo } from '../ops/movement.ts';
import { logSoftmax, mean, scalar, sum } from '../ops/reduce.ts';

/**
 * A loss: a scalar from the network's output and its target, both [N, C, H, W].
 * `counted`, if given, broadcasts to them and is 1 for pixels that count and 0 for others.
 */
export type Loss = (output: Value, target: Value, counted?: Value) => Value;

/** The mean over what counts; 0 if nothing does. */
function meanOf(errors: Value, counted?: Value): Value {
  if (!counted) return scalar(mean(errors));
  const weights = broadcastTo(counted, errors.shape);
  return scalar(div(sum(mul(errors, weights)), maximum(sum(weights), 1)));
}

/** Mean squared error. */
export const mse: Loss = (output, target, counted) => meanOf(square(sub(output, target)), counted);

/** Mean absolute error. */
export const l1: Loss = (output, target, counted) => meanOf(abs(sub(output, target)), counted);

/** Mean binary cross-entropy of logits and labels in [0, 1]. */
export const bce: Loss = (logits, target, counted) => meanOf(binaryCrossEntropy(logits, target), counted);

/** Mean cross-entropy of logits over the classes (axis 1) and one-hot labels or class probabilities. */
export const crossEntropy: Loss = (logits, target, counted) =>
  meanOf(sum(neg(mul(target, logSoftmax(logits, 1))), [1]), counted);

/** Soft Dice of probabilities sigmoid(logits), sums over the whole batch: 1 - (2 Σ p y + 1) / (Σ p + Σ y + 1). */
export const dice: Loss = (logits, target, counted) => {
  const count = (x: Value) => scalar(sum(counted ? mul(x, counted) : x));
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
  'bce+dice': (logits, target, counted?: Value) =>
    add(bce(logits, target, counted), dice(logits, target, counted)),
  'cross-entropy': crossEntropy,
} satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;
