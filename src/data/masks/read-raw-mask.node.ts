import { readNumbers } from '../../annotations/png.ts';
import { UserError } from '../../core/errors.ts';
import { unreadable } from '../decode/bytes.node.ts';
import { type ImageContent, isLossyContent } from '../decode/content.node.ts';
import { formatOf } from '../decode/format.ts';
import { orient, orientedSize } from '../decode/orient.ts';
import { type MaskValues, openPicture } from '../decode/picture.node.ts';
import type { RawMask } from './raw-mask.ts';

/**
 * Reads a mask file with all of its values.
 *
 * @param content as `contentOf` gives it
 * @param path for messages
 * @throws UserError naming the file, if it cannot be read
 */
export async function readRawMask(content: ImageContent, path: string): Promise<RawMask> {
  const indexed = typeof content !== 'string' && indicesOf(content, path);
  if (indexed) return indexed;
  const lossy = await isLossyContent(content);
  const picture = await openPicture(content, path, 'values');
  const { height, width } = orientedSize(picture.size, picture.orientation);
  const collected = new Collected(height * width);
  const named = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw error instanceof UserError ? error : unreadable(path, error);
    }
  };
  for await (const stripe of picture.values()) named(() => collected.add(stripe));
  const { kind, data, transparent, shares } = named(() => collected.result(lossy));
  const upright = <Data extends Uint8Array | Uint32Array>(values: Data) =>
    orient({ width, height, channels: 1, data: values }, picture.orientation).data;
  return {
    ...picture.size,
    ...{ kind, lossy, data: upright(data) },
    ...(transparent && { transparent: upright(transparent) }),
    ...(picture.depth === 'float' && shares !== undefined && { shares }),
  };
}

const PALETTE_PNG = 3;

/** A PNG with a palette that has colours: the places of its pixels there. Grey palettes are a way to store grey. */
function indicesOf(bytes: Buffer, path: string): RawMask | undefined {
  if (formatOf(bytes) !== 'png' || bytes[25] !== PALETTE_PNG) return undefined;
  const { width, height, data, palette = [] } = readNumbers(bytes, path);
  if (palette.every(isGrey)) return undefined;
  return { width, height, kind: 'index', lossy: false, data: Uint8Array.from(data), palette };
}

const isGrey = (colour: string) => /^#(..)\1\1$/.test(colour);

/** Grey pixels that were stored with loss have faint colours; more than this is meant as colour. */
const COLOUR_NOISE = 64;

/** So few colours, however faint, are meant: noise makes more. */
const FEW_COLOURS = 64;

/** The values of the stripes of a file, in the narrowest kind that holds them. */
class Collected {
  readonly #grey: Uint8Array;
  readonly #transparent: Uint8Array;
  /** Whether they are shares, or numbers, is known of all together. */
  #floats: Float32Array | undefined;
  /** From the first value above 255 on. */
  #wide: Uint32Array | undefined;
  /** From the first pixel on that is not grey. */
  #colours: Uint32Array | undefined;
  #coloured = false;
  #clear = 0;
  #filled = 0;

  constructor(area: number) {
    this.#grey = new Uint8Array(area);
    this.#transparent = new Uint8Array(area);
  }

  add({ data, channels }: MaskValues): void {
    if (channels % 2 === 0) this.#addAlpha(data, channels);
    if (channels > 2 && !(data instanceof Float32Array)) this.#addColours(data, channels);
    else this.#addNumbers(data, channels);
    this.#filled += data.length / channels;
  }

  #addAlpha(data: MaskValues['data'], channels: number): void {
    const opaque = data instanceof Uint16Array ? 128 * 257 : 128;
    for (let i = channels - 1, o = this.#filled; i < data.length; i += channels, o++) {
      if (data[i] >= opaque) continue;
      this.#transparent[o] = 1;
      this.#clear++;
    }
  }

  #addColours(data: Uint8Array | Uint16Array, channels: number): void {
    const shift = data instanceof Uint16Array ? 8 : 0;
    for (let i = 0, o = this.#filled; i < data.length; i += channels, o++) {
      const r = data[i] >> shift;
      const g = data[i + 1] >> shift;
      const b = data[i + 2] >> shift;
      if (r === g && g === b) this.#grey[o] = r;
      else {
        // Luma by ITU-R BT.601 in Pillow's fixed point (`convert('L')`).
        this.#grey[o] = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
        this.#coloured ||= Math.max(r, g, b) - Math.min(r, g, b) > COLOUR_NOISE;
        this.#colours ??= Uint32Array.from(this.#grey, (v) => v * 0x10101);
      }
      if (this.#colours) this.#colours[o] = (r << 16) | (g << 8) | b;
    }
  }

  #addNumbers(data: MaskValues['data'], channels: number): void {
    const first = channels === 1 ? data : data.filter((_, i) => i % channels === 0);
    if (first instanceof Float32Array) {
      this.#floats ??= new Float32Array(this.#grey.length);
      this.#floats.set(first, this.#filled);
    } else this.#setNumbers(first, this.#filled);
  }

  #setNumbers(numbers: MaskValues['data'], at: number): void {
    if (!this.#wide && (numbers instanceof Uint8Array || numbers.every((value) => value < 256))) {
      this.#grey.set(numbers, at);
      return;
    }
    this.#wide ??= Uint32Array.from(this.#grey);
    this.#wide.set(numbers, at);
  }

  /** @throws Error for floats that are no numbers of anything */
  result(lossy: boolean): Pick<RawMask, 'kind' | 'data' | 'transparent' | 'shares'> {
    const mixed = this.#clear > 0 && this.#clear < this.#transparent.length;
    const transparent = mixed ? { transparent: this.#transparent } : {};
    const floats = this.#floats && integersOf(this.#floats);
    if (floats) this.#setNumbers(floats.numbers, 0);
    const colours = this.#colours;
    if (colours && (this.#coloured || (!lossy && new Set(colours).size <= FEW_COLOURS))) {
      return { kind: 'colour', data: colours, ...transparent };
    }
    if (this.#wide) return { kind: 'wide', data: this.#wide, ...transparent };
    return { kind: 'grey', data: this.#grey, ...transparent, shares: floats?.shares };
  }
}

/**
 * Floats, signed and 32-bit integers as numbers from 0: values in 0..1 are taken times 255 where they are not all whole.
 *
 * @returns `shares` as `RawMask` has it
 * @throws Error for values that are no numbers of anything
 */
function integersOf(values: Float32Array): { readonly numbers: Float32Array; readonly shares?: boolean } {
  let whole = true;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (Number.isNaN(value)) throw new Error('a pixel that is not a number (NaN)');
    whole &&= Number.isInteger(value);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low < 0) throw new Error(`pixels from ${low} to ${high}, some of them negative`);
  if (whole && high < 2 ** 24) return { numbers: values, ...(high <= 1 && { shares: false }) };
  if (!whole && high <= 1) return { numbers: values.map((value) => Math.round(255 * value)), shares: true };
  throw new Error(`pixels from ${low} to ${high}, neither whole numbers nor shares in 0..1`);
}
