import { UserError } from '../../core/errors.ts';
import type { Size } from '../../core/size.ts';
import type { Bitmap } from '../annotated-set.ts';
import { bitmapOf, runsOf } from '../bitmap.ts';
import { rasterise } from '../rasterise.ts';

/** In the header: bits of the number of values, of a value, and of each of the four lengths that a run may be told in. */
const [COUNT_BITS, WORD_BITS, LENGTH_BITS] = [32, 5, 4];
/** What is written: values of 8 bits, and lengths of 3, 4, 8 and 16 bits. */
const WORD = 8;
const LENGTHS = [3, 4, 8, 16];

/**
 * The pixels of a brush of Label Studio: a stream of bits, first the header, then runs of the values of an RGBA picture, row by
 * row. A run begins with a bit that says whether all its values are equal, two bits that choose in which length its number of
 * values is told, and that number less one. Pixels whose alpha is above 0 are inside.
 *
 * @param bytes 0..255
 * @param place for messages: the file, and where in it
 * @throws UserError if the stream is cut, or of another size
 */
export function fromBrush(bytes: ArrayLike<number>, size: Size, place: string): Bitmap {
  const bits = new BitReader(bytes);
  const damaged = (got: string) =>
    new UserError({
      what: place,
      got,
      expected: `the ${size.width} x ${size.height} pixels of a brush`,
      fix: 'export it once more',
    });
  const count = bits.read(COUNT_BITS);
  if (count !== size.width * size.height * 4) throw damaged(`a brush of ${count / 4} pixels`);
  const word = bits.read(WORD_BITS) + 1;
  const lengths = LENGTHS.map(() => bits.read(LENGTH_BITS) + 1);
  const data = new Uint8Array(count / 4);
  for (let at = 0; at < count; ) {
    const equal = bits.read(1) === 1;
    const end = at + 1 + bits.read(lengths[bits.read(2)]);
    if (bits.isOver || end > count) throw damaged('a stream that ends too soon, or goes on too long');
    if (!equal) for (; at < end; at++) if (bits.read(word) > 0 && at % 4 === 3) data[at >> 2] = 1;
    if (!equal) continue;
    // Of the values at..end - 1, alpha is each fourth.
    if (bits.read(word) > 0) data.fill(1, at >> 2, end >> 2);
    at = end;
  }
  return bitmapOf({ left: 0, top: 0, ...size, data });
}

/** A bitmap as the brush of an image of a size: its pixels are 255 in all channels, the others 0. */
export function toBrush(bitmap: Bitmap, { width, height }: Size): number[] {
  const { data } = rasterise({ bitmap }, { left: 0, top: 0, width, height });
  const bits = new BitWriter();
  bits.write(data.length * 4, COUNT_BITS);
  bits.write(WORD - 1, WORD_BITS);
  for (const length of LENGTHS) bits.write(length - 1, LENGTH_BITS);
  for (const [i, run] of runsOf(data).entries()) {
    for (let left = run * 4; left > 0; ) {
      const enough = LENGTHS.findIndex((length) => left <= 2 ** length);
      const kind = enough < 0 ? LENGTHS.length - 1 : enough;
      const values = Math.min(left, 2 ** LENGTHS[kind]);
      bits.write(1, 1);
      bits.write(kind, 2);
      bits.write(values - 1, LENGTHS[kind]);
      bits.write(i % 2 === 1 ? 255 : 0, WORD);
      left -= values;
    }
  }
  return bits.bytes();
}

class BitReader {
  #at = 0;

  constructor(readonly bytes: ArrayLike<number>) {}

  /** A number of so many bits, the highest first; 0 for bits that are not there. */
  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      const byte = this.bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  get isOver(): boolean {
    return this.#at > this.bytes.length * 8;
  }
}

class BitWriter {
  readonly #bytes: number[] = [];
  #byte = 0;
  #filled = 0;

  write(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) {
      this.#byte = this.#byte * 2 + (Math.floor(value / 2 ** i) % 2);
      if (++this.#filled < 8) continue;
      this.#bytes.push(this.#byte);
      [this.#byte, this.#filled] = [0, 0];
    }
  }

  /** All of it; what is left of the last byte is 0. */
  bytes(): number[] {
    while (this.#filled > 0) this.write(0, 1);
    return this.#bytes;
  }
}
