import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import { clippedMse } from '../../eval/reconstruction.ts';

/** Part of the pixels that are replaced. */
const SHARE = 0.02;
/** How far away, in rows and in columns, a replacement may come from. */
const REACH = 5;

/**
 * An image in which some pixels have the colour of another, at random from a window around them, as in Noise2Void
 * (Krull et al. 2019, "Noise2Void: learning denoising from single noisy images").
 *
 * @param image [3, H, W]
 * @returns the input [3, H, W], and where it is replaced [H, W], 0 or 1: 2 % of the pixels, no two of them adjacent
 */
export function replacedInput(
  image: Float32Array,
  size: Size,
  stream: RandomStream,
): { readonly input: Float32Array; readonly replaced: Uint8Array } {
  const { height, width } = size;
  const area = height * width;
  const input = image.slice();
  const replaced = new Uint8Array(area);
  let left = Math.round(SHARE * area);
  for (const pixel of stream.shuffled(Array.from({ length: area }, (_, i) => i))) {
    if (left === 0) break;
    if (around(pixel, size, 1).some((near) => replaced[near] === 1)) continue;
    const window = around(pixel, size, REACH);
    const source = window[stream.integer(window.length)];
    for (let c = 0; c < 3; c++) input[c * area + pixel] = image[c * area + source];
    replaced[pixel] = 1;
    left--;
  }
  return { input, replaced };
}

/** The other pixels within a reach. */
function around(pixel: number, { height, width }: Size, reach: number): number[] {
  const [row, column] = [Math.floor(pixel / width), pixel % width];
  const result: number[] = [];
  for (let y = Math.max(0, row - reach); y <= Math.min(height - 1, row + reach); y++) {
    for (let x = Math.max(0, column - reach); x <= Math.min(width - 1, column + reach); x++)
      if (y !== row || x !== column) result.push(y * width + x);
  }
  return result;
}

/** Mean squared errors, as `clippedMse` counts them. */
export interface BlindSpotGap {
  readonly replacedMse: number;
  readonly keptMse: number;
  /** The first less the second. */
  readonly gap: number;
}

/**
 * By how much larger the error is where the input was replaced. A network whose output at a pixel does not depend on
 * its input there (J-invariant: Batson and Royer 2019, "Noise2Self: blind denoising by self-supervision") has a gap of
 * about 0; one that copies has the mean square of what replacing changed.
 *
 * @param output what the network makes of `input`, [3, H, W]
 * @param image [3, H, W] in [-1, 1], the original
 * @param replaced [H, W], at least one pixel of each kind
 */
export function blindSpotGap(output: Float32Array, image: Float32Array, replaced: Uint8Array): BlindSpotGap {
  const where = (kind: number) => {
    const ofKind = (_: number, i: number) => replaced[i % replaced.length] === kind;
    return clippedMse(output.filter(ofKind), image.filter(ofKind));
  };
  const [keptMse, replacedMse] = [where(0), where(1)];
  return { replacedMse, keptMse, gap: replacedMse - keptMse };
}
