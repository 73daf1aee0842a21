import sharp, { type Sharp } from 'sharp';
import type { Size } from '../../core/size.ts';
import { decodeBmp, isBmp } from './bmp.ts';
import { unreadable } from './bytes.node.ts';
import { bytesOfNumbers } from './numbers.ts';
import { orientedSize } from './orient.ts';
import type { Image } from './resize.ts';

// One image is decoded once: nothing to cache, and the workers are the parallelism.
sharp.cache(false);
sharp.concurrency(1);

/** Far above any photograph and most scans; a file of a few bytes can claim more pixels than there is memory. */
const pixelLimit = 2 ** 30;

/** Larger pictures are decoded in stripes: each anew from the beginning of the file, so fewer are faster. */
const stripePixels = 2 ** 25;

/**
 * What a picture is read as: an image has its colour profile applied and no alpha; a mask's values stay as stored, and
 * it keeps its alpha.
 */
export type Purpose = 'image' | 'mask';

/** An image file that has been opened. */
export interface Picture {
  /** Upright, as the EXIF orientation says. */
  readonly size: Size;
  /** The EXIF orientation that the stripes together have. */
  readonly orientation: number;
  /**
   * The whole picture, upright, in one stripe; or a huge one from the top as it is stored. Channels are grey or
   * RGB, and a last one of alpha makes them two or four.
   */
  stripes(): AsyncIterable<Image>;
  /**
   * The whole picture, upright, as an image that may be smaller than it is, but not smaller than asked for in either
   * direction: of a JPEG file a half, a quarter or an eighth is decoded at a fraction of the cost. Undefined where this
   * is not to be had.
   */
  reduced(least: Size): Promise<Image | undefined>;
  /** The stripes with all bits of their values: of 16 bits as they are stored, of others that are not bytes as floats. */
  values(): AsyncIterable<Values>;
}

/** Pixels as they are stored: rows from the top, channels innermost. */
export interface Values extends Size {
  readonly channels: number;
  readonly data: Uint8Array | Uint16Array | Float32Array;
}

/**
 * Opens the content of an image file (JPEG, PNG, WebP, TIFF, GIF, AVIF, BMP), whatever its ending says.
 *
 * @param content of the file; or its path again, and it is read piece by piece, which bitmaps are not
 * @param path for messages
 * @throws UserError naming the file if it cannot be read; so does reading stripes
 */
export async function openPicture(
  content: Buffer | string,
  path: string,
  purpose: Purpose,
): Promise<Picture> {
  const named = <T>(work: Promise<T>) => work.catch((error) => Promise.reject(unreadable(path, error)));
  const input = await named(sourceOf(content, purpose));
  const { width, height, orientation: stored = 1, depth, space, format } = await named(input().metadata());
  const huge = width * height > stripePixels;
  const rows = huge ? Math.max(1, Math.floor(stripePixels / width)) : height;

  async function* read<Part>(render: (part: Sharp) => Promise<Part>) {
    for (let top = 0; top < height; top += rows) {
      const region = { left: 0, top, width, height: Math.min(rows, height - top) };
      yield await named(render(huge ? input().extract(region) : input().autoOrient()));
    }
  }

  const target = purpose === 'mask' && space === 'b-w' ? 'b-w' : 'srgb';
  const bytesOf = (part: Sharp) => pixels(part.toColourspace(target), 'uchar', (data) => data);
  const numbersOf = (part: Sharp) =>
    pixels(part.toColourspace(space), 'float', (data) => bytesOfNumbers(new Float32Array(aligned(data))));
  const deep = depth === 'ushort';
  const valuesOf = (part: Sharp): Promise<Values> => {
    if (depth === 'uchar') return bytesOf(part);
    if (!deep) return pixels(part.toColourspace(space), 'float', (data) => new Float32Array(aligned(data)));
    const wide = space === 'grey16' || space === 'b-w' ? 'grey16' : 'rgb16';
    return pixels(part.toColourspace(wide), 'ushort', (data) => new Uint16Array(aligned(data)));
  };
  const size = orientedSize({ height, width }, stored);
  return {
    size,
    reduced: async (least) => {
      const factor = [8, 4, 2].find((n) => size.height >= n * least.height && size.width >= n * least.width);
      if (format !== 'jpeg' || huge || !factor) return undefined;
      const [h, w] = [size.height, size.width].map((side) => Math.ceil(side / factor));
      return named(bytesOf(input().autoOrient().resize(w, h, { fit: 'fill' })));
    },
    orientation: huge ? stored : 1,
    stripes: () => read(deep || depth === 'uchar' ? bytesOf : numbersOf),
    values: () => read(valuesOf),
  };
}

/** Makes the start of a pipeline, as often as called. */
async function sourceOf(content: Buffer | string, purpose: Purpose): Promise<() => Sharp> {
  // Not 'warning', the default: many sound JPEGs carry stray bytes.
  const options = { limitInputPixels: pixelLimit, failOn: 'error', ignoreIcc: purpose === 'mask' } as const;
  const start = (() => {
    if (typeof content === 'string' || !isBmp(content)) return () => sharp(content, options);
    const { width, height, channels, data } = decodeBmp(content);
    return () => sharp(data, { ...options, raw: { width, height, channels: channels as 3 | 4 } });
  })();
  return purpose === 'mask' ? start : () => start().removeAlpha();
}

async function pixels<Data>(
  part: Sharp,
  depth: 'uchar' | 'ushort' | 'float',
  convert: (data: Buffer) => Data,
): Promise<Size & { readonly channels: number; readonly data: Data }> {
  const { data, info } = await part.raw({ depth }).toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data: convert(data) };
}

/** The bytes in a buffer of their own, at whose start wider numbers may lie. */
function aligned(data: Buffer): ArrayBuffer {
  return new Uint8Array(data).buffer;
}
