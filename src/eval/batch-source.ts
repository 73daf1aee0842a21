import type { Batch, BatchRequest } from '../data/batch.ts';

/** Anything that makes batches: a loader, or a part of one. */
export interface BatchSource {
  batch(request: BatchRequest): Promise<Batch>;
}

/** A request for plain images: no augmentation, nothing degraded. */
export function imageRequest(indices: readonly number[]): BatchRequest {
  return { indices, seed: 0, epoch: 0, augment: false };
}
