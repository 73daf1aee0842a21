import type { Image } from './resize.ts';

/** How many pixels of a mask have each grey value, 0..255. */
export interface GreyCounts {
  readonly opaque: Float64Array;
  /** Those with alpha below 128. */
  readonly transparent: Float64Array;
}

export function emptyCounts(): GreyCounts {
  return { opaque: new Float64Array(256), transparent: new Float64Array(256) };
}

/** JPEG stores grey with faint colour noise; more than this is meant as colour. */
const colourNoise = 64;

/**
 * Writes the grey values of an image (grey or RGB, perhaps with alpha) to `target` and counts them. Luma by ITU-R BT.601
 * in Pillow's fixed point (`convert('L')`).
 *
 * @returns a coloured pixel instead, if there is one
 */
export function greyInto(
  image: Image,
  target: Uint8Array,
  counts: GreyCounts,
): readonly number[] | undefined {
  const { data, channels } = image;
  const hasAlpha = channels % 2 === 0;
  const hasColour = channels > 2;
  for (let i = 0, o = 0; i < data.length; i += channels, o++) {
    const r = data[i];
    const g = hasColour ? data[i + 1] : r;
    const b = hasColour ? data[i + 2] : r;
    let grey = r;
    if (r !== g || g !== b) {
      if (Math.max(r, g, b) - Math.min(r, g, b) > colourNoise) return [r, g, b];
      grey = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
    }
    target[o] = grey;
    const seen = hasAlpha && data[i + channels - 1] < 128 ? counts.transparent : counts.opaque;
    seen[grey]++;
  }
  return undefined;
}
