import { open } from 'node:fs/promises';

interface Sparse {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3;
  readonly bits: 8 | 32;
  /** What the first value of some rows is, byte by byte; all else is 0. */
  readonly rows?: Readonly<Record<number, Uint8Array>>;
}

/** Where pixels begin. */
const START = 2 ** 12;
const [SHORT, LONG, ROWS] = [3, 4, 100];

/** Writes an uncompressed TIFF, in strips of 100 rows, of which the disk holds only what is not 0. Values of 32 bits are floats. */
export async function writeSparseTiff(
  path: string,
  { width, height, channels, bits, rows = {} }: Sparse,
): Promise<void> {
  const row = (width * channels * bits) / 8;
  const strips = Math.ceil(height / ROWS);
  const bytesIn = (i: number) => Math.min(ROWS, height - i * ROWS) * row;
  const each = (value: number) => Array.from({ length: channels }, () => value);
  const list = (of: (i: number) => number) => Array.from({ length: strips }, (_, i) => of(i));
  const tags: [tag: number, type: number, values: readonly number[]][] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, each(bits)],
    [259, SHORT, [1]],
    [262, SHORT, [channels === 3 ? 2 : 1]],
    [273, LONG, list((i) => START + i * ROWS * row)],
    [277, SHORT, [channels]],
    [278, LONG, [ROWS]],
    [279, LONG, list(bytesIn)],
    ...(channels === 2 ? ([[338, SHORT, [2]]] as [number, number, number[]][]) : []),
    [339, SHORT, each(bits === 32 ? 3 : 1)],
  ];
  const head = Buffer.alloc(START);
  head.write('II*\0\x08\0\0\0', 'latin1');
  head.writeUInt16LE(tags.length, 8);
  let free = 10 + 12 * tags.length + 4;
  for (const [i, [tag, type, values]] of tags.entries()) {
    const length = type === SHORT ? 2 : 4;
    const inside = values.length * length <= 4;
    const at = 10 + 12 * i;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(values.length, at + 4);
    if (!inside) head.writeUInt32LE(free, at + 8);
    for (const [k, value] of values.entries())
      head.writeUIntLE(value, (inside ? at + 8 : free) + k * length, length);
    if (!inside) free += values.length * length;
  }
  const file = await open(path, 'w');
  try {
    await file.write(head);
    await file.truncate(START + height * row);
    for (const [y, bytes] of Object.entries(rows))
      await file.write(bytes, 0, bytes.length, START + Number(y) * row);
  } finally {
    await file.close();
  }
}
