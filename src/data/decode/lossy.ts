import { formatOf } from './format.ts';

/**
 * Whether pixels are only about what was saved: JPEG, and those WebP, AVIF and TIFF files that are compressed in a like way. Of a
 * file that ends too early the answer is no.
 */
export function isLossy(bytes: Uint8Array): boolean {
  return LOSSY[formatOf(bytes)]?.(bytes) ?? false;
}

const LOSSY: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
  jpeg: () => true,
  // Lossless ones are rare, and said to be so in a place that is hard to read.
  avif: () => true,
  webp: hasLossyChunk,
  tiff: (bytes) => JPEG_LIKE.has(compressionOf(bytes) ?? 0),
};

/** WebP: a file is chunks of a name and a length; `VP8 ` holds pixels with loss, `VP8L` without. */
function hasLossyChunk(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  for (let at = 12; at + 8 <= bytes.length; ) {
    if (String.fromCharCode(...bytes.subarray(at, at + 4)) === 'VP8 ') return true;
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return false;
}

/** TIFF's old and new JPEG, lossy DNG, JPEG 2000 and WebP, by their numbers in the tag Compression. */
const JPEG_LIKE: ReadonlySet<number> = new Set([6, 7, 34892, 33003, 33005, 34712, 50001]);
const COMPRESSION = 259;

/** Of the first page of a TIFF file (6.0, section 2). */
function compressionOf(bytes: Uint8Array): number | undefined {
  const view = viewOf(bytes);
  const little = bytes[0] === 0x49;
  const first = view.getUint32(4, little);
  if (first + 2 > bytes.length) return undefined;
  const entries = view.getUint16(first, little);
  for (let at = first + 2; at + 12 <= Math.min(bytes.length, first + 2 + 12 * entries); at += 12) {
    if (view.getUint16(at, little) === COMPRESSION) return view.getUint16(at + 8, little);
  }
  return undefined;
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new DataView(buffer, byteOffset, byteLength);
