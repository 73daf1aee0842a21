import type { Sample } from '../data/folders/folder.node.ts';
import type { TrainConfig } from '../settings/training.ts';
import { type BatchPlan, type LengthOptions, lengthOf, planBatches, type ViewOptions } from './batch-plan.ts';
import { plainSharesOf } from './consistency.ts';
import { bySource, planSharedBatches } from './shared-batches.ts';

/** How steps take plain images with pseudo-masks beside those with masks, which come first among the images of a training. */
export interface PseudoMaskPlan {
  /** How many images have masks. */
  readonly masked: number;
  /** Images with pseudo-masks in each step. */
  readonly batch: number;
  /** The positions of those of each source, and which share of them it gives, in all 1. */
  readonly sources: readonly (readonly number[])[];
  readonly shares: readonly number[];
}

/** @throws UserError if a source has fewer images than a step takes of it */
export function pseudoMaskPlanOf(
  config: TrainConfig,
  masked: number,
  pseudo: readonly Sample[],
): PseudoMaskPlan {
  const { batch, shares } = plainSharesOf(config, pseudo);
  const sources = shares ? bySource(pseudo, shares.length) : [[...pseudo.keys()]];
  return {
    ...{ masked, batch, shares: shares ?? [1] },
    sources: sources.map((positions) => positions.map((position) => masked + position)),
  };
}

/**
 * The batches of a training. With pseudo-masks a step has as many images with masks as without them, and there are as many
 * steps: how long it is follows from the masks alone.
 *
 * @param images how many there are to train on, those with pseudo-masks among them
 */
export function trainingBatches(
  options: LengthOptions & ViewOptions & { readonly pseudo?: PseudoMaskPlan },
  images: number,
): BatchPlan {
  const { pseudo } = options;
  if (!pseudo) return planBatches(options, images);
  const length = lengthOf(options, pseudo.masked);
  const batch = length.batch + pseudo.batch;
  const places = [length.batch, ...pseudo.shares.map((share) => share * pseudo.batch)];
  const { request } = planSharedBatches(
    { ...options, batch },
    {
      images: [Array.from({ length: pseudo.masked }, (_, i) => i), ...pseudo.sources],
      shares: places.map((count) => count / batch),
    },
  );
  return { ...length, batch, request };
}
