/** An image to write, values pixel by pixel. */
interface Plain {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bits: number;
  readonly data: readonly number[];
}

/** A lossless JPEG (ITU-T T.81, process 14): each category of differences has a code of five bits, its number. */
export function encodeLosslessJpeg(
  { width, height, channels, bits, data }: Plain,
  { predictor = 1, restart = 0 } = {},
): Uint8Array {
  const words = (...values: number[]) => values.flatMap((value) => [value >> 8, value & 255]);
  const each = Array.from({ length: channels }, (_, i) => i + 1);
  const head = [
    ...[0xff, 0xd8, 0xff, 0xc3, ...words(8 + 3 * channels), bits, ...words(height, width), channels],
    ...each.flatMap((id) => [id, 0x11, 0]),
    ...[0xff, 0xc4, ...words(2 + 17 + 17), 0, 0, 0, 0, 0, 17, ...Array(11).fill(0)],
    ...Array.from({ length: 17 }, (_, i) => i),
    ...(restart > 0 ? [0xff, 0xdd, ...words(4, restart)] : []),
    ...[0xff, 0xda, ...words(6 + 2 * channels), channels, ...each.flatMap((id) => [id, 0]), predictor, 0, 0],
  ];
  const bytes: number[] = [];
  let [held, count] = [0, 0];
  const put = (bit: number) => {
    held = (held << 1) | bit;
    if (++count < 8) return;
    bytes.push(held, ...(held === 255 ? [0] : []));
    [held, count] = [0, 0];
  };
  const flush = () => {
    while (count > 0) put(1);
  };
  let begins = 0;
  for (let i = 0; i < width * height; i++) {
    if (restart > 0 && i > 0 && i % restart === 0) {
      flush();
      bytes.push(0xff, 0xd0 + ((i / restart - 1) % 8));
      begins = i;
    }
    for (let c = 0; c < channels; c++) {
      const at = (dx: number, dy: number) => data[(i - dx - dy * width) * channels + c];
      const [a, b, d] = [at(1, 0), at(0, 1), at(1, 1)];
      const ways = [a, b, d, a + b - d, a + ((b - d) >> 1), b + ((a - d) >> 1), (a + b) >> 1];
      const own = i % width === 0 ? b : ways[predictor - 1];
      const expected = i === begins ? 1 << (bits - 1) : i < begins + width ? a : own;
      // Of 16 bits, around zero.
      const difference = ((data[i * channels + c] - expected + 32767) & 0xffff) - 32767;
      const category = difference === 32768 ? 16 : 32 - Math.clz32(Math.abs(difference));
      for (let k = 4; k >= 0; k--) put((category >> k) & 1);
      const value = difference < 0 ? difference + (1 << category) - 1 : difference;
      if (category < 16) for (let k = category - 1; k >= 0; k--) put((value >> k) & 1);
    }
  }
  flush();
  return Uint8Array.from([...head, ...bytes, 0xff, 0xd9]);
}
