import { decode, encode } from 'fast-png';
import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';

/** Numbers of pixels, [height, width]. */
export interface NumberMap extends Size {
  readonly data: Uint8Array | Uint16Array;
}

/** A PNG as its numbers: places in its palette, or grey values. */
export interface NumberPicture extends NumberMap {
  /** `#rrggbb` of each place. */
  readonly palette?: readonly string[];
}

/** Where numbers are told in colours. */
export type Palette = readonly (readonly [r: number, g: number, b: number])[];

/** Numbers by what stands for them: `r << 16 | g << 8 | b`. */
export type ColourTable = ReadonlyMap<number, number>;

/**
 * The numbers of a PNG with a palette, or in grey of up to 16 bits; also of a picture in colours whose three channels are equal, or
 * which a table has.
 *
 * @param place for messages
 * @param table numbers below 256
 * @throws UserError if it is no PNG, or has colours without a palette or table
 */
export function readNumbers(bytes: Uint8Array, place: string, table?: ColourTable): NumberPicture {
  const png = (() => {
    try {
      return decode(bytes);
    } catch (error) {
      const [reason] = (error as Error).message.split('\n');
      throw refused(place, `a file that cannot be read as PNG (${reason})`);
    }
  })();
  const { width, height, depth, channels } = png;
  const inColours = depth === 8 && channels > 2 && table;
  const data =
    (inColours && numbersByColour(png.data, channels, table)) ||
    (depth < 8 ? unpacked(png.data, { width, height }, depth) : numbersOf(png.data, channels));
  if (!data) {
    throw table
      ? refused(
          place,
          'colours without a number',
          'list them in labelmap.txt, a line each: name:red,green,blue',
        )
      : refused(place, 'a PNG in colours');
  }
  const palette = png.palette?.map(([r, g, b]) => hexOf([r, g, b]));
  return { width, height, data, ...(palette && { palette }) };
}

/** A PNG of numbers: of 8 bits with a palette of 256 colours, of 16 bits in grey. */
export function writeNumbers(
  { width, height, data }: NumberMap,
  palette: Palette = vocPalette(),
): Uint8Array {
  if (data instanceof Uint16Array) return encode({ width, height, depth: 16, channels: 1, data });
  return encode({ width, height, depth: 8, channels: 1, data, palette: filled(palette) });
}

/** The 256 colours of a palette, of `#rrggbb`. */
export function coloursOf(palette: readonly string[]): number[][] {
  return filled(palette.map(rgbOf));
}

/** Places without a colour get their usual one. */
function filled(palette: Palette): number[][] {
  return vocPalette().map((usual, i) => [...(palette[i] ?? usual)]);
}

/** A PNG of grey values of 8 bits. */
export function writeGrey({ width, height, data }: Size & { readonly data: Uint8Array }): Uint8Array {
  return encode({ width, height, depth: 8, channels: 1, data });
}

/** The 256 colours of PASCAL VOC: the bits of the place, from the lowest, go to the highest bits of red, green and blue in turn. */
export function vocPalette(): Palette {
  return Array.from({ length: 256 }, (_, place): [number, number, number] => {
    const channel = (first: number) => {
      let value = 0;
      for (let k = 0; k < 3; k++) value |= ((place >> (first + 3 * k)) & 1) << (7 - k);
      return value;
    };
    return [channel(0), channel(1), channel(2)];
  });
}

/** The VOC palette with the colours that classes have. */
export function paletteOf(
  classes: readonly { readonly number: number; readonly colour?: string }[],
): Palette {
  const palette = [...vocPalette()];
  for (const { number, colour } of classes) if (colour && number < 256) palette[number] = rgbOf(colour);
  return palette;
}

/** `#rrggbb` */
export function hexOf(colour: readonly number[]): string {
  return `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

export function rgbOf(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Pixels of less than 8 bits; each row begins with a byte. */
function unpacked(packed: ArrayLike<number>, { width, height }: Size, bits: number): Uint8Array {
  if (packed.length === width * height && bits < 8 && Math.ceil((width * bits) / 8) !== width)
    return Uint8Array.from(packed);
  const rowBytes = Math.ceil((width * bits) / 8);
  const perByte = 8 / bits;
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    const byte = packed[y * rowBytes + Math.floor(x / perByte)];
    return (byte >> (8 - bits - (x % perByte) * bits)) & ((1 << bits) - 1);
  });
}

/** Undefined if there is a colour that the table has not. */
function numbersByColour(
  data: ArrayLike<number>,
  channels: number,
  table: ColourTable,
): Uint8Array | undefined {
  const numbers = new Uint8Array(data.length / channels);
  for (let i = 0, at = 0; i < numbers.length; i++, at += channels) {
    const number = table.get((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
    if (number === undefined) return undefined;
    numbers[i] = number;
  }
  return numbers;
}

/** The first channel, if the colours all are equal; alpha does not count. */
function numbersOf(
  data: Uint8Array | Uint8ClampedArray | Uint16Array,
  channels: number,
): Uint8Array | Uint16Array | undefined {
  const wide = data instanceof Uint16Array;
  if (channels === 1) return wide ? data : new Uint8Array(data.buffer, data.byteOffset, data.length);
  const numbers = new (wide ? Uint16Array : Uint8Array)(data.length / channels);
  for (let i = 0, at = 0; i < numbers.length; i++, at += channels) {
    if (channels > 2 && (data[at] !== data[at + 1] || data[at] !== data[at + 2])) return undefined;
    numbers[i] = data[at];
  }
  return numbers;
}

function refused(place: string, got: string, fix = 'restore the file, or convert it'): UserError {
  return new UserError({
    what: place,
    got,
    expected: 'a PNG of class numbers, with a palette or in grey',
    fix,
  });
}
