/** Pixels that cannot be used as they are, and what can be done; who knows the file names it. */
export class PixelsRefused extends Error {
  constructor(readonly facts: { readonly got: string; readonly expected: string; readonly fix: string }) {
    super(`${facts.got}, expected ${facts.expected}`);
  }
}

/** What to do about values that are no usual ones. */
export const SAY_INTENSITY =
  'say which values become black and white: --intensity used, percentile:0.5 or LOW:HIGH';

/**
 * Pixels of other types than 8 and 16 bits (floats, 32-bit integers, signed ones) as bytes: values in 0..1 are taken
 * times 255, as masks and images of floats have it, values in 0..255 as they are; rounded.
 *
 * @throws PixelsRefused for values that are neither
 */
export function bytesOfNumbers(values: Float32Array): Uint8Array {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (Number.isNaN(value)) throw new Error('a pixel that is not a number (NaN)');
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low < 0 || high > 255) {
    throw new PixelsRefused({
      got: `pixels from ${low} to ${high}`,
      expected: 'values in 0..1 or in 0..255',
      fix: SAY_INTENSITY,
    });
  }
  const scale = high <= 1 ? 255 : 1;
  return Uint8Array.from(values, (value) => Math.round(value * scale));
}
