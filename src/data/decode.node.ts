import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { UserError } from '../core/errors.ts';
import type { Image } from './resize.ts';

// One image is decoded once: nothing to cache, and the workers are the parallelism.
sharp.cache(false);
sharp.concurrency(1);

/** Far above any photograph and most scans; a file of a few bytes can claim more pixels than there is memory. */
const pixelLimit = 2 ** 30;

/**
 * Reads an image file (JPEG, PNG, WebP, TIFF, GIF, AVIF) as 8-bit sRGB, channels 3: turned upright by its
 * EXIF orientation, alpha dropped, grey, CMYK and 16-bit converted, first page only.
 * @throws UserError naming the file, if it cannot be read
 */
export async function decodeImage(path: string): Promise<Image> {
  return decodeImageBytes(await readBytes(path), path);
}

/**
 * Reads a mask file as one channel of grey values in 0..255, upright as its EXIF orientation says.
 * A mask whose largest value is 1 is a 0/1 mask and comes back as 0/255.
 * @throws UserError naming the file, if it cannot be read or has coloured pixels
 */
export async function decodeMask(path: string): Promise<Image> {
  return decodeMaskBytes(await readBytes(path), path);
}

/** Grey values above 127 become 1, all others 0. */
export function binarise(mask: Image): Image {
  return { ...mask, data: mask.data.map((value) => (value > 127 ? 1 : 0)) };
}

/** The content of a file. */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** `decodeImage` for a file already in memory; `path` is for messages. */
export async function decodeImageBytes(bytes: Buffer, path: string): Promise<Image> {
  const { data, width, height, channels } = await decode(bytes, path, 'by profile');
  if (channels === 3) return { width, height, channels, data };
  const result = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) result.fill(data[i * channels], i * 3, i * 3 + 3);
  return { width, height, channels: 3, data: result };
}

/** `decodeMask` for a file already in memory; `path` is for messages. */
export async function decodeMaskBytes(bytes: Buffer, path: string): Promise<Image> {
  const { data, width, height, channels } = await decode(bytes, path, 'as stored');
  let grey = channels === 1 ? data : greyOf(data, channels, path);
  if (allAtMost(0, grey)) grey = await decodeFaint(bytes, path);
  if (allAtMost(1, grey)) grey = grey.map((value) => value * 255);
  return { width, height, channels: 1, data: grey };
}

/** 16-bit files may hold 0/1 or 0/255, which their conversion to 8 bits turns black: their values as they are. */
async function decodeFaint(bytes: Buffer, path: string): Promise<Uint8Array> {
  const decoded = await raw(bytes, path, 'as stored', 'grey16', 'ushort');
  const values = new Uint16Array(decoded.data.buffer, decoded.data.byteOffset, decoded.data.length / 2);
  const shift = allAtMost(255, values) ? 0 : 8;
  return Uint8Array.from(values, (value) => value >> shift);
}

function allAtMost(bound: number, values: Uint8Array | Uint16Array): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] > bound) return false;
  return true;
}

/** Whether an embedded colour profile is applied: to the colours of images, not to the labels of masks. */
type Colours = 'by profile' | 'as stored';

async function decode(bytes: Buffer, path: string, colours: Colours): Promise<Image> {
  const { data, info } = await raw(bytes, path, colours, 'srgb', 'uchar');
  const { width, height, channels } = info;
  return { width, height, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

async function raw(
  bytes: Buffer,
  path: string,
  colours: Colours,
  space: 'srgb' | 'grey16',
  depth: 'uchar' | 'ushort',
) {
  try {
    // Not 'warning', the default: many sound JPEGs carry stray bytes.
    const ignoreIcc = colours === 'as stored';
    return await sharp(bytes, { limitInputPixels: pixelLimit, failOn: 'error', ignoreIcc })
      .autoOrient()
      .removeAlpha()
      .toColourspace(space)
      .raw({ depth })
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** JPEG stores grey with faint colour noise; more than this is meant as colour. */
const colourNoise = 64;

/** Luma by ITU-R BT.601 in Pillow's fixed point (`convert('L')`). */
function greyOf(data: Uint8Array, channels: number, path: string): Uint8Array {
  const grey = new Uint8Array(data.length / channels);
  for (let i = 0, o = 0; o < grey.length; i += channels, o++) {
    const r = data[i];
    const g = data[i + 1];
    const b = data[i + 2];
    if (r === g && g === b) {
      grey[o] = r;
      continue;
    }
    if (Math.max(r, g, b) - Math.min(r, g, b) > colourNoise) {
      throw new UserError({
        what: `mask ${path}`,
        got: `a coloured pixel (${r}, ${g}, ${b})`,
        expected: 'grey values, white for the object and black for the rest',
        fix: 'convert it to a black-and-white PNG',
      });
    }
    grey[o] = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
  }
  return grey;
}

function unreadable(path: string, error: unknown): UserError {
  const reason = error instanceof Error ? error.message : String(error);
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return new UserError({
    what: path,
    got: missing ? 'no such file' : `a file that cannot be read (${reason.split('\n')[0]})`,
    expected: 'a complete JPEG, PNG, WebP, TIFF, GIF or AVIF image',
    fix: 'restore the file or take it out of the data folder',
  });
}
