import type { Size } from '../../src/core/size.ts';
import type { BoundaryAgreement } from '../../src/eval/boundary.ts';

/** Distances by trying all pairs. Positions are y * width + x. */
export function distancesByForce(
  pixels: readonly number[],
  sites: readonly number[],
  width: number,
): number[] {
  const [xOf, yOf] = [(at: number) => at % width, (at: number) => Math.floor(at / width)];
  return pixels.map((pixel) => {
    const squares = sites.map((site) => (xOf(pixel) - xOf(site)) ** 2 + (yOf(pixel) - yOf(site)) ** 2);
    return Math.sqrt(Math.min(...squares));
  });
}

/** What `boundaryAgreement` says of two masks that are not empty, from its definition and all pairs of boundary pixels. */
export function agreementByForce(
  masks: readonly [Uint8Array, Uint8Array],
  { height, width }: Size,
): BoundaryAgreement {
  const [a, b] = masks.map((mask) => {
    const inMask = (x: number, y: number) =>
      x >= 0 && x < width && y >= 0 && y < height && mask[y * width + x] === 1;
    return Array.from(mask, (_, i) => i).filter((i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      const neighbours = [inMask(x - 1, y), inMask(x + 1, y), inMask(x, y - 1), inMask(x, y + 1)];
      return inMask(x, y) && neighbours.includes(false);
    });
  });
  const directed = [distancesByForce(a, b, width), distancesByForce(b, a, width)];
  const limit = 0.01 * Math.sqrt(height ** 2 + width ** 2);
  return {
    nsd: directed.flat().filter((distance) => distance <= limit).length / (a.length + b.length),
    hd95: Math.max(...directed.map(percentile95)),
  };
}

function percentile95(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const rank = 0.95 * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
  return low + (rank - Math.floor(rank)) * (high - low);
}
