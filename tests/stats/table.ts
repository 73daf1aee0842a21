import type { RandomStream } from '../../src/core/random.ts';

/** Standard deviations of independent normal effects. */
export interface Spreads {
  readonly seed: number;
  readonly image: number;
  readonly rest: number;
}

/** Differences d[s][i] = a_s + b_i + e_si, whose true mean is 0. */
export function simulatedTable(
  seeds: number,
  images: number,
  spreads: Spreads,
  stream: RandomStream,
): number[][] {
  const ofImages = Array.from({ length: images }, () => spreads.image * stream.normal());
  return Array.from({ length: seeds }, () => {
    const ofSeed = spreads.seed * stream.normal();
    return ofImages.map((ofImage) => ofSeed + ofImage + spreads.rest * stream.normal());
  });
}
