/** Bytes of the header: how many segments there are, and where up to 15 of them begin. */
const HEADER = 64;

/**
 * Decodes a frame of DICOM's run lengths (PS3.5, Annex G): a segment for each byte of each channel, the highest byte first, each packed
 * as Apple's PackBits.
 *
 * @param pixels how many
 * @param width bytes of a value
 * @returns values pixel by pixel, little-endian
 * @throws Error for a frame that is cut, or has another number of segments
 */
export function decodeRle(
  frame: Uint8Array,
  { pixels, channels, width }: { readonly pixels: number; readonly channels: number; readonly width: number },
): Uint8Array {
  if (frame.length < HEADER) throw new Error(`cut: ${frame.length} bytes of run lengths`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const segments = view.getUint32(0, true);
  if (segments !== channels * width)
    throw new Error(`${segments} segments of run lengths, expected ${channels * width}`);
  const result = new Uint8Array(pixels * segments);
  for (let s = 0; s < segments; s++) {
    const [channel, byte] = [Math.floor(s / width), width - 1 - (s % width)];
    const start = view.getUint32(4 * (1 + s), true);
    const end = s + 1 < segments ? view.getUint32(4 * (2 + s), true) : frame.length;
    const values = unpacked(frame.subarray(start, end), pixels);
    for (let i = 0; i < pixels; i++) result[(i * channels + channel) * width + byte] = values[i];
  }
  return result;
}

function unpacked(packed: Uint8Array, length: number): Uint8Array {
  const values = new Uint8Array(length);
  let filled = 0;
  for (let at = 0; filled < length; ) {
    if (at >= packed.length) throw new Error(`cut: ${filled} of ${length} bytes in run lengths`);
    const head = packed[at++];
    if (head === 128) continue;
    const isRun = head > 128;
    const count = Math.min(isRun ? 257 - head : head + 1, length - filled);
    if (at + (isRun ? 1 : count) > packed.length)
      throw new Error(`cut: ${filled} of ${length} bytes in run lengths`);
    if (isRun) values.fill(packed[at], filled, filled + count);
    else values.set(packed.subarray(at, at + count), filled);
    at += isRun ? 1 : head + 1;
    filled += count;
  }
  return values;
}
