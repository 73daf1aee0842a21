import sharp, { type Metadata, type Sharp } from 'sharp';
import type { Size } from '../../core/size.ts';
import { decodeBmp, isBmp } from './bmp.ts';
import { readBytes, unreadable } from './bytes.node.ts';
import { expectImage, type ImageContent, lengthOf, tiffHeaderOf, UNLIMITED } from './content.node.ts';
import { decodeDicom, isDicom } from './dicom.node.ts';
import { type Decode, expectRoom, type FailOn, unlessShort } from './jpeg-room.ts';
import { NO_RANGE, PixelsRefused, type Range, rangeOf } from './numbers.ts';
import { orientedSize } from './orient.ts';
import { placeOf } from './page.ts';
import { type Intensity, imageOfValues, USUAL, type Values } from './reading.ts';
import type { Image } from './resize.ts';
import type { TiffHeader } from './tiff-header.ts';
import { areMixedUp, expectKnownPixels, ofUnknownChannels } from './tiff-pixels.ts';

// One image is decoded once: nothing to cache, and the workers are the parallelism.
sharp.cache(false);
sharp.concurrency(1);

/** Far above any photograph and most scans; a file of a few bytes can claim more pixels than there is memory. */
const MOST_PIXELS = 2 ** 30;

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
  /** Whether it comes in several stripes. */
  readonly huge: boolean;
  /** The range of values that a DICOM file proposes to look at. */
  readonly window?: Intensity;
  /** Of a DICOM file: values that stand where there is no picture. */
  readonly padding?: Intensity;
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
 * @param most pixels; more are for who never holds all of them
 * @throws UserError naming the file if it cannot be read; so does reading stripes
 */
export async function openPicture(
  content: ImageContent,
  path: string,
  purpose: Purpose,
  most = MOST_PIXELS,
): Promise<Picture> {
  const named = <T>(work: Promise<T>) => work.catch((error) => Promise.reject(unreadable(path, error)));
  if (typeof content !== 'string' && isDicom(content)) return named(dicomPicture(content, path));
  await expectImage(content, path);
  const header = await named(knownHeader(content));
  const input = await named(sourceOf(content, purpose, header));
  const metadata = await named(input().metadata());
  const { width, height, orientation: stored = 1, depth, space, format, channels } = metadata;
  if (width * height > most) throw unreadable(path, tooLarge(metadata, most));
  if (format === 'jpeg') await named(lengthOf(content).then((length) => expectRoom(metadata, length)));
  const huge = width * height > stripePixels;
  const rows = huge ? Math.max(1, Math.floor(stripePixels / width)) : height;

  const decoded = format === 'jpeg' ? unlessShort : <Part>(decode: Decode<Part>) => decode('error');

  async function* read<Part>(render: (part: Sharp) => Promise<Part>) {
    for (let top = 0; top < height; top += rows) {
      const region = { left: 0, top, width, height: Math.min(rows, height - top) };
      const part = (failOn: FailOn) => (huge ? input(failOn).extract(region) : input(failOn).autoOrient());
      yield await named(decoded((failOn) => render(part(failOn))));
    }
  }

  const target = purpose === 'values' && space === 'b-w' ? 'b-w' : 'srgb';
  // Without it, 16 bits with a profile would come out as Display P3.
  const toSrgb = purpose === 'image' && space === 'rgb16' && metadata.icc !== undefined;
  const bytesOf = (part: Sharp) => {
    const coloured = toSrgb ? part.withIccProfile('srgb') : part;
    return pixels(coloured.toColourspace(target), 'uchar', (data) => data);
  };
  const numbersOf = (part: Sharp) =>
    pixels(part.toColourspace(space), 'float', (data) => new Float32Array(aligned(data)));
  const deep = depth === 'ushort';
  const valuesOf = (part: Sharp): Promise<MaskValues> => {
    if (depth === 'uchar') return bytesOf(part);
    if (!deep) return numbersOf(part);
    const wide = space === 'grey16' || space === 'b-w' ? 'grey16' : 'rgb16';
    return pixels(part.toColourspace(wide), 'ushort', (data) => new Uint16Array(aligned(data)));
  };
  const colours = coloursOf(metadata, header);
  const copied = space === 'multiband';
  const ofBands = (part: Sharp) => bandsOf(part, metadata);
  const storedOf = copied ? ofBands : numbersOf;
  async function* imagesOfStored() {
    const numbers = !deep && depth !== 'uchar';
    const range = huge && numbers ? await named(rangeOfAll(read(storedOf))) : undefined;
    for await (const part of read(storedOf)) yield await named(imageOf(part, range));
  }
  const size = orientedSize({ height, width }, stored);
  return {
    size,
    reduced: async (least) => {
      const factor = [8, 4, 2].find((n) => size.height >= n * least.height && size.width >= n * least.width);
      if (format !== 'jpeg' || huge || !factor) return undefined;
      const [h, w] = [size.height, size.width].map((side) => Math.ceil(side / factor));
      return named(decoded((failOn) => bytesOf(input(failOn).autoOrient().resize(w, h, { fit: 'fill' }))));
    },
    orientation: huge ? stored : 1,
    ...{
      depth: depth as Depth,
      channels,
      pages: metadata.pages ?? 1,
      colours,
      huge,
    },
    stripes: () => (!copied && (deep || depth === 'uchar') ? read(bytesOf) : imagesOfStored()),
    values: () => read(copied ? async (part) => greyOf(await ofBands(part), colours) : valuesOf),
    bands: () => read(ofBands),
  };
}

