import { joined, partOf } from '../core/parts.ts';
import { batches } from '../eval/predictor.ts';
import type { Taps } from '../eval/split-predictor.ts';
import type { AuditBatch, AuditImages } from './audit-images.ts';
import { type Condition, type Conditions, keyOf } from './conditions.ts';
import type { SplitNetwork } from './split-network.node.ts';

/** A network's scores for each image under one condition. */
export interface ConditionScores {
  /** As the criterion's `error` counts it. */
  readonly mse: Float64Array;
  /** Of a mask. */
  readonly dice?: Float64Array;
  /** If another image takes part: the error to that one's target. */
  readonly otherMse?: Float64Array;
}

/** By `keyOf` of each condition. */
export type Ablation = ReadonlyMap<string, ConditionScores>;

/** What a listener gets for one output: its condition, its image, and its target. */
export interface Outcome {
  readonly condition: Condition;
  readonly image: number;
  readonly output: Float32Array;
  readonly target: Float32Array;
}

export interface AblationOptions {
  readonly conditions: Conditions;
  /** Of each tap over the images. */
  readonly means: readonly Float32Array[];
  readonly onOutcome?: (outcome: Outcome) => void;
  readonly onImages?: (done: number) => void;
}

/** Runs the decoder on every image under every condition; on a single image, under those without another. */
export async function measureAblation(
  network: SplitNetwork,
  images: AuditImages,
  { conditions: { all, swaps }, means, onOutcome, onImages }: AblationOptions,
): Promise<Ablation> {
  const { count, others, criterion } = images;
  const conditions = all.filter((condition) => others || !condition.includes('other'));
  const swapped = new Set(Object.values(swaps ?? {}).map(keyOf));
  const scores = new Map(
    conditions.map(keyOf).map((key) => [
      key,
      {
        mse: new Float64Array(count),
        ...(criterion.dice && { dice: new Float64Array(count) }),
        ...(swapped.has(key) && { otherMse: new Float64Array(count) }),
      } satisfies ConditionScores as ConditionScores,
    ]),
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
        const part = (values: Float32Array) => partOf(values, i, indices.length);
        const weightIn = ({ weight }: AuditBatch) => weight && part(weight);
        const [made, target] = [output, own.target].map(part);
        found.mse[image] = criterion.error(made, target, weightIn(own));
        if (found.dice) found.dice[image] = criterion.dice!(made, target, weightIn(own));
        if (found.otherMse)
          found.otherMse[image] = criterion.error(made, part(other!.target), weightIn(other!));
        onOutcome?.({ condition, image, output: made, target });
      }
    }
    onImages?.(indices[indices.length - 1] + 1);
  }
  return scores;
}

const repeated = (values: readonly Float32Array[], times: number): Taps =>
  values.map((each) => joined(Array.from({ length: times }, () => each)));
