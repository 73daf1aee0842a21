import { describe, expect, test } from 'vitest';
import { decodeBmp, isBmp } from '../../src/data/decode/bmp.ts';
import { type Bitmap, encodeBmp, encodeRgbBmp } from '../support/bmp.ts';

const red = [255, 0, 0];
const green = [0, 255, 0];
const blue = [0, 0, 255];
const white = [255, 255, 255];
const palette = [red, green, blue, white];

/** Three by two pixels: red, green, blue; white, white, red. */
const picture = [red, green, blue, white, white, red].flat();
const shape = { width: 3, height: 2 };
const fields565 = [0xf800, 0x7e0, 0x1f];
const words = (...values: number[]) => values.flatMap((value) => [value & 255, value >> 8]);

const kinds: [string, Bitmap][] = [
  ['1 bit', { ...shape, bits: 1, palette: [red, white], pixels: [0b110 << 5, 0, 0, 0, 0b010 << 5, 0, 0, 0] }],
  ['2 bits', { ...shape, bits: 2, palette, pixels: [0b11_11_00_00, 0, 0, 0, 0b00_01_10_00, 0, 0, 0] }],
  ['4 bits', { ...shape, bits: 4, palette, pixels: [0x33, 0x00, 0, 0, 0x01, 0x20, 0, 0] }],
  ['8 bits', { ...shape, bits: 8, palette, pixels: [3, 3, 0, 0, 0, 1, 2, 0] }],
  ['8 bits from the top', { ...shape, height: -2, bits: 8, palette, pixels: [0, 1, 2, 0, 3, 3, 0, 0] }],
  ['8 bits of OS/2 1', { ...shape, bits: 8, header: 12, palette, pixels: [3, 3, 0, 0, 0, 1, 2, 0] }],
  ['8 bits of OS/2 2', { ...shape, bits: 8, header: 64, palette, pixels: [3, 3, 0, 0, 0, 1, 2, 0] }],
  [
    'runs of 8 bits',
    // A run of two and one; end of row; three as they are, padded; end.
    { ...shape, bits: 8, compression: 1, palette, pixels: [2, 3, 1, 0, 0, 0, 0, 3, 0, 1, 2, 0, 0, 1] },
  ],
  [
    'runs of 8 bits that pass over pixels',
    // White, white, then one to the right and none up; the row above: one to the right, green, blue.
    {
      ...shape,
      bits: 8,
      compression: 1,
      palette,
      pixels: [2, 3, 0, 2, 1, 0, 0, 0, 0, 2, 1, 0, 1, 1, 1, 2, 0, 1],
    },
  ],
  [
    'runs of 4 bits',
    { ...shape, bits: 4, compression: 2, palette, pixels: [2, 0x33, 1, 0x00, 0, 0, 0, 3, 0x01, 0x20, 0, 1] },
  ],
  ['16 bits, 555', { ...shape, bits: 16, pixels: words(0x7fff, 0x7fff, 0x7c00, 0, 0x7c00, 0x3e0, 0x1f, 0) }],
  [
    '16 bits, 565',
    {
      ...shape,
      bits: 16,
      compression: 3,
      fields: fields565,
      pixels: words(0xffff, 0xffff, 0xf800, 0, 0xf800, 0x7e0, 0x1f, 0),
    },
  ],
  [
    '24 bits of OS/2 1',
    {
      ...shape,
      bits: 24,
      header: 12,
      pixels: [...white, ...white, 0, 0, 255, 0, 0, 0, 0, 0, 255, 0, 255, 0, 255, 0, 0, 0, 0, 0],
    },
  ],
  [
    '32 bits',
    {
      ...shape,
      bits: 32,
      pixels: [white, white, red, red, green, blue].flatMap(([r, g, b]) => [b, g, r, 77]),
    },
  ],
  [
    '32 bits in another order',
    {
      ...shape,
      bits: 32,
      compression: 3,
      fields: [0xff, 0xff00, 0xff0000],
      pixels: [white, white, red, red, green, blue].flatMap((colour) => [...colour, 77]),
    },
  ],
];

describe('decodeBmp', () => {
  test.each(kinds)('%s', (_, bitmap) => {
    const bytes = encodeBmp(bitmap);
    expect(isBmp(bytes)).toBe(true);
    const image = decodeBmp(bytes);
    const expected = bitmap.bits === 1 ? [red, white, red, white, white, red].flat() : picture;
    expect({ ...image, data: [...image.data] }).toEqual({ ...shape, channels: 3, data: expected });
  });

  test('24 bits', () => {
    expect([...decodeBmp(encodeRgbBmp(3, 2, Uint8Array.from(picture))).data]).toEqual(picture);
  });

  test('alpha is a fourth channel where the file names bits for it', () => {
    const fields = [0xff0000, 0xff00, 0xff, 0xff000000];
    const pixels = [white, white, red, red, green, blue].flatMap(([r, g, b], i) => [b, g, r, i]);
    const { channels, data } = decodeBmp(
      encodeBmp({ ...shape, bits: 32, compression: 3, header: 108, fields, pixels }),
    );
    expect(channels).toBe(4);
    expect([...data]).toEqual([
      ...[255, 0, 0, 3, 0, 255, 0, 4, 0, 0, 255, 5],
      ...[255, 255, 255, 0, 255, 255, 255, 1, 255, 0, 0, 2],
    ]);
  });

  test.each(kinds)('%s, cut anywhere, is refused', (_, bitmap) => {
    const bytes = encodeBmp(bitmap);
    // The end mark of runs may be missing after the last row, or the last runs be background.
    const last = bitmap.compression === 1 || bitmap.compression === 2 ? bytes.length - 8 : bytes.length;
    for (let length = 2; length < last; length++) {
      expect(() => decodeBmp(bytes.subarray(0, length)), `${length}`).toThrow(/^cut|no header|colour/);
    }
  });

  test.each([
    ['no pixels', { width: 0 }, '0x2 pixels'],
    ['more than memory', { width: 1 << 20, height: 1 << 20 }, 'more than 2^27'],
    ['an unknown method', { compression: 5 }, '8 bits a pixel with compression 5'],
    ['7 bits', { bits: 7 }, '7 bits a pixel'],
    ['a colour that is not there', { palette: [red] }, 'colour 1 of a palette of 1'],
    ['a run that is too long', { compression: 1, pixels: [9, 0] }, 'a run beyond the edge'],
  ])('%s is refused', (_, wrong, message) => {
    const bitmap = { ...shape, bits: 8, palette, pixels: [3, 3, 0, 0, 0, 1, 2, 0], ...wrong };
    expect(() => decodeBmp(encodeBmp(bitmap))).toThrow(message);
  });
});
