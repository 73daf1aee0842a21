import type { Size } from '../../core/size.ts';
import type { Image } from './resize.ts';

/** More could not be held beside the file; PNG and TIFF are read piece by piece. */
const pixelLimit = 2 ** 27;

/** Compression methods by their number in the header. */
const RGB = 0;
const RLE8 = 1;
const RLE4 = 2;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;

/** Length of the oldest header, of OS/2 1: 16-bit sizes, three bytes a colour. */
const CORE = 12;

/** Whether a file begins like a Windows or OS/2 bitmap. */
export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/**
 * Reads a bitmap of 1, 2, 4 or 8 (palette, also run-length encoded), 16, 24 or 32 bits a pixel, stored from the
 * bottom or from the top. Channels are RGB, or RGBA if the file names bits for alpha. Formats as described in
 * Microsoft's "Bitmap Storage" and the OS/2 2 header of 16 to 64 bytes.
 *
 * @throws Error saying what is wrong with the file
 */
export function decodeBmp(bytes: Uint8Array): Image {
  const header = readHeader(bytes);
  check(header, bytes.length);
  const { bits, compression } = header;
  if (bits > 8) return fromFields(bytes, header, fieldsOf(bytes, header));
  const coded = compression === RLE8 || compression === RLE4;
  return coloured(coded ? fromRuns(bytes, header) : fromRows(bytes, header), bytes, header);
}

