import sharp, { type Metadata, type Sharp } from 'sharp';
import type { Size } from '../../core/size.ts';
import { decodeBmp, isBmp } from './bmp.ts';
import { unreadable } from './bytes.node.ts';
import { expectImage, type ImageContent, lengthOf, tiffHeaderOf } from './content.node.ts';
import { decodeDicom, isDicom } from './dicom.node.ts';
import { expectRoom } from './jpeg-room.ts';
import { bytesOfNumbers, PixelsRefused } from './numbers.ts';
import { orientedSize } from './orient.ts';
import { placeOf } from './page.ts';
import { type Intensity, imageOfValues, USUAL, type Values } from './reading.ts';
import type { Image } from './resize.ts';

// One image is decoded once: nothing to cache, and the workers are the parallelism.
sharp.cache(false);
sharp.concurrency(1);

/** Far above any photograph and most scans; a file of a few bytes can claim more pixels than there is memory. */
const pixelLimit = 2 ** 30;

/** Larger pictures are decoded in stripes: each anew from the beginning of the file, so fewer are faster. */
const stripePixels = 2 ** 25;

/** What a picture is read as: an image has its colour profile applied and no alpha; values stay as they are stored, alpha too. */
export type Purpose = 'image' | 'values';

/** An image file that has been opened. */
export interface Picture {
  /** Upright, as the EXIF orientation says. */
  readonly size: Size;
  /** The EXIF orientation that the stripes together have. */
  readonly orientation: number;
  /** What a value is stored as. */
  readonly depth: Depth;
  /** As many as are stored, alpha included. */
  readonly channels: number;
  /** How many of them are colours (3) or grey (1), those after them being alpha; undefined if the file does not say. */
  readonly colours?: 1 | 3;
  /** Images in the file, of which this is one. */
  readonly pages: number;
  /** The range of values that a DICOM file proposes to look at. */
  readonly window?: Intensity;
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
  values(): AsyncIterable<MaskValues>;
  /** The same with all channels, and whatever their number is; of CMYK as RGB. */
  bands(): AsyncIterable<Values>;
}

/** Types of values as libvips names them. */
export type Depth = 'uchar' | 'ushort' | 'char' | 'short' | 'uint' | 'int' | 'float' | 'double';

/** Pixels of the types that masks have. */
export type MaskValues = Values & { readonly data: Uint8Array | Uint16Array | Float32Array };

/**
 * Opens the content of an image file (JPEG, PNG, WebP, TIFF, GIF, AVIF, BMP, DICOM), whatever its ending says.
 *
 * @param content of the file; or its path again, also of a page, and it is read piece by piece, which bitmaps are not
 * @param path for messages
 * @throws UserError naming the file if it cannot be read; so does reading stripes
 */
export async function openPicture(content: ImageContent, path: string, purpose: Purpose): Promise<Picture> {
  const named = <T>(work: Promise<T>) => work.catch((error) => Promise.reject(unreadable(path, error)));
  if (typeof content !== 'string' && isDicom(content)) return named(dicomPicture(content, path));
  await expectImage(content, path);
  await expectKnownFloats(content, path);
  const input = await named(sourceOf(content, purpose));
  const metadata = await named(input().metadata());
  const { width, height, orientation: stored = 1, depth, space, format, channels } = metadata;
  if (format === 'jpeg') await named(lengthOf(content).then((length) => expectRoom(metadata, length)));
  const huge = width * height > stripePixels;
  const rows = huge ? Math.max(1, Math.floor(stripePixels / width)) : height;

  async function* read<Part>(render: (part: Sharp) => Promise<Part>) {
    for (let top = 0; top < height; top += rows) {
      const region = { left: 0, top, width, height: Math.min(rows, height - top) };
      yield await named(render(huge ? input().extract(region) : input().autoOrient()));
    }
  }

  const target = purpose === 'values' && space === 'b-w' ? 'b-w' : 'srgb';
  const bytesOf = (part: Sharp) => pixels(part.toColourspace(target), 'uchar', (data) => data);
  const numbersOf = (part: Sharp) =>
    pixels(part.toColourspace(space), 'float', (data) => bytesOfNumbers(new Float32Array(aligned(data))));
  const deep = depth === 'ushort';
  const valuesOf = (part: Sharp): Promise<MaskValues> => {
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
    ...{
      depth: depth as Depth,
      channels,
      pages: metadata.pages ?? 1,
      colours: await coloursOf(metadata, content),
    },
    stripes: () => read(deep || depth === 'uchar' ? bytesOf : numbersOf),
    values: () => read(valuesOf),
    bands: () => read((part) => bandsOf(part, metadata)),
  };
}

