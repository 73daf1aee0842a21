import sharp from 'sharp';
import { decodeImageBytesTo } from '../../src/data/decode/decode.node.ts';
import type { Image } from '../../src/data/decode/resize.ts';
import { appearanceOf } from '../../src/data/duplicates/appearance.ts';
import type { Fingerprint } from '../../src/data/duplicates/clusters.ts';
import { drawSyntheticSample } from '../../src/synthetic/sample.ts';

/** What was done to an image. */
export interface Change {
  /** JPEG; without it PNG. */
  readonly quality?: number;
  readonly scale?: number;
  /** A factor. */
  readonly light?: number;
  /** Degrees, clockwise. */
  readonly turn?: 90 | 180 | 270;
  /** Left and right change places, before it is turned. */
  readonly mirror?: true;
}

/** How duplicates come about, one by one and together. */
export const CHANGES: readonly Change[] = [
  { quality: 60 },
  { quality: 90 },
  { scale: 0.5 },
  { scale: 2 },
  { light: 0.9 },
  { light: 1.1 },
  { quality: 60, scale: 0.5, light: 0.9 },
  { quality: 60, scale: 2, light: 1.1 },
  { quality: 75, scale: 0.7, light: 1.1 },
  { mirror: true },
  { turn: 90 },
  { turn: 180, quality: 60 },
  { turn: 270, mirror: true, quality: 75, scale: 0.7, light: 1.1 },
];

export function syntheticImage(index: number, side: number): Image {
  const { image } = drawSyntheticSample({ seed: 5, index, height: side, width: side });
  return { width: side, height: side, channels: 3, data: image };
}

/** The file of an image that was changed. */
export async function copyOf(
  { width, height, data }: Image,
  { quality, scale = 1, light = 1, turn, mirror }: Change,
): Promise<Buffer> {
  const raw = sharp(data, { raw: { width, height, channels: 3 } });
  const turned = sharp(
    await raw
      .flop(mirror ?? false)
      .png()
      .toBuffer(),
  ).rotate(turn ?? 0);
  const picture = sharp(await turned.png().toBuffer())
    .resize(Math.round(width * scale), Math.round(height * scale), { fit: 'fill' })
    .linear(light, 0);
  return (quality === undefined ? picture.png() : picture.jpeg({ quality })).toBuffer();
}

let files = 0;

/** Of a file that is like no other, byte by byte. */
export async function fingerprintOf(file: Buffer): Promise<Fingerprint> {
  const { image } = await decodeImageBytesTo(file, 'a file', { height: 64, width: 64 });
  return { hash: `file ${files++}`, appearance: appearanceOf(image) };
}

/** A part of an image. */
export function cropOf({ width, data }: Image, left: number, top: number, side: number): Image {
  const crop = new Uint8Array(side * side * 3);
  for (let y = 0; y < side; y++) {
    const start = ((top + y) * width + left) * 3;
    crop.set(data.subarray(start, start + side * 3), y * side * 3);
  }
  return { width: side, height: side, channels: 3, data: crop };
}
