import type { Size } from '../../core/size.ts';

/**
 * Each block of 8x8 values takes a Huffman code, which is a bit at least. Where no component has both all columns and all
 * rows, the one that has most has a block for 128 pixels.
 */
const MOST_PIXELS_A_BYTE = 128 * 8;

/**
 * A decoder fills up what is missing of a JPEG, however much that is.
 *
 * @param size as its header says
 * @param bytes how long the file is
 * @throws Error if not even blocks of a single colour would have room in it
 */
export function expectRoom({ width, height }: Size, bytes: number): void {
  if (width * height > MOST_PIXELS_A_BYTE * bytes)
    throw new Error(`cut: ${width}x${height} pixels in ${bytes} bytes`);
}

/** What a decoder fails on: also on what it could only warn of. */
export type FailOn = 'error' | 'warning';
/** Decodes. */
export type Decode<Part> = (failOn: FailOn) => Promise<Part>;

/**
 * Decodes a JPEG. Of one whose data end before its pixels do, the rest is filled up, of which the decoder only warns, as it
 * does of stray bytes. Those many sound ones have.
 *
 * @throws Error for one that is short, and as decoding does
 */
export async function unlessShort<Part>(decode: Decode<Part>): Promise<Part> {
  try {
    return await decode('warning');
  } catch (error) {
    if (/premature end of data segment/.test(String(error)))
      throw new Error('cut: its data end before its pixels do');
    return decode('error');
  }
}
