/** What the first page of a TIFF file says of its pixels. */
export interface TiffHeader {
  /** Its number; 1 is none. */
  readonly compression: number;
  /** Bits of a value. */
  readonly bits: number;
  /** Whether values are floats; else whole numbers. */
  readonly floats: boolean;
  /** What channels beyond grey or colours are: 0 is not said, 1 and 2 are alpha. */
  readonly extraSamples: readonly number[];
  /** In OME-TIFF files, XML. */
  readonly description: string;
}

const [BITS, COMPRESSION, DESCRIPTION, EXTRA_SAMPLES, SAMPLE_FORMAT] = [258, 259, 270, 338, 339];
const WANTED: readonly number[] = [BITS, COMPRESSION, DESCRIPTION, EXTRA_SAMPLES, SAMPLE_FORMAT];

/** Of `SAMPLE_FORMAT`. */
const FLOATS = 3;

/** Bytes of a value by its type: byte, text, short, long; those of other types are not asked for. */
const LENGTHS: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4 };

/**
 * Reads those tags of a TIFF or BigTIFF file that sharp does not tell. Layout as in TIFF 6.0, section 2, and in the
 * BigTIFF proposal of Adobe and others (8 bytes for offsets and counts).
 *
 * @returns undefined if it is no such file, or cut in its tags
 */
export function readTiffHeader(bytes: Uint8Array): TiffHeader | undefined {
  const order = String.fromCharCode(bytes[0], bytes[1]);
  if (order !== 'II' && order !== 'MM') return undefined;
  try {
    const tags = tagsOf(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), order === 'II');
    const [bits = 1] = tags.get(BITS) ?? [];
    const [compression = 1] = tags.get(COMPRESSION) ?? [];
    const text = String.fromCharCode(...(tags.get(DESCRIPTION) ?? []).slice(0, LONGEST_TEXT));
    const floats = tags.get(SAMPLE_FORMAT)?.[0] === FLOATS;
    return { bits, compression, floats, extraSamples: tags.get(EXTRA_SAMPLES) ?? [], description: text };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Enough to see the size of an OME image. */
const LONGEST_TEXT = 2 ** 15;

/** @throws RangeError where the file ends too soon */
function tagsOf(view: DataView, little: boolean): ReadonlyMap<number, readonly number[]> {
  const big = view.getUint16(2, little) === 43;
  const long = (at: number) => (big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const wide = big ? 8 : 4;
  const start = long(big ? 8 : 4);
  const count = big ? Number(view.getBigUint64(start, little)) : view.getUint16(start, little);
  const tags = new Map<number, readonly number[]>();
  for (let k = 0; k < count; k++) {
    const at = start + (big ? 8 : 2) + k * (4 + 2 * wide);
    const tag = view.getUint16(at, little);
    if (!WANTED.includes(tag)) continue;
    const length = LENGTHS[view.getUint16(at + 2, little)];
    if (!length) continue;
    const values = Math.min(long(at + 4), LONGEST_TEXT);
    const own = at + 4 + wide;
    const from = values * length <= wide ? own : long(own);
    const value = (i: number) => {
      if (length === 1) return view.getUint8(from + i);
      return length === 2 ? view.getUint16(from + 2 * i, little) : view.getUint32(from + 4 * i, little);
    };
    tags.set(
      tag,
      Array.from({ length: values }, (_, i) => value(i)),
    );
  }
  return tags;
}
