import type { Encoder } from '../nn/encoder.ts';

/** A way by which an image comes from the encoder into the decoder. */
export interface Path {
  readonly name: string;
  readonly stride: number;
}

/** In the order of the encoder's taps: `skip1`, the shallowest, `skip2` and so on, then `bottleneck`. */
export function pathsOf({ taps }: Pick<Encoder, 'taps'>): readonly Path[] {
  return taps.map(({ stride }, i) => ({
    name: i === taps.length - 1 ? 'bottleneck' : `skip${i + 1}`,
    stride,
  }));
}

/** All but the last, the bottleneck: of paths, or of what there is one a path. */
export const skipsOf = <T>(paths: readonly T[]): readonly T[] => paths.slice(0, -1);
