import { RandomStream } from '../core/random.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import type { BatchRequest } from '../data/loading/batch.ts';
import { type BatchPlan, planBatches, type ViewOptions } from './batch-plan.ts';

/** Places of a batch are counted in parts, which are whole numbers: no sum of shares is rounded. */
const PARTS = 2 ** 20;

/** Up to where each source's share of a batch goes, in parts. */
function endsOf(shares: readonly number[], batch: number): number[] {
  let sum = 0;
  return shares.map((share) => {
    sum += share;
    return Math.round(sum * batch * PARTS);
  });
}

/**
 * How many places of a batch each source gets at most: its share, rounded up.
 *
 * @param shares above 0, in all 1
 */
export function mostPlaces(shares: readonly number[], batch: number): number[] {
  const ends = endsOf(shares, batch);
  return ends.map((end, i) => Math.ceil((end - (ends[i - 1] ?? 0)) / PARTS));
}

/**
 * How many places of a batch each source gets: its share, rounded down or up, and in the mean over many batches exactly its share
 * (systematic sampling, Madow 1949).
 *
 * @param shares above 0, in all 1
 */
export function drawPlaces(shares: readonly number[], batch: number, random: RandomStream): number[] {
  const offset = random.integer(PARTS);
  const places = endsOf(shares, batch).map((end) => Math.ceil((end - offset) / PARTS));
  return places.map((end, i) => end - (places[i - 1] ?? 0));
}

/** The images of several sources, and how much of each batch is drawn of each. */
export interface SharedSources {
  /** Positions of each source's images: at least as many as `mostPlaces` says. */
  readonly images: readonly (readonly number[])[];
  readonly shares: readonly number[];
}

/** The positions of each source's images. */
export function bySource(samples: readonly Sample[], sources: number): number[][] {
  const all = samples.map((_, index) => index);
  return Array.from({ length: sources }, (_, i) => all.filter((index) => samples[index].source === i + 1));
}

/** Batches in which each source has its share, in passes of its own: a pure function of the step, as `planBatches`. */
export function planSharedBatches(
  options: ViewOptions & { readonly batch: number },
  { images, shares }: SharedSources,
): Pick<BatchPlan, 'request'> {
  const { seed, batch, augmentation, strong, pretext, degradation } = options;
  const plans = mostPlaces(shares, batch).map((most, i) => {
    const own = new RandomStream(seed, 'source', i).integer(2 ** 31);
    const epochs = Number.POSITIVE_INFINITY;
    return planBatches({ ...options, seed: own, batch: most, epochs }, images[i].length);
  });
  const request = (step: number): BatchRequest => {
    const places = drawPlaces(shares, batch, new RandomStream(seed, 'places', step));
    const indices = plans.flatMap((plan, i) =>
      plan
        .request(step)
        .indices.slice(0, places[i])
        .map((index) => images[i][index]),
    );
    // Passes end at different steps: every step has draws of its own.
    return { indices, seed, epoch: step, augmentation, strong, pretext, degradation };
  };
  return { request };
}