/** Floats of 16 bits would be read as whole numbers, those of 64 bits as a damaged file. */
async function expectKnownFloats(content: ImageContent, path: string): Promise<void> {
  const header = await tiffHeaderOf(content);
  if (!header?.floats || header.bits === 32) return;
  const facts = {
    got: `floats of ${header.bits} bits`,
    expected: 'floats of 32 bits, or whole numbers',
    fix: 'convert the file',
  };
  throw unreadable(path, new PixelsRefused(facts));
}

/** The one frame of a DICOM file. */
async function dicomPicture(bytes: Buffer, path: string): Promise<Picture> {
  const { window, ...frame } = await decodeDicom(bytes);
  const { height, width, channels, data } = frame;
  const depth = data instanceof Uint8Array ? 'uchar' : data instanceof Uint16Array ? 'ushort' : 'float';
  async function* one<Part>(part: () => Part) {
    try {
      yield part();
    } catch (error) {
      throw unreadable(path, error);
    }
  }
  return {
    size: { height, width },
    ...{ orientation: 1, depth, channels, colours: channels === 1 ? 1 : 3, pages: 1, window },
    reduced: async () => undefined,
    stripes: () => one(() => imageOfValues(frame, USUAL)),
    values: () => one(() => frame),
    bands: () => one(() => frame),
  };
}

/** How many channels are grey or colours. Where a TIFF file has others, it can say of them that they are alpha. */
async function coloursOf(
  { format, space, channels }: Metadata,
  content: ImageContent,
): Promise<1 | 3 | undefined> {
  if (space !== 'b-w' && space !== 'grey16') return channels < 3 || space === 'multiband' ? undefined : 3;
  if (channels === 1 || format !== 'tiff') return 1;
  // A huge file is not read for it.
  const said = typeof content !== 'string' || placeOf(content).page !== undefined;
  const extra = (said && (await tiffHeaderOf(content))?.extraSamples) || [];
  return channels === 2 && (extra[0] === 1 || extra[0] === 2) ? 1 : undefined;
}

/** What `short` is shifted by to be stored without its sign. */
const HALF = 2 ** 15;

/** All channels of a part. */
async function bandsOf(part: Sharp, { space, channels, depth }: Metadata): Promise<Values> {
  const numbers = (data: Buffer) => new Float32Array(aligned(data));
  if (space === 'grey16' && depth === 'short') {
    // As it is, libvips would cut off what is below 0.
    const all = Array.from({ length: channels }, () => 1);
    const shifted = part.linear(
      all,
      all.map(() => HALF),
    );
    const convert = (data: Buffer) => numbers(data).map((value) => value - HALF);
    return pixels(shifted.toColourspace('grey16'), 'float', convert);
  }
  const byName = { uchar: 'uchar', ushort: 'ushort' } as const;
  const type = byName[depth as keyof typeof byName] ?? 'float';
  const convert = (data: Buffer): Values['data'] => {
    if (type === 'uchar') return data;
    return type === 'ushort' ? new Uint16Array(aligned(data)) : numbers(data);
  };
  // Of a grey picture libvips gives the first channel only; as RGB the first one three times, and all others.
  const spread = space === 'b-w' && channels > 1;
  const target = spread || space === 'cmyk' ? 'srgb' : space;
  const values = await pixels(part.toColourspace(target), type, convert);
  return spread ? withoutFirst(values, 2) : values;
}

function withoutFirst({ width, height, channels, data }: Values, count: number): Values {
  return { width, height, channels: channels - count, data: data.filter((_, i) => i % channels >= count) };
}

/** Makes the start of a pipeline, as often as called. */
async function sourceOf(content: ImageContent, purpose: Purpose): Promise<() => Sharp> {
  // Not 'warning', the default: many sound JPEGs carry stray bytes.
  const options = { limitInputPixels: pixelLimit, failOn: 'error', ignoreIcc: purpose === 'values' } as const;
  const start = (() => {
    if (typeof content === 'string') {
      const { file, page = 1 } = placeOf(content);
      return () => sharp(file, { ...options, page: page - 1 });
    }
    if (!isBmp(content)) return () => sharp(content, options);
    const { width, height, channels, data } = decodeBmp(content);
    return () => sharp(data, { ...options, raw: { width, height, channels: channels as 3 | 4 } });
  })();
  return purpose === 'values' ? start : () => start().removeAlpha();
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
