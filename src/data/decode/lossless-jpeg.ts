/** A frame of a lossless JPEG, values pixel by pixel. */
export interface LosslessFrame {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint16Array;
}

const [SOI, SOF, DHT, DRI, SOS, EOI] = [0xd8, 0xc3, 0xc4, 0xdd, 0xda, 0xd9];

interface Header {
  readonly bits: number;
  readonly width: number;
  readonly height: number;
  /** Their numbers in the file. */
  readonly components: readonly number[];
}

/**
 * Decodes a lossless JPEG of Huffman codes (ITU-T T.81, process 14, Annex H): each value is what its neighbours let expect, and a
 * difference.
 *
 * @throws Error for a file that is cut, or of another kind
 */
export function decodeLosslessJpeg(bytes: Uint8Array): LosslessFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<number, Codes>();
  let header: Header | undefined;
  let data: Uint16Array | undefined;
  let restart = 0;
  for (let at = 0; at + 1 < bytes.length; ) {
    if (bytes[at] !== 0xff) throw new Error('no marker where one has to be');
    const marker = bytes[at + 1];
    // Any number of such bytes may stand before a marker (B.1.1.2).
    at += marker === 0xff ? 1 : 2;
    if (marker === SOI || marker === 0xff) continue;
    if (marker === EOI) break;
    if (at + 2 > bytes.length) throw new Error('cut in a marker');
    const length = view.getUint16(at);
    const part = bytes.subarray(at + 2, at + length);
    at += length;
    if (marker >= 0xc0 && marker <= 0xcf && ![SOF, DHT, 0xc8, 0xcc].includes(marker))
      throw new Error(`a JPEG of another process (SOF${marker - 0xc0})`);
    if (marker === DHT) for (const [id, codes] of codesIn(part)) tables.set(id, codes);
    else if (marker === DRI) restart = (part[0] << 8) | part[1];
    else if (marker === SOF) {
      header = headerOf(part);
      data = new Uint16Array(header.width * header.height * header.components.length);
    } else if (marker === SOS) {
      if (!header || !data) throw new Error('a scan before the header');
      at += decodeScan(bytes.subarray(at), scanOf(part, header, tables), { header, data, restart });
    }
  }
  if (!header || !data) throw new Error('cut: no image');
  const { width, height, components } = header;
  return { width, height, channels: components.length, data };
}

function headerOf(part: Uint8Array): Header {
  const [bits, h1, h0, w1, w0, count] = part;
  const each = Array.from({ length: count }, (_, i) => part.subarray(6 + 3 * i, 9 + 3 * i));
  if (each.some(([, sampling]) => sampling !== 0x11)) throw new Error('channels of different sizes');
  return { bits, height: (h1 << 8) | h0, width: (w1 << 8) | w0, components: each.map(([id]) => id) };
}

/** Huffman codes by their length: the first one, and where its value lies. */
interface Codes {
  readonly counts: Uint8Array;
  readonly values: Uint8Array;
}

function* codesIn(part: Uint8Array): Generator<[id: number, codes: Codes]> {
  for (let at = 0; at + 17 <= part.length; ) {
    const counts = part.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    yield [part[at] & 15, { counts, values: part.subarray(at + 17, at + 17 + total) }];
    at += 17 + total;
  }
}

interface Scan {
  /** Of each component of the scan its place among the channels, and its codes. */
  readonly channels: readonly { readonly channel: number; readonly codes: Codes }[];
  readonly predictor: number;
  /** Bits that were left out below. */
  readonly shift: number;
}

function scanOf(part: Uint8Array, { components }: Header, tables: ReadonlyMap<number, Codes>): Scan {
  const [count] = part;
  const channels = Array.from({ length: count }, (_, i) => {
    const channel = components.indexOf(part[1 + 2 * i]);
    const codes = tables.get(part[2 + 2 * i] >> 4);
    if (channel < 0 || !codes) throw new Error('a scan of an unknown channel or without its codes');
    return { channel, codes };
  });
  const [predictor, , low] = part.subarray(1 + 2 * count);
  if (predictor < 1 || predictor > 7) throw new Error(`a predictor ${predictor}`);
  return { channels, predictor, shift: low & 15 };
}

/** @returns how many bytes the scan has */
function decodeScan(
  bytes: Uint8Array,
  { channels, predictor, shift }: Scan,
  {
    header,
    data,
    restart,
  }: { readonly header: Header; readonly data: Uint16Array; readonly restart: number },
): number {
  const { width, height, bits, components } = header;
  const each = components.length;
  const reader = new BitReader(bytes);
  const first = 1 << (bits - shift - 1);
  const row = width * each;
  let begins = 0;
  for (let i = 0; i < width * height; i++) {
    if (restart > 0 && i > 0 && i % restart === 0) {
      reader.restart();
      begins = i;
    }
    const isFirstRow = i < begins + width;
    const x = i % width;
    for (const { channel, codes } of channels) {
      const o = i * each + channel;
      const [left, above] = [data[o - each] >> shift, data[o - row] >> shift];
      const expected =
        i === begins
          ? first
          : isFirstRow
            ? left
            : x === 0
              ? above
              : predicted(predictor, left, above, data[o - row - each] >> shift);
      data[o] = ((expected + reader.difference(codes)) & 0xffff) << shift;
    }
  }
  return reader.end();
}

/** Table H.1. */
function predicted(predictor: number, left: number, above: number, corner: number): number {
  switch (predictor) {
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return corner;
    case 4:
      return left + above - corner;
    case 5:
      return left + ((above - corner) >> 1);
    case 6:
      return above + ((left - corner) >> 1);
    default:
      return (left + above) >> 1;
  }
}

/** Bits of a scan, in which a zero follows each byte of 255 that is no marker. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #byte = 0;
  #left = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  #bit(): number {
    if (this.#left === 0) {
      this.#byte = this.#bytes[this.#at];
      const isEnd = this.#byte === undefined || (this.#byte === 0xff && this.#bytes[this.#at + 1] !== 0);
      if (isEnd) throw new Error('cut in its pixels');
      this.#at += this.#byte === 0xff ? 2 : 1;
      this.#left = 8;
    }
    return (this.#byte >> --this.#left) & 1;
  }

  /** Its category as a code, then its bits (F.2.2.1, H.1.2.2). */
  difference(codes: Codes): number {
    const category = this.#value(codes);
    if (category === 0) return 0;
    if (category === 16) return 32768;
    let value = 0;
    for (let k = 0; k < category; k++) value = (value << 1) | this.#bit();
    return value < 1 << (category - 1) ? value - (1 << category) + 1 : value;
  }

  #value({ counts, values }: Codes): number {
    let [code, first, at] = [0, 0, 0];
    for (const count of counts) {
      code = (code << 1) | this.#bit();
      first <<= 1;
      if (code - first < count) return values[at + code - first];
      at += count;
      first += count;
    }
    throw new Error('a code that is none');
  }

  /** Goes behind the next restart marker. */
  restart(): void {
    this.#left = 0;
    while (this.#bytes[this.#at] === 0xff && this.#bytes[this.#at + 1] === 0xff) this.#at++;
    if (this.#bytes[this.#at] !== 0xff || (this.#bytes[this.#at + 1] & 0xf8) !== 0xd0)
      throw new Error('no restart marker where one has to be');
    this.#at += 2;
  }

  /** Where the next marker begins. */
  end(): number {
    return this.#at;
  }
}
