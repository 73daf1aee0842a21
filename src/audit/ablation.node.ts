import { overlap } from '../eval/overlap.ts';
import { batches } from '../eval/predictor.node.ts';
import { clippedMse } from '../eval/reconstruction.ts';
import { type AuditImages, joined, partOf } from './audit-images.ts';
import { CONDITIONS, type Condition, keyOf, SWAPS } from './conditions.ts';
import type { SplitNetwork, Taps } from './split-network.node.ts';

/** What a network makes of each image under one condition. */
export interface ConditionScores {
  /** Mean squared error, images in [0, 1]; of a mask, of its probabilities. */
  readonly mse: Float64Array;
  /** Of a mask. */
  readonly dice?: Float64Array;
  /** If another image takes part: the error to that one's target. */
  readonly otherMse?: Float64Array;
}

/** By `keyOf` of each condition. */
export type Ablation = ReadonlyMap<string, ConditionScores>;

/** What is told of one output: under which condition, of which image, and what was wanted. */
export interface Outcome {
  readonly condition: Condition;
  readonly image: number;
  readonly output: Float32Array;
  readonly target: Float32Array;
}

/** Runs the decoder on every image under every condition. */
export async function measureAblation(
  network: SplitNetwork,
  images: AuditImages,
  means: readonly Float32Array[],
  { onOutcome, onImages }: { onOutcome?: (outcome: Outcome) => void; onImages?: (done: number) => void } = {},
): Promise<Ablation> {
  const { count, others } = images;
  const outputs = network.network.architecture.head.channels;
  const conditions = CONDITIONS.filter((condition) => others || !condition.includes('other'));
  const scores = new Map(
    conditions.map((condition) => [keyOf(condition), emptyScores(condition, count, outputs)]),
  );
  const zeros = network.tapLengths.map((length) => new Float32Array(length));
  for (const indices of batches(count, network.batch)) {
    const own = await images.batch(indices);
    const other = others && (await images.batch(indices.map((i) => others[i])));
    const contents = {
      own: await network.encode(own.input),
      other: other && (await network.encode(other.input)),
      mean: repeated(means, indices.length),
      zero: repeated(zeros, indices.length),
    };
    for (const condition of conditions) {
      const taps = condition.map((content, path) => contents[content]![path]);
      const output = await network.decode(taps);
      const found = scores.get(keyOf(condition))!;
      for (const [i, image] of indices.entries()) {
        const [made, target] = [output, own.target].map((values) => partOf(values, i, indices.length));
        found.mse[image] = errorOf(made, target, outputs);
        if (found.dice) found.dice[image] = overlap(made, target).dice;
        if (found.otherMse)
          found.otherMse[image] = errorOf(made, partOf(other!.target, i, indices.length), outputs);
        onOutcome?.({ condition, image, output: made, target });
      }
    }
    onImages?.(indices[indices.length - 1] + 1);
  }
  return scores;
}

function emptyScores(condition: Condition, count: number, outputs: number): ConditionScores {
  const swapped = Object.values(SWAPS).some((swap) => keyOf(swap) === keyOf(condition));
  return {
    mse: new Float64Array(count),
    ...(outputs === 1 && { dice: new Float64Array(count) }),
    ...(swapped && { otherMse: new Float64Array(count) }),
  };
}

/** On the scale of images in [0, 1]; probabilities have it already. */
export function errorOf(output: Float32Array, target: Float32Array, outputs: number): number {
  if (outputs !== 1) return clippedMse(output, target);
  let sum = 0;
  for (let i = 0; i < target.length; i++) sum += (output[i] - target[i]) ** 2;
  return sum / target.length;
}

const repeated = (values: readonly Float32Array[], times: number): Taps =>
  values.map((each) => joined(Array.from({ length: times }, () => each)));
