/** Which values are shown between black and white. */
export interface Contrast {
  /** Black, as are values below. */
  readonly low: number;
  /** White, as are values above. */
  readonly high: number;
}

/**
 * The grey of each value of 16 bits, as RGBA words of this machine's order: 255 (value - low) / (high - low), rounded, from 0 to 255.
 *
 * @throws RangeError unless low < high
 */
export function contrastTable({ low, high }: Contrast): Uint32Array {
  if (!(low < high)) throw new RangeError(`no contrast between ${low} and ${high}`);
  const pixels = new Uint8ClampedArray(4 * 65536).fill(255);
  for (let value = 0; value < 65536; value++) {
    // The array cuts off at 0 and 255.
    const grey = Math.floor((255 * (value - low)) / (high - low) + 0.5);
    pixels[4 * value] = pixels[4 * value + 1] = pixels[4 * value + 2] = grey;
  }
  return new Uint32Array(pixels.buffer);
}

/** Samples of 16 bits as RGBA of 8 bits. Of a large image some rows at a time: `samples.subarray(top * width, bottom * width)`. */
export function greyOf(samples: Uint16Array, table: Uint32Array): Uint8ClampedArray<ArrayBuffer> {
  const words = new Uint32Array(samples.length);
  for (let i = 0; i < samples.length; i++) words[i] = table[samples[i]];
  return new Uint8ClampedArray(words.buffer);
}
