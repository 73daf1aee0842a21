import { once } from 'node:events';
import { crc32, createDeflate, type Deflate } from 'node:zlib';
import { coloursOf } from '../annotations/png.ts';
import type { GrowingFile } from '../core/growing-file.node.ts';
import type { Size } from '../core/size.ts';
import type { OutputPicture } from '../objectives/objective.ts';

/** Colour types of PNG (ISO/IEC 15948), by what a picture is. */
const BY_CHANNELS = { 1: 0, 3: 2 } as const;
const PALETTE = 3;

/** A PNG that is written from the top, row by row: of a picture that is never whole in memory. */
export class PngStream {
  readonly #file: GrowingFile;
  readonly #size: Size;
  readonly #deflate: Deflate = createDeflate({ level: 6 });
  readonly #written: Promise<void>;
  #begun = false;

  constructor(file: GrowingFile, size: Size) {
    this.#file = file;
    this.#size = size;
    this.#written = this.#keep();
    // A failure is met when the file is closed.
    this.#written.catch(() => {});
  }

  /** @param picture the rows that follow; the first says what the others are */
  async write(picture: OutputPicture): Promise<void> {
    if (!this.#begun) await this.#begin(picture);
    this.#begun = true;
    const bytes = bigEndian(picture.data);
    const rowLength = (bytes.length / picture.data.length) * this.#size.width * picture.channels;
    const rows = bytes.length / rowLength;
    // Each row begins with its filter: none.
    const filtered = new Uint8Array(rows * (rowLength + 1));
    for (let y = 0; y < rows; y++)
      filtered.set(bytes.subarray(y * rowLength, (y + 1) * rowLength), y * (rowLength + 1) + 1);
    if (!this.#deflate.write(filtered)) await Promise.race([once(this.#deflate, 'drain'), this.#written]);
  }

  async end(): Promise<void> {
    this.#deflate.end();
    await this.#written;
    await this.#chunk('IEND', new Uint8Array());
  }

  async #begin({ data, channels, palette }: OutputPicture): Promise<void> {
    const header = new DataView(new ArrayBuffer(13));
    header.setUint32(0, this.#size.width);
    header.setUint32(4, this.#size.height);
    header.setUint8(8, data instanceof Uint16Array ? 16 : 8);
    header.setUint8(9, palette ? PALETTE : BY_CHANNELS[channels]);
    await this.#file.append(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    await this.#chunk('IHDR', new Uint8Array(header.buffer));
    if (palette) await this.#chunk('PLTE', new Uint8Array(coloursOf(palette).flat()));
  }

  async #keep(): Promise<void> {
    for await (const part of this.#deflate) await this.#chunk('IDAT', part as Uint8Array);
  }

  async #chunk(type: string, content: Uint8Array): Promise<void> {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
    const ends = new DataView(new ArrayBuffer(8));
    ends.setUint32(0, content.length);
    ends.setUint32(4, crc32(body));
    const [length, check] = [new Uint8Array(ends.buffer, 0, 4), new Uint8Array(ends.buffer, 4)];
    await this.#file.append(Buffer.concat([length, body, check]));
  }
}

/** Numbers of 16 bits with the higher byte first. */
function bigEndian(data: Uint8Array | Uint16Array): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const bytes = new Uint8Array(data.length * 2);
  for (let i = 0; i < data.length; i++) {
    bytes[2 * i] = data[i] >> 8;
    bytes[2 * i + 1] = data[i] & 255;
  }
  return bytes;
}
