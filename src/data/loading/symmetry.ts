import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';

/** A symmetry of the square: transposed first if so, then mirrored in x, then in y. */
export interface Symmetry {
  readonly transpose: boolean;
  readonly mirrorX: boolean;
  readonly mirrorY: boolean;
}

/** The eight flips and quarter turns; the first is the identity, the first four keep height and width. */
export const symmetries: readonly Symmetry[] = Array.from({ length: 8 }, (_, i) => ({
  transpose: i >= 4,
  mirrorX: i % 2 === 1,
  mirrorY: i % 4 >= 2,
}));

/** The symmetry that undoes another: behind a transposition the two mirrors change places. */
export function inverseOf({ transpose, mirrorX, mirrorY }: Symmetry): Symmetry {
  return transpose ? { transpose, mirrorX: mirrorY, mirrorY: mirrorX } : { transpose, mirrorX, mirrorY };
}

/** Which flips and turns images may have: none, left and right exchanged, also upside down, or quarter turns, too. */
export const FLIPS = ['none', 'horizontal', 'both', 'all'] as const;
export type Flips = (typeof FLIPS)[number];

/**
 * How many of the symmetries, from the first on, an image of this size can have: at most eight if it is square, else
 * the four that keep its size.
 */
export function symmetryCount({ height, width }: Size, flips: Flips = 'all'): number {
  return Math.min(2 ** FLIPS.indexOf(flips), height === width ? 8 : 4);
}

/** One symmetry of an image of this size, uniformly. */
export function drawSymmetry(stream: RandomStream, size: Size, flips: Flips = 'all'): Symmetry {
  return symmetries[stream.integer(symmetryCount(size, flips))];
}

/**
 * A flipped or turned copy of a planar image.
 * @param image `channels * height * width` values, [C, H, W]
 * @param size the image's size; square if the symmetry transposes
 * @param target where to write [C, H, W]; not the image itself
 */
export function applySymmetry(
  image: Float32Array,
  channels: number,
  size: Size,
  symmetry: Symmetry,
  target: Float32Array = new Float32Array(image.length),
): Float32Array {
  const { height, width } = size;
  const { transpose, mirrorX, mirrorY } = symmetry;
  if (transpose && height !== width) throw new RangeError(`cannot transpose ${height}x${width} in place`);
  // Target pixel (y, x) is source pixel (u, v) = (mirrored y, mirrored x), or (v, u) if transposed.
  const alongX = (mirrorX ? -1 : 1) * (transpose ? width : 1);
  const alongY = (mirrorY ? -1 : 1) * (transpose ? 1 : width);
  const start = (alongX < 0 ? -alongX * (width - 1) : 0) + (alongY < 0 ? -alongY * (height - 1) : 0);
  let o = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      let i = c * height * width + start + y * alongY;
      for (let x = 0; x < width; x++, i += alongX) target[o++] = image[i];
    }
  }
  return target;
}
