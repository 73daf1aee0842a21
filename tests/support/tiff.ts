/** What a page of an uncompressed TIFF file of one strip is made of. */
export interface Tiff {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Sample format by the TIFF 6.0 specification: 1 unsigned, 2 signed, 3 floating-point, 5 complex integers. */
  readonly format: 1 | 2 | 3 | 5;
  /** Pixel by pixel. */
  readonly data: Uint8Array | Uint16Array | Int16Array | Int32Array | Float32Array | Float64Array;
  /** Default: three channels are RGB, others grey with channels that nothing is said of. */
  readonly photometric?: number;
  /** Stored plane by plane, a strip each. */
  readonly planes?: boolean;
  /** Of a value; by default as `data` has them. */
  readonly bits?: number;
  /** What the channels beyond grey or RGB are: 0 is not said, 2 is alpha. */
  readonly extra?: 0 | 1 | 2;
  readonly description?: string;
}

const [ASCII, SHORT, LONG] = [2, 3, 4];
const WIDTHS: Readonly<Record<number, number>> = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4 };

/** The file, little-endian, of one page or several: pixel types that no library at hand writes. */
export function encodeTiff(...pages: readonly Tiff[]): Buffer {
  const parts: Buffer[] = [Buffer.from('II*\0\0\0\0\0', 'latin1')];
  let length = 8;
  // Where the place of the next directory is written.
  let link = { part: parts[0], at: 4 };
  const put = (part: Buffer) => {
    parts.push(part);
    length += part.length;
    return length - part.length;
  };
  for (const page of pages) {
    const tags = tagsOf(page, stripsOf(page).map(put));
    const directory = Buffer.alloc(2 + tags.length * 12 + 4);
    directory.writeUInt16LE(tags.length, 0);
    for (const [i, [tag, type, values]] of tags.entries()) {
      const bytes = valuesOf(type, values);
      const at = 2 + 12 * i;
      directory.writeUInt16LE(tag, at);
      directory.writeUInt16LE(type, at + 2);
      directory.writeUInt32LE(values.length, at + 4);
      if (bytes.length <= 4) bytes.copy(directory, at + 8);
      else directory.writeUInt32LE(put(bytes), at + 8);
    }
    link.part.writeUInt32LE(put(directory), link.at);
    link = { part: directory, at: directory.length - 4 };
  }
  return Buffer.concat(parts);
}

type Tag = readonly [tag: number, type: number, values: readonly number[]];

function stripsOf({ planes, channels, data }: Tiff): Buffer[] {
  const bytesOf = (values: Tiff['data']) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  if (!planes) return [bytesOf(data)];
  return Array.from({ length: channels }, (_, c) => bytesOf(data.filter((_, i) => i % channels === c)));
}

function tagsOf(page: Tiff, strips: readonly number[]): Tag[] {
  const { width, height, channels, format, data, description, extra = 0 } = page;
  const photometric = page.photometric ?? (channels === 3 ? 2 : 1);
  const own = photometric === 2 ? 3 : 1;
  const each = (value: number) => Array.from({ length: channels }, () => value);
  return [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, each(page.bits ?? data.BYTES_PER_ELEMENT * 8)],
    [259, SHORT, [1]],
    [262, SHORT, [photometric]],
    ...(description ? [[270, ASCII, [...Buffer.from(`${description}\0`)]] as Tag] : []),
    [273, LONG, strips],
    [277, SHORT, [channels]],
    [278, LONG, [height]],
    [279, LONG, strips.map(() => data.byteLength / strips.length)],
    ...(page.planes ? [[284, SHORT, [2]] as Tag] : []),
    ...(channels > own ? [[338, SHORT, each(extra).slice(own)] as Tag] : []),
    [339, SHORT, each(format)],
  ];
}

function valuesOf(type: number, values: readonly number[]): Buffer {
  const width = WIDTHS[type];
  const bytes = Buffer.alloc(values.length * width);
  for (const [i, value] of values.entries()) bytes.writeUIntLE(value, i * width, width);
  return bytes;
}
