/** Which values are shown between black and white. */
export interface Contrast {
  /** Black, as are values below. */
  readonly low: number;
  /** White, as are values above. */
  readonly high: number;
}

/**
 * The brightness of each value of 16 bits: 255 (value - low) / (high - low), rounded, from 0 to 255.
 *
 * @throws RangeError unless low < high
 */
export function contrastTable({ low, high }: Contrast): Uint8ClampedArray {
  if (!(low < high)) throw new RangeError(`no contrast between ${low} and ${high}`);
  const table = new Uint8ClampedArray(65536);
  // The array cuts off at 0 and 255.
  for (let value = 0; value < 65536; value++)
    table[value] = Math.floor((255 * (value - low)) / (high - low) + 0.5);
  return table;
}

/**
 * Samples of 16 bits as RGBA of 8 bits. Of a large image some rows at a time.
 *
 * @param samples of grey or, channels innermost, of red, green and blue
 */
export function pixelsOf(
  samples: Uint16Array,
  channels: 1 | 3,
  table: Uint8ClampedArray,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray((4 * samples.length) / channels).fill(255);
  const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
  for (let i = 0, o = 0; i < samples.length; i += channels, o += 4) {
    pixels[o] = table[samples[i]];
    pixels[o + 1] = table[samples[i + green]];
    pixels[o + 2] = table[samples[i + blue]];
  }
  return pixels;
}

/** The darkest and the brightest sample, but for a share of the samples at either end; at least one apart. */
export function contrastOf(samples: Uint16Array, share: number): Contrast {
  const counts = new Uint32Array(65536);
  for (const value of samples) counts[value]++;
  const beyond = share * samples.length;
  const reached = (step: 1 | -1, from: number): number => {
    let [value, passed] = [from, counts[from]];
    while (passed <= beyond && value + step >= 0 && value + step < 65536) {
      value += step;
      passed += counts[value];
    }
    return value;
  };
  const [low, high] = [reached(1, 0), reached(-1, 65535)];
  return low < high ? { low, high } : { low: Math.min(low, 65534), high: Math.min(low, 65534) + 1 };
}
