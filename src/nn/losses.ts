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

/** Mean binary cross-entropy of logits and labels in [0, 1]. */
export const bce: Loss = (logits, target, weight) => meanOf(binaryCrossEntropy(logits, target), weight);

/** Mean cross-entropy of logits over the classes (axis 1) and one-hot labels or class probabilities. */
export const crossEntropy: Loss = (logits, target, weight) =>
  meanOf(sum(neg(mul(target, logSoftmax(logits, 1))), [1]), weight);

/** The sum over what counts, a scalar. */
const countOf = (x: Value, weight?: Value) => scalar(sum(weight ? mul(x, weight) : x));

/** Soft Dice of probabilities sigmoid(logits), sums over the whole batch: 1 - (2 Σ p y + 1) / (Σ p + Σ y + 1). */
export const dice: Loss = (logits, target, weight) => {
  const count = (x: Value) => countOf(x, weight);
  const p = sigmoid(logits);
  const overlap = add(mul(count(mul(p, target)), 2), 1);
  return add(neg(div(overlap, add(add(count(p), count(target)), 1))), 1);
};

/**
 * Focal loss (Lin et al. 2017, eq. 4, gamma 2, no alpha): the mean of (1 - q)² · -log q, where q is the probability of the
 * label. 1 - q is written |p - y|, which is the same for labels 0 and 1, and holds for those between (Li et al. 2020, eq. 5).
 */
const focal: Loss = (logits, target, weight) =>
  meanOf(mul(square(sub(sigmoid(logits), target)), binaryCrossEntropy(logits, target)), weight);

/** What a false positive and a false negative cost: they sum up to 1. */
const [FALSE_POSITIVE, FALSE_NEGATIVE] = [0.3, 0.7];

/**
 * Tversky loss (Salehi et al. 2017, eq. 3), sums over the whole batch: 1 - (TP + 1) / (TP + 0.3 FP + 0.7 FN + 1) with TP = Σ p y,
 * FP = Σ p (1 - y), FN = Σ (1 - p) y. As the two factors sum up to 1, the denominator is 0.3 Σ p + 0.7 Σ y + 1.
 */
const tversky: Loss = (logits, target, weight) => {
  const count = (x: Value) => countOf(x, weight);
  const p = sigmoid(logits);
  const size = add(mul(count(p), FALSE_POSITIVE), mul(count(target), FALSE_NEGATIVE));
  return add(neg(div(add(count(mul(p, target)), 1), add(size, 1))), 1);
};

/** Losses by name: terms of which sums are made. */
export const losses = {
  mse,
  l1,
  ssim,
  bce,
  dice,
  focal,
  tversky,
  'cross-entropy': crossEntropy,
} satisfies Record<string, Loss>;

export type LossName = keyof typeof losses;

/** Terms of what compares logits with masks. */
export const MASK_LOSSES = ['bce', 'dice', 'focal', 'tversky'] as const satisfies readonly LossName[];

/** Terms of what compares images. */
export const IMAGE_LOSSES = ['mse', 'l1', 'ssim'] as const satisfies readonly LossName[];
