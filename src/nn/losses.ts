import type { Value } from '../graph/graph.ts';
import {
  abs,
  add,
  binaryCrossEntropy,
  div,
  exp,
  maximum,
  minimum,
  mul,
  neg,
  sigmoid,
  square,
  sub,
} from '../ops/elementwise.ts';
import { slice } from '../ops/movement.ts';
import { broadcastTo, logSoftmax, mean, scalar, sum } from '../ops/reduce.ts';
import { ssimMap } from './ssim.ts';

/**
 * A loss: a scalar from the network's output and its target, both [N, C, H, W].
 * `weight`, if given, broadcasts to them: how much each pixel counts, from 0 (not at all) to 1.
 */
export type Loss = (output: Value, target: Value, weight?: Value) => Value;

/** Less than any weights come to, but nothing. */
const NOTHING = 1e-12;

/** The weighted mean; 0 if nothing counts. */
function meanOf(errors: Value, weight?: Value): Value {
  if (!weight) return scalar(mean(errors));
  const weights = broadcastTo(weight, errors.shape);
  return scalar(div(sum(mul(errors, weights)), maximum(sum(weights), NOTHING)));
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

/** The sum over what counts, a scalar. */
const countOf = (x: Value, weight?: Value) => scalar(sum(weight ? mul(x, weight) : x));

/** What Dice, or Tversky, is of the sums over what counts: both Σ p y, p of probabilities, y of targets. */
type Overlap = (sums: { readonly both: Value; readonly p: Value; readonly y: Value }) => Value;

/** 1 - (2 Σ p y + 1) / (Σ p + Σ y + 1). */
const diceOf: Overlap = ({ both, p, y }) => add(neg(div(add(mul(both, 2), 1), add(add(p, y), 1))), 1);

/** What a false positive and a false negative cost: they sum up to 1. */
const [FALSE_POSITIVE, FALSE_NEGATIVE] = [0.3, 0.7];

/**
 * Tversky (Salehi et al. 2017, eq. 3): 1 - (TP + 1) / (TP + 0.3 FP + 0.7 FN + 1) with TP = Σ p y, FP = Σ p (1 - y),
 * FN = Σ (1 - p) y. As the two factors sum up to 1, the denominator is 0.3 Σ p + 0.7 Σ y + 1.
 */
const tverskyOf: Overlap = ({ both, p, y }) => {
  const size = add(mul(p, FALSE_POSITIVE), mul(y, FALSE_NEGATIVE));
  return add(neg(div(add(both, 1), add(size, 1))), 1);
};

/** An overlap of probabilities sigmoid(logits), sums over the whole batch; of several channels the mean over those in the target. */
const ofSigmoid =
  (overlapOf: Overlap): Loss =>
  (logits, target, weight) => {
    if (logits.shape[1] > 1) return overChannels(overlapOf, sigmoid(logits), target, weight);
    const p = sigmoid(logits);
    const count = (x: Value) => countOf(x, weight);
    return overlapOf({ both: count(mul(p, target)), p: count(p), y: count(target) });
  };

/** The mean of an overlap over the channels of which there is something in the target; 0 if there is nothing of any. */
function overChannels(overlapOf: Overlap, p: Value, target: Value, weight?: Value): Value {
  const count = (x: Value) => sum(weight ? mul(x, broadcastTo(weight, x.shape)) : x, [0, 2, 3]);
  const y = count(target);
  const present = minimum(y, 1);
  const each = overlapOf({ both: count(mul(p, target)), p: count(p), y });
  return scalar(div(sum(mul(each, present)), maximum(sum(present), 1)));
}

/** Soft Dice. */
export const dice = ofSigmoid(diceOf);

/**
 * Focal loss (Lin et al. 2017, eq. 4, gamma 2, no alpha): the mean of (1 - q)² · -log q, where q is the probability of the
 * label. 1 - q is written |p - y|, which is the same for labels 0 and 1, and holds for those between (Li et al. 2020, eq. 5).
 */
const focal: Loss = (logits, target, weight) =>
  meanOf(mul(square(sub(sigmoid(logits), target)), binaryCrossEntropy(logits, target)), weight);

/** Losses by name: terms of which sums are made, of images and of classes that have a probability each. */
export const losses = {
  mse,
  l1,
  ssim,
  bce,
  dice,
  focal,
  tversky: ofSigmoid(tverskyOf),
} satisfies Record<string, Loss>;

/** Of classes of which each pixel has one. */
export interface ExclusiveClasses {
  /** Whether the first is the background, which has no part in Dice and Tversky. */
  readonly background: boolean;
  /** How much pixels of each class count in the cross-entropy; default all alike. */
  readonly weights?: readonly number[];
}

/** Losses of logits over classes (axis 1) and one-hot targets, or probabilities of classes. */
export function exclusiveLosses({ background, weights }: ExclusiveClasses) {
  /** How much each pixel counts, by the class that it is of. */
  const counted = (target: Value, weight?: Value) => {
    if (!weights) return weight;
    const ofClass = target.graph.constant(weights, [1, weights.length, 1, 1]);
    const own = sum(mul(target, ofClass), [1]);
    return weight ? mul(own, weight) : own;
  };
  const overlap =
    (overlapOf: Overlap): Loss =>
    (logits, target, weight) => {
      const classes = (x: Value) => (background ? slice(x, 1, 1, x.shape[1]) : x);
      return overChannels(overlapOf, classes(exp(logSoftmax(logits, 1))), classes(target), weight);
    };
  return {
    /** The mean of -log q, where q is the probability of a pixel's class; with weights as PyTorch's `CrossEntropyLoss`. */
    'cross-entropy': (logits, target, weight) =>
      meanOf(sum(neg(mul(target, logSoftmax(logits, 1))), [1]), counted(target, weight)),
    /** Of several classes: the mean of (1 - q)² · -log q. */
    focal: (logits, target, weight) => {
      const logs = logSoftmax(logits, 1);
      const easy = square(sub(sum(mul(target, exp(logs)), [1]), 1));
      return meanOf(mul(easy, sum(neg(mul(target, logs)), [1])), counted(target, weight));
    },
    dice: overlap(diceOf),
    tversky: overlap(tverskyOf),
  } satisfies Record<string, Loss>;
}

export type LossName = keyof typeof losses | keyof ReturnType<typeof exclusiveLosses>;

/** Terms of what compares logits with masks: of classes with a probability each, and of those of which a pixel has one. */
export const MASK_LOSSES = ['bce', 'dice', 'focal', 'tversky'] as const satisfies readonly LossName[];
export const CLASS_LOSSES = [
  'cross-entropy',
  'dice',
  'focal',
  'tversky',
] as const satisfies readonly LossName[];

/** Terms of what compares images. */
export const IMAGE_LOSSES = ['mse', 'l1', 'ssim'] as const satisfies readonly LossName[];
