import sharp from 'sharp';
import { rgbOf, writeNumbers } from '../annotations/png.ts';
import type { Size } from '../core/size.ts';
import type { OutputPicture } from '../objectives/objective.ts';

/** By channels. */
const COLOURS = { 1: 'b-w', 3: 'srgb' } as const;

/** A picture as a PNG: grey, RGB, with a palette, or grey of 16 bits. */
export async function encodePng(
  { data, channels, palette }: OutputPicture,
  { width, height }: Size,
): Promise<Uint8Array> {
  if (palette || data instanceof Uint16Array) {
    return writeNumbers({ width, height, data }, palette?.map(rgbOf));
  }
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .toColourspace(COLOURS[channels])
    .png()
    .toBuffer();
}
