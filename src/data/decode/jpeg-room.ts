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
