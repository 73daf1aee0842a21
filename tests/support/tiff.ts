/** What an uncompressed TIFF file of one strip is made of. */
export interface Tiff {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Sample format by the TIFF 6.0 specification: 1 unsigned, 2 signed, 3 floating-point. */
  readonly format: 1 | 2 | 3;
  readonly data: Uint8Array | Int16Array | Int32Array | Float32Array;
}

/** The file, little-endian: pixel types that no library at hand writes. */
export function encodeTiff({ width, height, channels, format, data }: Tiff): Buffer {
  const bits = data.BYTES_PER_ELEMENT * 8;
  const [short, long] = [3, 4];
  const tags = [
    [256, long, 1, width],
    [257, long, 1, height],
    [258, short, channels, bits],
    [259, short, 1, 1],
    [262, short, 1, channels === 1 ? 1 : 2],
    [273, long, 1, 0],
    [277, short, 1, channels],
    [278, long, 1, height],
    [279, long, 1, data.byteLength],
    [339, short, channels, format],
  ];
  const head = Buffer.alloc(8 + 2 + tags.length * 12 + 4);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(tags.length, 8);
  const lists: number[] = [];
  for (const [i, [tag, type, count, value]] of tags.entries()) {
    const at = 10 + 12 * i;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(count, at + 4);
    if (count === 1) head.writeUInt32LE(value, at + 8);
    else {
      // Three values of two bytes do not fit into the tag.
      head.writeUInt32LE(head.length + 2 * lists.length, at + 8);
      lists.push(...Array.from({ length: count }, () => value));
    }
  }
  const offset = head.length + 2 * lists.length;
  head.writeUInt32LE(offset, 10 + 12 * tags.findIndex(([tag]) => tag === 273) + 8);
  const values = Buffer.from(Uint16Array.from(lists).buffer);
  return Buffer.concat([head, values, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}
