/** What a bitmap file is made of. */
export interface Bitmap {
  readonly width: number;
  /** Negative: stored from the top. */
  readonly height: number;
  readonly bits: number;
  readonly compression?: number;
  /** Of the header: 12 (OS/2 1), 40, 64 (OS/2 2), 108, ..; default 40. */
  readonly header?: number;
  /** [red, green, blue] a colour. */
  readonly palette?: readonly (readonly number[])[];
  /** Bits of red, green, blue and perhaps alpha. */
  readonly fields?: readonly number[];
  /** As stored, padding included. */
  readonly pixels: readonly number[];
}

/** The file, byte by byte as Microsoft's "Bitmap Storage" has it. */
export function encodeBmp(bitmap: Bitmap): Buffer {
  const { width, height, bits, compression = 0, header = 40, palette = [], fields = [], pixels } = bitmap;
  const head = Buffer.alloc(header);
  head.writeUInt32LE(header, 0);
  if (header === 12) {
    head.writeUInt16LE(width, 4);
    head.writeUInt16LE(height, 6);
    head.writeUInt16LE(1, 8);
    head.writeUInt16LE(bits, 10);
  } else {
    head.writeInt32LE(width, 4);
    head.writeInt32LE(height, 8);
    head.writeUInt16LE(1, 12);
    head.writeUInt16LE(bits, 14);
    head.writeUInt32LE(compression, 16);
    head.writeUInt32LE(palette.length, 32);
  }
  const masks = Buffer.alloc(4 * fields.length);
  for (const [i, field] of fields.entries()) masks.writeUInt32LE(field, 4 * i);
  if (header > 40) masks.copy(head, 40);
  const colours = palette.flatMap(([r, g, b]) => (header === 12 ? [b, g, r] : [b, g, r, 0]));
  const body = [head, header > 40 ? Buffer.alloc(0) : masks, Buffer.from(colours)];
  const offset = 14 + body.reduce((sum, part) => sum + part.length, 0);
  const file = Buffer.alloc(14);
  file.write('BM', 'latin1');
  file.writeUInt32LE(offset + pixels.length, 2);
  file.writeUInt32LE(offset, 10);
  return Buffer.concat([file, ...body, Buffer.from(pixels)]);
}

/** 24-bit rows from the bottom, of RGB values in rows from the top. */
export function encodeRgbBmp(width: number, height: number, rgb: Uint8Array): Buffer {
  const pixels: number[] = [];
  for (let y = height - 1; y >= 0; y--) {
    for (let x = 0; x < width; x++) {
      const i = 3 * (y * width + x);
      pixels.push(rgb[i + 2], rgb[i + 1], rgb[i]);
    }
    while (pixels.length % 4 > 0) pixels.push(0);
  }
  return encodeBmp({ width, height, bits: 24, pixels });
}
