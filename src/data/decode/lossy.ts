import { BEGINNING, formatOf } from './format.ts';
import { type ReadAt, readTiffHeader } from './tiff-header.ts';

/**
 * Whether pixels are only about what was saved: JPEG, and those WebP, AVIF and TIFF files that are compressed in a like way. Of a
 * file that ends too early the answer is no.
 */
export async function isLossy(read: ReadAt): Promise<boolean> {
  return (await LOSSY[formatOf(await read(0, BEGINNING))]?.(read)) ?? false;
}

const LOSSY: Readonly<Record<string, (read: ReadAt) => boolean | Promise<boolean>>> = {
  jpeg: () => true,
  // Lossless ones are rare, and said to be so in a place that is hard to read.
  avif: () => true,
  webp: hasLossyChunk,
  tiff: isLossyTiff,
  bigtiff: isLossyTiff,
};

/** WebP: a file is chunks of a name and a length; `VP8 ` holds pixels with loss, `VP8L` without. */
async function hasLossyChunk(read: ReadAt): Promise<boolean> {
  for (let at = 12; ; ) {
    const head = await read(at, 8);
    if (head.length < 8) return false;
    if (String.fromCharCode(...head.subarray(0, 4)) === 'VP8 ') return true;
    const length = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
    at += 8 + length + (length % 2);
  }
}

async function isLossyTiff(read: ReadAt): Promise<boolean> {
  return JPEG_LIKE.has((await readTiffHeader(read))?.compression ?? 1);
}

/** TIFF's old and new JPEG, lossy DNG, JPEG 2000 and WebP, by their numbers in the tag Compression. */
const JPEG_LIKE: ReadonlySet<number> = new Set([6, 7, 34892, 33003, 33005, 34712, 50001]);
