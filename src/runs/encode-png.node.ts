import { encode } from 'fast-png';
import sharp from 'sharp';
import type { Size } from '../core/size.ts';
import type { OutputPicture } from '../objectives/objective.ts';

/** By channels. */
const COLOURS = { 1: 'b-w', 3: 'srgb' } as const;

/** A picture as a PNG: grey, RGB, with a palette, or grey of 16 bits. */
export async function encodePng(
  { data, channels, palette }: OutputPicture,
  { width, height }: Size,
): Promise<Uint8Array> {
  if (palette) {
    const colours = palette.map((colour) =>
      [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)),
    );
    return encode({
      width,
      height,
      data,
      depth: 8,
      channels: 1,
      palette: colours as [number, number, number][],
    });
  }
  if (data instanceof Uint16Array) return encode({ width, height, data, depth: 16, channels: 1 });
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .toColourspace(COLOURS[channels])
    .png()
    .toBuffer();
}