/** The size that a bitmap says it has. @throws Error for a header that is cut, or none */
export function bmpSize(bytes: Uint8Array): Size {
  const { width, height } = readHeader(bytes);
  return { width, height };
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly fromTop: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Of the header itself; what follows it begins at 14 + length. */
  readonly length: number;
  /** Colours in the palette, 0 for all that the bits can name. */
  readonly colours: number;
  /** Where the pixels begin. */
  readonly pixels: number;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function readHeader(bytes: Uint8Array): Header {
  const view = viewOf(bytes);
  if (bytes.length < 14 + CORE) throw new Error('cut in its header');
  const length = view.getUint32(14, true);
  if (length !== CORE && (length < 16 || length > 124)) throw new Error('no header of a bitmap');
  if (bytes.length < 14 + length) throw new Error('cut in its header');
  const field = (offset: number) => (offset + 4 <= length ? view.getUint32(14 + offset, true) : 0);
  const old = length === CORE;
  const signedHeight = old ? view.getUint16(20, true) : view.getInt32(22, true);
  return {
    width: old ? view.getUint16(18, true) : view.getInt32(18, true),
    height: Math.abs(signedHeight),
    fromTop: signedHeight < 0,
    bits: view.getUint16(old ? 24 : 28, true),
    compression: field(16),
    length,
    colours: field(32),
    pixels: view.getUint32(10, true),
  };
}

const methodsOf: Readonly<Record<number, readonly number[]>> = {
  1: [RGB],
  2: [RGB],
  4: [RGB, RLE4],
  8: [RGB, RLE8],
  16: [RGB, BITFIELDS, ALPHA_BITFIELDS],
  24: [RGB],
  32: [RGB, BITFIELDS, ALPHA_BITFIELDS],
};

function check(header: Header, available: number): void {
  const { width, height, bits, compression, pixels } = header;
  if (!methodsOf[bits]?.includes(compression)) {
    throw new Error(`a bitmap of ${bits} bits a pixel with compression ${compression}`);
  }
  if (width < 1 || height < 1) throw new Error(`a bitmap of ${width}x${height} pixels`);
  if (width * height > pixelLimit) throw new Error(`a bitmap of ${width}x${height} pixels, more than 2^27`);
  const coded = compression === RLE8 || compression === RLE4;
  const needed = pixels + (coded ? 0 : rowLength(header) * height);
  if (needed > available) throw new Error(`cut: ${available} of ${needed} bytes`);
}

/** Rows begin at multiples of four bytes. */
function rowLength({ width, bits }: Header): number {
  return Math.ceil((width * bits) / 32) * 4;
}

/** Where the row that is stored as number y begins in the result, in pixels. */
function rowStart({ width, height, fromTop }: Header, y: number): number {
  return (fromTop ? y : height - 1 - y) * width;
}

/** Positions in the palette, [height, width]. */
function fromRows(bytes: Uint8Array, header: Header): Uint8Array {
  const { width, height, bits, pixels } = header;
  const indices = new Uint8Array(width * height);
  const perByte = 8 / bits;
  for (let y = 0; y < height; y++) {
    const start = pixels + y * rowLength(header);
    const target = rowStart(header, y);
    for (let x = 0; x < width; x++) {
      const byte = bytes[start + Math.floor(x / perByte)];
      indices[target + x] = (byte >> (8 - bits - (x % perByte) * bits)) & ((1 << bits) - 1);
    }
  }
  return indices;
}

/** The same of run-length encoded rows; pixels that are passed over have index 0. */
function fromRuns(bytes: Uint8Array, header: Header): Uint8Array {
  const { width, height, bits } = header;
  const indices = new Uint8Array(width * height);
  let x = 0;
  let y = 0;
  const put = (index: number) => {
    if (x >= width || y >= height) throw new Error('a run beyond the edge of the bitmap');
    indices[rowStart(header, y) + x++] = index;
  };
  const part = (byte: number, k: number) => (bits === 8 ? byte : k % 2 === 0 ? byte >> 4 : byte & 15);
  for (let at = header.pixels; at + 1 < bytes.length; ) {
    const [count, value] = [bytes[at], bytes[at + 1]];
    at += 2;
    if (count > 0) {
      for (let k = 0; k < count; k++) put(part(value, k));
    } else if (value === 0) {
      x = 0;
      y++;
    } else if (value === 1) {
      return indices;
    } else if (value === 2) {
      x += bytes[at] ?? 0;
      y += bytes[at + 1] ?? 0;
      at += 2;
    } else {
      const length = Math.ceil((value * bits) / 8);
      if (at + length > bytes.length) break;
      for (let k = 0; k < value; k++) put(part(bytes[at + Math.floor((k * bits) / 8)], k));
      at += length + (length % 2);
    }
    if (y >= height) return indices;
  }
  throw new Error('cut in its pixels');
}

function coloured(indices: Uint8Array, bytes: Uint8Array, header: Header): Image {
  const { width, height, bits, length, colours, pixels } = header;
  const entry = length === CORE ? 3 : 4;
  const start = 14 + length;
  const room = Math.floor((Math.min(pixels, bytes.length) - start) / entry);
  const known = Math.min(colours || 2 ** bits, room);
  const data = new Uint8Array(indices.length * 3);
  for (let i = 0, o = 0; i < indices.length; i++) {
    if (indices[i] >= known) throw new Error(`colour ${indices[i]} of a palette of ${known}`);
    const colour = start + indices[i] * entry;
    data[o++] = bytes[colour + 2];
    data[o++] = bytes[colour + 1];
    data[o++] = bytes[colour];
  }
  return { width, height, channels: 3, data };
}

/** The bits of red, green, blue and alpha in a pixel. */
function fieldsOf(bytes: Uint8Array, { bits, compression, length }: Header): readonly number[] {
  if (compression === RGB) return bits === 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff0000, 0xff00, 0xff];
  // They are the header's next part, or follow it.
  const withAlpha = compression === ALPHA_BITFIELDS || length >= 56;
  const count = withAlpha ? 4 : 3;
  if (54 + 4 * count > bytes.length) throw new Error('cut in its header');
  const view = viewOf(bytes);
  const fields = Array.from({ length: count }, (_, i) => view.getUint32(54 + 4 * i, true));
  return fields[3] === 0 ? fields.slice(0, 3) : fields;
}

function fromFields(bytes: Uint8Array, header: Header, fields: readonly number[]): Image {
  const { width, height, bits, pixels } = header;
  const channels = fields.length;
  const shifts = fields.map((field) => (field === 0 ? 0 : 31 - Math.clz32(field & -field)));
  const scales = fields.map((field, c) => (field === 0 ? 0 : 255 / (field >>> shifts[c])));
  const data = new Uint8Array(width * height * channels);
  const step = bits / 8;
  for (let y = 0; y < height; y++) {
    let at = pixels + y * rowLength(header);
    let o = rowStart(header, y) * channels;
    for (let x = 0; x < width; x++, at += step) {
      let pixel = 0;
      for (let k = 0; k < step; k++) pixel |= bytes[at + k] << (8 * k);
      for (let c = 0; c < channels; c++) {
        data[o++] = Math.round(((pixel & fields[c]) >>> shifts[c]) * scales[c]);
      }
    }
  }
  return { width, height, channels, data };
}
