import type { Value } from '../graph/graph.ts';
import { mul } from '../ops/elementwise.ts';
import { mean, scalar } from '../ops/reduce.ts';
import type { Loss } from './losses.ts';

/** Inputs of a step that has plain images: what a teacher makes of them, how sure it is, and how much that counts. */
export const PSEUDO_TARGET = 'pseudo_target';
export const PSEUDO_WEIGHT = 'pseudo_weight';
export const CONSISTENCY_WEIGHT = 'consistency_weight';

/** Outputs of such a step: the loss of the plain images before its weight, and what the network makes of them. */
export const CONSISTENCY_LOSS = 'consistency_loss';
export const PLAIN_OUTPUT = 'plain_output';

/** One number for each pixel of an output [N, C, H, W]. */
export const weightShape = ({ shape: [n, , height, width] }: Value) => [n, 1, height, width];

/**
 * The loss of plain images against pseudo-masks: over the pixels that count, times their share. So a teacher that is sure of
 * little says little (Sohn et al. 2020, FixMatch, equation 4, there a mean over all).
 *
 * Inputs: `pseudo_target` of the output's shape, `pseudo_weight` [M, 1, H, W] of 0 and 1.
 *
 * @param output [M, C, H, W], linear
 */
export function consistencyLoss(loss: Loss, output: Value): Value {
  const { graph } = output;
  const target = graph.input(PSEUDO_TARGET, output.shape);
  const weight = graph.input(PSEUDO_WEIGHT, weightShape(output));
  return mul(loss(output, target, weight), scalar(mean(weight)));
}
