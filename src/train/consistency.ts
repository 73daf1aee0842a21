import { UserError } from '../core/errors.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import type { Photometric } from '../data/loading/augmentation.ts';
import { STRONG_VIEWS } from '../settings/augmentation.ts';
import { type PseudoMasks, plainSources } from '../settings/consistency.ts';
import type { TrainConfig } from '../settings/training.ts';
import { mostPlaces } from './shared-batches.ts';

/** How many plain images a step takes, and of which sources. */
export interface PlainShares {
  /** Plain images in each step. */
  readonly batch: number;
  /** Of several sources with weights: which share of them each gives, in all 1. Otherwise they are one. */
  readonly shares?: readonly number[];
}

/** How a network learns from plain images: it is held to what a teacher makes of another view of them. */
export interface ConsistencyPlan extends PlainShares {
  /** Factor of their loss, once it has risen. */
  readonly weight: number;
  /** In which share of all steps it rises from 0, in a straight line; 0 to 1. */
  readonly ramp: number;
  /** From which probability on the teacher's word counts, 0.5 to 1. */
  readonly threshold: number;
  /** Probability that an image gets a rectangle of another one. */
  readonly cutmix: number;
  /** How the values of the view that the network sees are changed; undefined where they are not. */
  readonly strong?: Photometric;
  /** Whose pseudo-masks an image is held to: its own, or as a control those of another image of the batch. */
  readonly pseudoMasks: PseudoMasks;
}

/**
 * @param plain the plain images; without any nothing can be learned from them
 * @throws UserError if a source has fewer of them than a step takes of it
 */
export function consistencyOf(config: TrainConfig, plain: readonly Sample[]): ConsistencyPlan | undefined {
  if (config.consistency === 'off' || plain.length === 0) return undefined;
  return {
    ...plainSharesOf(config, plain),
    weight: config.consistencyWeight,
    ramp: config.ramp,
    threshold: config.consistencyThreshold,
    cutmix: config.cutmix,
    ...(config.strongViews && { strong: STRONG_VIEWS }),
    pseudoMasks: config.pseudoMasks,
  };
}

/** @throws UserError if a source has fewer images than a step takes of it */
export function plainSharesOf(config: TrainConfig, plain: readonly Sample[]): PlainShares {
  const { plainWeights } = config;
  const batch = Math.min(config.plainBatch ?? config.batch, plain.length);
  const sources = plainSources(config);
  if (!plainWeights || sources.length === 1) return { batch };
  const sum = plainWeights.reduce((a, b) => a + b);
  const shares = plainWeights.map((weight) => weight / sum);
  for (const [i, most] of mostPlaces(shares, batch).entries()) {
    const images = plain.filter(({ source }) => source === i + 1).length;
    if (images >= most) continue;
    throw new UserError({
      what: `--plain ${sources[i]}`,
      got: `${images} of ${plain.length} plain images`,
      expected: `at least ${most}, which a step of ${batch} plain images takes of it by its weight`,
      fix: 'lower its weight or --plain-batch, or leave it out',
    });
  }
  return { batch, shares };
}

/**
 * The factor of the plain images' loss in a step.
 *
 * @param step from 1
 */
export function consistencyWeight(
  { weight, ramp }: Pick<ConsistencyPlan, 'weight' | 'ramp'>,
  step: number,
  steps: number,
): number {
  return weight * (ramp === 0 ? 1 : Math.min(1, step / (ramp * steps)));
}
