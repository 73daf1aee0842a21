import { formatOf } from './format.ts';
import { readTiffHeader } from './tiff-header.ts';

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
  tiff: isLossyTiff,
  bigtiff: isLossyTiff,
};

/** WebP: a file is chunks of a name and a length; `VP8 ` holds pixels with loss, `VP8L` without. */
function hasLossyChunk(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 <= bytes.length; ) {
    if (String.fromCharCode(...bytes.subarray(at, at + 4)) === 'VP8 ') return true;
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length % 2);
  }
  return false;
}

function isLossyTiff(bytes: Uint8Array): boolean {
  return JPEG_LIKE.has(readTiffHeader(bytes)?.compression ?? 1);
}

/** TIFF's old and new JPEG, lossy DNG, JPEG 2000 and WebP, by their numbers in the tag Compression. */
const JPEG_LIKE: ReadonlySet<number> = new Set([6, 7, 34892, 33003, 33005, 34712, 50001]);
