/** Pixels that cannot be used as they are, and what can be done; who knows the file names it. */
export class PixelsRefused extends Error {
  constructor(readonly facts: { readonly got: string; readonly expected: string; readonly fix: string }) {
    super(`${facts.got}, expected ${facts.expected}`);
  }
}

/** What to do about values that are no usual ones. */
export const SAY_INTENSITY =
  'say which values become black and white: --intensity used, percentile:0.5 or LOW:HIGH';

/** From the lowest value to the highest. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

export const NO_RANGE: Range = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };

/** @throws PixelsRefused for NaN and infinite values */
export function expectFinite(value: number): void {
  if (Number.isFinite(value)) return;
  throw new PixelsRefused({
    got: Number.isNaN(value) ? 'a pixel that is not a number (NaN)' : 'a pixel that is infinite',
    expected: 'a number in each pixel',
    fix: 'write the image with a value where there is none, such as 0, or leave it out',
  });
}

/**
 * The range of values and of those before.
 *
 * @throws PixelsRefused for NaN and infinite values
 */
export function rangeOf(values: ArrayLike<number>, before = NO_RANGE): Range {
  let { low, high } = before;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) expectFinite(value);
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** Resampling makes values in 0..1 go beyond either end. */
const OVERSHOOT = 0.05;

/** Which value is white among usual ones: 1 of values in 0..1, 255 of values in 0..255; undefined of others. */
export function whiteOf({ low, high }: Range): 1 | 255 | undefined {
  if (low >= -OVERSHOOT && high <= 1 + OVERSHOOT) return 1;
  return low >= 0 && high <= 255 ? 255 : undefined;
}

/**
 * Pixels of other types than 8 and 16 bits (floats, 32-bit integers, signed ones) as bytes: values in 0..1 are taken
 * times 255, as masks and images of floats have it, values in 0..255 as they are; rounded. What lies a little beyond 0..1 is cut off.
 *
 * @param range of all values of the image, if these are a part of them
 * @throws PixelsRefused for values that are neither
 */
export function bytesOfNumbers(values: Float32Array, range = rangeOf(values)): Uint8Array {
  const white = whiteOf(range);
  if (white === undefined) {
    throw new PixelsRefused({
      got: `pixels from ${range.low} to ${range.high}`,
      expected: 'values in 0..1 or in 0..255',
      fix: SAY_INTENSITY,
    });
  }
  const scale = 255 / white;
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.min(255, Math.max(0, Math.round(values[i] * scale)));
  return bytes;
}
