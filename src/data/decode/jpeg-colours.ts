const [SOS, APP0, APP14] = [0xda, 0xe0, 0xee];
/** Headers of baseline, extended and progressive JPEG. */
const HEADERS: readonly number[] = [0xc0, 0xc1, 0xc2];

/** Adobe's marker, by which colours are as they are stored: version 100, no flags, no transformation. */
const STORED = [
  0xff,
  APP14,
  0,
  14,
  ...[...'Adobe'].map((letter) => letter.charCodeAt(0)),
  0,
  100,
  0,
  0,
  0,
  0,
  0,
];

/**
 * A JPEG that is said to hold RGB, as a file that says so itself. Decoders take one without a marker of Adobe or JFIF for YCbCr,
 * which it is if it has fewer of some values than of others.
 *
 * @param jpeg which begins with its first marker
 */
export function asRgb(jpeg: Uint8Array): Uint8Array {
  for (let at = 2; at + 3 < jpeg.length && jpeg[at] === 0xff; ) {
    const marker = jpeg[at + 1];
    if (marker === APP0 || marker === APP14) return jpeg;
    if (marker === SOS) break;
    if (HEADERS.includes(marker) && jpeg[at + 11] !== jpeg[at + 14]) return jpeg;
    at += marker === 0xff ? 1 : 2 + ((jpeg[at + 2] << 8) | jpeg[at + 3]);
  }
  const result = new Uint8Array(jpeg.length + STORED.length);
  result.set(jpeg.subarray(0, 2));
  result.set(STORED, 2);
  result.set(jpeg.subarray(2), 2 + STORED.length);
  return result;
}
