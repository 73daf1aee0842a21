import type { Size } from '../../core/size.ts';
import { bytesOfNumbers, expectFinite, PixelsRefused, type Range } from './numbers.ts';
import type { Image } from './resize.ts';

/** How the stored values of images become those that a network is fed: one rule for a whole set. */
export interface PixelReading {
  /** Without it: 8 bits as they are, of 16 the upper 8, of others see `bytesOfNumbers`. */
  readonly intensity?: Intensity;
  /**
   * Which of the stored channels are red, green and blue, from 1: three; two, and blue is 0; or one, which is grey. Without it RGB or
   * grey, and alpha is dropped.
   */
  readonly channels?: readonly number[];
}

/** Stored values that become 0 and 255; what is beyond is cut off. */
export interface Intensity {
  readonly low: number;
  readonly high: number;
}

/** Images as files usually have them. */
export const USUAL: PixelReading = {};

export function isUsual({ intensity, channels }: PixelReading): boolean {
  return intensity === undefined && channels === undefined;
}

/** Pixels as they are stored: rows from the top, channels innermost. */
export interface Values extends Size {
  readonly channels: number;
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array | Int16Array | Float32Array;
}

/**
 * Stored pixels as 8-bit RGB.
 *
 * @param range of all values of the image, if these are a part of them
 * @throws PixelsRefused for values or channels that do not go with the reading
 */
export function imageOfValues(
  { width, height, channels, data }: Values,
  reading: PixelReading,
  range?: Range,
): Image {
  const colours = coloursOf(channels, reading.channels);
  const bytes = reading.intensity ? scaled(data, reading.intensity) : asUsual(data, range);
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0, o = 0; o < rgb.length; i += channels) {
    for (const c of colours) rgb[o++] = c === undefined ? 0 : bytes[i + c];
  }
  return { width, height, channels: 3, data: rgb };
}

/**
 * For red, green and blue the channel that is taken, from 0; undefined for none.
 *
 * @throws PixelsRefused for a channel that is not stored
 */
export function coloursOf(
  stored: number,
  wanted: readonly number[] | undefined,
): readonly (number | undefined)[] {
  if (!wanted) return stored >= 3 ? [0, 1, 2] : [0, 0, 0];
  const missing = wanted.find((channel) => channel > stored);
  if (missing !== undefined) {
    throw new PixelsRefused({
      got: stored === 1 ? '1 channel' : `${stored} channels`,
      expected: `channel ${missing}, which is to be taken`,
      fix: 'choose others with --channels, or leave the file out',
    });
  }
  const [first, second, third] = wanted.map((channel) => channel - 1);
  return wanted.length === 1 ? [first, first, first] : [first, second, third];
}

/** Byte = value * factor + offset, cut off at 0 and 255 and rounded down. */
export function scaleOf({ low, high }: Intensity): { readonly factor: number; readonly offset: number } {
  const factor = 255 / (high - low);
  return { factor, offset: 0.5 - low * factor };
}

/** In single precision, as an exported model does it. */
function scaled(data: Values['data'], intensity: Intensity): Uint8Array {
  const { factor, offset } = scaleOf(intensity);
  const [scale, shift] = [Math.fround(factor), Math.fround(offset)];
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) expectFinite(data[i]);
    const value = Math.fround(Math.fround(data[i] * scale) + shift);
    bytes[i] = Math.min(255, Math.max(0, value));
  }
  return bytes;
}

function asUsual(data: Values['data'], range?: Range): Uint8Array | Uint8ClampedArray {
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return data;
  if (data instanceof Uint16Array) return Uint8Array.from(data, (value) => value >> 8);
  return bytesOfNumbers(data instanceof Float32Array ? data : Float32Array.from(data), range);
}
