/** What a page of a TIFF file says of its pixels; values are numbers as TIFF 6.0 has them. */
export interface TiffHeader {
  readonly compression: number;
  /** Bits of a value. */
  readonly bits: number;
  /** 1 unsigned, 2 signed, 3 floating-point, 5 and 6 complex. */
  readonly format: number;
  /** What the channels mean: 0 grey from white to black, 1 grey, 2 RGB, 6 YCbCr, .. */
  readonly photometric: number;
  /** Where in the file its two bytes are, and in which order. */
  readonly photometricAt?: { readonly at: number; readonly little: boolean };
  /** Values of a pixel. */
  readonly channels: number;
  /** Whether each channel is a plane of its own; else they are stored pixel by pixel. */
  readonly planes: boolean;
  /** What channels beyond grey or colours are: 0 is not said, 1 and 2 are alpha. */
  readonly extraSamples: readonly number[];
  /** In OME-TIFF files, XML; of the first page. */
  readonly description: string;
}

/** Reads bytes of a file from a place on: fewer where it ends. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>;

const TAGS = {
  bits: 258,
  compression: 259,
  photometric: 262,
  description: 270,
  channels: 277,
  planes: 284,
  extraSamples: 338,
  format: 339,
} as const;
const WANTED: ReadonlySet<number> = new Set(Object.values(TAGS));

/** Of `TAGS.planes`. */
const SEPARATE = 2;

/** Bytes of a value by its type: byte, text, short, long; those of other types are not asked for. */
const LENGTHS: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4 };

/** Enough to see the size of an OME image. */
const LONGEST_TEXT = 2 ** 15;
/** Tags of a page; real ones have some twenty. */
const MOST_TAGS = 2 ** 16;

/**
 * Reads those tags of a TIFF or BigTIFF file that sharp does not tell, and no more of the file than that takes. Layout as in TIFF 6.0,
 * section 2, and in the BigTIFF proposal of Adobe and others (8 bytes for offsets and counts).
 *
 * @param page from 1
 * @param known where pages begin, as far as that is known: each one says where the next is. What is found is added
 * @returns undefined if it is no such file, has no such page, or is cut in its tags
 */
export async function readTiffHeader(
  read: ReadAt,
  page = 1,
  known: number[] = [],
): Promise<TiffHeader | undefined> {
  const order = String.fromCharCode(...(await read(0, 2)));
  if (order !== 'II' && order !== 'MM') return undefined;
  try {
    const file = await layoutOf(read, order === 'II');
    known[0] ??= await file.first();
    for (let i = Math.min(page, known.length); i < page && known[i - 1] !== 0; i++)
      known[i] ??= await file.next(known[i - 1]);
    const start = known[page - 1];
    return start ? headerOf(await file.tags(start), file.little) : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Tag {
  readonly values: readonly number[];
  /** Where they lie, each of so many bytes. */
  readonly at: number;
  readonly length: number;
}

function headerOf(tags: ReadonlyMap<number, Tag>, little: boolean): TiffHeader {
  const photometric = tags.get(TAGS.photometric);
  const first = (tag: number, otherwise: number) => tags.get(tag)?.values[0] ?? otherwise;
  return {
    bits: first(TAGS.bits, 1),
    compression: first(TAGS.compression, 1),
    format: first(TAGS.format, 1),
    photometric: first(TAGS.photometric, 1),
    ...(photometric?.length === 2 && { photometricAt: { at: photometric.at, little } }),
    channels: first(TAGS.channels, 1),
    planes: first(TAGS.planes, 1) === SEPARATE,
    extraSamples: tags.get(TAGS.extraSamples)?.values ?? [],
    description: String.fromCharCode(...(tags.get(TAGS.description)?.values ?? [])),
  };
}

/** How a file is laid out. All of it throws RangeError where the file ends too soon. */
async function layoutOf(read: ReadAt, little: boolean) {
  const view = async (at: number, length: number) => {
    const { buffer, byteOffset, byteLength } = await read(at, length);
    return new DataView(buffer, byteOffset, byteLength);
  };
  const big = (await view(2, 2)).getUint16(0, little) === 43;
  const wide = big ? 8 : 4;
  const entry = 4 + 2 * wide;
  const long = (from: DataView, at: number) =>
    big ? Number(from.getBigUint64(at, little)) : from.getUint32(at, little);
  const longAt = async (at: number) => long(await view(at, wide), 0);
  const head = big ? 8 : 2;
  const countAt = async (start: number) => {
    const count = big ? await longAt(start) : (await view(start, head)).getUint16(0, little);
    if (count > MOST_TAGS) throw new RangeError(`${count} tags`);
    return count;
  };

  async function tagOf(directory: DataView, at: number, start: number): Promise<Tag | undefined> {
    const length = LENGTHS[directory.getUint16(at + 2, little)];
    if (!length) return undefined;
    const count = Math.min(long(directory, at + 4), LONGEST_TEXT);
    const from = count * length <= wide ? start + at + 4 + wide : long(directory, at + 4 + wide);
    const found = await view(from, count * length);
    const value = (i: number) => {
      if (length === 1) return found.getUint8(i);
      return length === 2 ? found.getUint16(2 * i, little) : found.getUint32(4 * i, little);
    };
    return { at: from, length, values: Array.from({ length: count }, (_, i) => value(i)) };
  }

  return {
    little,
    first: () => longAt(big ? 8 : 4),
    next: async (start: number) => longAt(start + head + (await countAt(start)) * entry),
    tags: async (start: number): Promise<ReadonlyMap<number, Tag>> => {
      const count = await countAt(start);
      const directory = await view(start + head, count * entry);
      const tags = new Map<number, Tag>();
      for (let at = 0; at < count * entry; at += entry) {
        const number = directory.getUint16(at, little);
        const tag = WANTED.has(number) && (await tagOf(directory, at, start + head));
        if (tag) tags.set(number, tag);
      }
      return tags;
    },
  };
}
