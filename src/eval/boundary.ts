import { quantile } from '../core/quantile.ts';
import type { Size } from '../core/size.ts';
import { distancesToNearest } from './distance.ts';

/** How far the boundaries of two masks lie apart. */
export interface BoundaryAgreement {
  /** Normalised surface distance, 0..1, 1 at best. */
  readonly nsd: number;
  /** 95th percentile of the Hausdorff distance, in pixels. */
  readonly hd95: number;
}

/** Boundaries agree where they are no further apart than this share of the image's diagonal: 8 px of 622 x 529. */
export const TOLERANCE = 0.01;

/**
 * Normalised surface distance (Nikolov et al. 2021) and 95th percentile Hausdorff distance of two masks. With the distances
 * from each boundary pixel of either mask to the nearest one of the other: NSD is the share of all of them that are at most
 * `TOLERANCE`; HD95 is the larger of the two directed 95th percentiles, linearly interpolated.
 * If both masks are empty, nothing is wrong: NSD 1, HD95 0. If one is, all is: NSD 0, HD95 the image's diagonal, which is
 * more than any distance in it.
 *
 * @param predicted [size.height, size.width], 0 or 1, as is `truth`
 */
export function boundaryAgreement(predicted: Uint8Array, truth: Uint8Array, size: Size): BoundaryAgreement {
  const diagonal = Math.sqrt(size.height ** 2 + size.width ** 2);
  const [found, actual] = [boundaryOf(predicted, size), boundaryOf(truth, size)];
  const pixels = found.length + actual.length;
  if (pixels === 0) return { nsd: 1, hd95: 0 };
  if (found.length === 0 || actual.length === 0) return { nsd: 0, hd95: diagonal };
  const directed = [
    distancesToNearest(found, actual, size.width),
    distancesToNearest(actual, found, size.width),
  ].map((distances) => distances.sort());
  const within = directed.reduce((sum, sorted) => sum + countUpTo(sorted, TOLERANCE * diagonal), 0);
  return { nsd: within / pixels, hd95: Math.max(...directed.map((sorted) => quantile(sorted, 0.95))) };
}

/**
 * The boundary of a mask: those of its pixels of which at least one of the four neighbours is not in it. Beyond the image's
 * edge nothing is in it.
 *
 * @param mask [size.height, size.width], 0 or 1
 * @returns positions y * width + x, ascending
 */
export function boundaryOf(mask: Uint8Array, { height, width }: Size): number[] {
  const boundary: number[] = [];
  for (let y = 0, i = 0; y < height; y++) {
    const atEdge = y === 0 || y === height - 1;
    for (let x = 0; x < width; x++, i++) {
      if (mask[i] === 0) continue;
      const inside =
        !atEdge && x > 0 && x < width - 1 && mask[i - 1] & mask[i + 1] & mask[i - width] & mask[i + width];
      if (!inside) boundary.push(i);
    }
  }
  return boundary;
}

/** @param sorted ascending */
function countUpTo(sorted: Float64Array, limit: number): number {
  const beyond = sorted.findIndex((value) => value > limit);
  return beyond < 0 ? sorted.length : beyond;
}
