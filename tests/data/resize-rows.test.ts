import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { resizeBilinear, resizePlane } from '../../src/data/decode/resize.ts';
import { resizedBands, resizedStripes } from '../../src/data/decode/resize-rows.ts';

const cases = [
  [
    { height: 37, width: 23 },
    { height: 18, width: 12 },
  ],
  [
    { height: 37, width: 23 },
    { height: 90, width: 23 },
  ],
  [
    { height: 37, width: 23 },
    { height: 37, width: 40 },
  ],
  [
    { height: 1, width: 5 },
    { height: 3, width: 2 },
  ],
  [
    { height: 64, width: 8 },
    { height: 1, width: 1 },
  ],
] as const;

test.each(cases)('stripes of %o are resized to %o as the whole is', async (from, to) => {
  const stream = new RandomStream('resize-rows', from.height, to.height);
  const data = Uint8Array.from({ length: from.height * from.width * 3 }, () => stream.integer(256));
  async function* stripes() {
    for (let top = 0, height = 1; top < from.height; top += height, height = (height % 7) + 2) {
      const rows = Math.min(height, from.height - top);
      const part = data.subarray(top * from.width * 3, (top + rows) * from.width * 3);
      yield { height: rows, width: from.width, channels: 3, data: part };
    }
  }
  const made: number[] = [];
  for await (const stripe of resizedStripes(stripes(), from, to)) made.push(...stripe.data);
  expect(made).toEqual([...resizeBilinear({ ...from, channels: 3, data }, to).data]);

  async function* bands() {
    for await (const { height, data: bytes } of stripes()) yield { height, data: Float32Array.from(bytes) };
  }
  const floats: number[] = [];
  for await (const band of resizedBands(bands(), { from, to, channels: 3 })) floats.push(...band.data);
  const plane = (c: number) => {
    const own = Float32Array.from({ length: from.height * from.width }, (_, i) => {
      const [y, x] = [Math.floor(i / from.width), i % from.width];
      return data[(y * 3 + c) * from.width + x];
    });
    return resizePlane(own, from, to);
  };
  for (let c = 0; c < 3; c++) {
    const own = floats.filter((_, i) => Math.floor(i / to.width) % 3 === c);
    expect(own).toEqual([...plane(c)]);
  }
});