/** What a TIFF file says. @throws PixelsRefused if it would be read otherwise */
async function knownHeader(content: ImageContent): Promise<TiffHeader | undefined> {
  const header = await tiffHeaderOf(content);
  if (header) expectKnownPixels(header);
  return header;
}

/** @throws PixelsRefused for values that are no usual ones */
const imageOf = async (values: Values, range?: Range): Promise<Image> => imageOfValues(values, USUAL, range);

/** What values mean is not known of a part of them. @throws PixelsRefused for those that are no numbers */
export async function rangeOfAll(parts: AsyncIterable<Values>): Promise<Range> {
  let range = NO_RANGE;
  for await (const { data } of parts) range = rangeOf(data, range);
  return range;
}

/** Of channels that libvips knows nothing of, those that masks have: the first, and alpha if there is. */
function greyOf({ channels, data, ...size }: Values, colours: 1 | 3 | undefined): MaskValues {
  const kept = colours === 1 ? channels : 1;
  return { ...size, channels: kept, data: data.filter((_, i) => i % channels < kept) as MaskValues['data'] };
}

function tooLarge({ width, height }: Size, most: number): PixelsRefused {
  return new PixelsRefused({
    got: `${width}x${height} pixels`,
    expected: `at most ${most} pixels, where an image is not predicted tile by tile`,
    fix: 'cut it into pieces, or make it smaller',
  });
}

/** The one frame of a DICOM file. */
async function dicomPicture(bytes: Buffer, path: string): Promise<Picture> {
  const { window, padding, ...frame } = await decodeDicom(bytes);
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
    ...{ size: { height, width }, orientation: 1, pages: 1, huge: false },
    ...{ depth, channels, colours: channels === 1 ? 1 : 3, window, padding },
    reduced: async () => undefined,
    stripes: () => one(() => imageOfValues(frame, USUAL)),
    values: () => one(() => frame),
    bands: () => one(() => frame),
  };
}

/** How many channels are grey or colours. Where a TIFF file has others, it can say of them that they are alpha. */
function coloursOf({ format, space, channels }: Metadata, header?: TiffHeader): 1 | 3 | undefined {
  const grey = space === 'b-w' || space === 'grey16';
  if (!grey && space !== 'multiband') return channels < 3 ? undefined : 3;
  if (grey && (channels === 1 || format !== 'tiff')) return 1;
  const [extra] = header?.extraSamples ?? [];
  return channels === 2 && (extra === 1 || extra === 2) ? 1 : undefined;
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
async function sourceOf(
  content: ImageContent,
  purpose: Purpose,
  header?: TiffHeader,
): Promise<(failOn?: FailOn) => Sharp> {
  const options = { ...UNLIMITED, ignoreIcc: purpose === 'values' } as const;
  const { file, page = 1 } = typeof content === 'string' ? placeOf(content) : {};
  const bytes = typeof content === 'string' ? undefined : content;
  const start = await (async () => {
    if (bytes && isBmp(bytes)) {
      const { width, height, channels, data } = decodeBmp(bytes);
      const raw = { width, height, channels: channels as 3 | 4 };
      return (failOn: FailOn) => sharp(data, { ...options, failOn, raw });
    }
    const known =
      header && areMixedUp(header) ? ofUnknownChannels(bytes ?? (await readBytes(file!)), header) : bytes;
    return (failOn: FailOn) => sharp(known ?? file!, { ...options, failOn, page: page - 1 });
  })();
  return (failOn = 'error') => (purpose === 'values' ? start(failOn) : start(failOn).removeAlpha());
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
