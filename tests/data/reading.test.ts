import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, decodeImageTo } from '../../src/data/decode/decode.node.ts';
import { rgbOf } from '../../src/data/decode/memory.ts';
import { imageOfValues, type PixelReading } from '../../src/data/decode/reading.ts';
import { resizeBilinear } from '../../src/data/decode/resize.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { encodeTiff, type Tiff } from '../support/tiff.ts';

const root = await temporaryFolder();
const [width, height] = [3, 2];
const numbers = (channels: number, step: number, first = 0) =>
  Array.from({ length: width * height * channels }, (_, i) => first + i * step);

let files = 0;
async function tiff(page: Omit<Tiff, 'width' | 'height'>): Promise<string> {
  const path = join(root, `${files++}.tif`);
  await writeFile(path, encodeTiff({ width, height, ...page }));
  return path;
}
const read = async (path: string, reading?: PixelReading) => [...(await decodeImage(path, reading)).data];
const threefold = (values: readonly number[]) => values.flatMap((value) => [value, value, value]);
const scaled = (values: readonly number[], low: number, high: number) =>
  values.map((value) => Math.min(255, Math.max(0, Math.round(((value - low) / (high - low)) * 255))));

describe('values of any type become bytes by one range, what is beyond it is cut off', () => {
  const range = { low: -1500, high: 2000 };
  test.each([
    ['16 bits', 1, Uint16Array.from(numbers(1, 700))],
    ['16 bits with a sign', 2, Int16Array.from(numbers(1, 1000, -3000))],
    ['32 bits with a sign', 2, Int32Array.from(numbers(1, 1000, -3000))],
    ['floats', 3, Float32Array.from(numbers(1, 999.5, -2500))],
    ['8 bits', 1, Uint8Array.from(numbers(1, 50))],
  ] as const)('%s', async (_, format, data) => {
    const path = await tiff({ channels: 1, format, data });
    expect(await read(path, { intensity: range })).toEqual(threefold(scaled([...data], -1500, 2000)));
  });

  test('colours, each alike; a file of 16 bits by its full range is the upper 8 as ever', async () => {
    const data = Uint16Array.from(numbers(3, 3000));
    const path = await tiff({ channels: 3, format: 1, data });
    expect(await read(path, { intensity: { low: 0, high: 30000 } })).toEqual(scaled([...data], 0, 30000));
    expect(await read(path)).toEqual([...data].map((value) => value >> 8));
  });

  test('by the rule of any 8 bits an image is what it was without a rule', async () => {
    const data = Uint8Array.from(numbers(3, 14));
    const path = join(root, 'plain.png');
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(path);
    expect(await read(path, { intensity: { low: 0, high: 255 } })).toEqual(await read(path));
  });

  test('a turned file is turned, and resizing is done in bytes', async () => {
    const path = join(root, 'turned.png');
    const data = Uint16Array.from(numbers(1, 800));
    const picture = sharp(data, { raw: { width, height, channels: 1 } }).toColourspace('grey16');
    await picture.withMetadata({ orientation: 6 }).png().toFile(path);
    const reading = { intensity: { low: 0, high: 4000 } };
    const whole = await decodeImage(path, reading);
    const bytes = scaled([...data], 0, 4000);
    expect([...whole.data]).toEqual(threefold([3, 0, 4, 1, 5, 2].map((i) => bytes[i])));
    const size = { height: 2, width: 1 };
    expect((await decodeImageTo(path, size, { reading })).image).toEqual(resizeBilinear(whole, size));
  });
});

describe('channels', () => {
  const of = async (page: Pick<Tiff, 'channels'> & Partial<Tiff>, reading?: PixelReading) =>
    read(await tiff({ format: 1, data: Uint8Array.from(numbers(page.channels, 3)), ...page }), reading);
  /** The values of one channel of `count`, from 1. */
  const channel = (k: number, count: number) => numbers(count, 3).filter((_, i) => i % count === k - 1);
  const merged = (...planes: readonly (readonly number[])[]) =>
    planes[0].flatMap((_, i) => planes.map((plane) => plane[i]));
  const zero = [0, 0, 0, 0, 0, 0];

  test('three, two or one of five', async () => {
    const [a, b, c] = [5, 1, 3].map((k) => channel(k, 5));
    expect(await of({ channels: 5 }, { channels: [5, 1, 3] })).toEqual(merged(a, b, c));
    expect(await of({ channels: 5 }, { channels: [5, 1] })).toEqual(merged(a, b, zero));
    expect(await of({ channels: 5 }, { channels: [3] })).toEqual(threefold(c));
  });

  test.each([
    ['16 bits', 1, Uint16Array.from(numbers(4, 3))],
    ['16 bits with a sign', 2, Int16Array.from(numbers(4, 3))],
    ['floats', 3, Float32Array.from(numbers(4, 3))],
  ] as const)('of four of %s', async (_, format, data) => {
    const reading = { channels: [2, 4, 1], intensity: { low: 0, high: 255 } };
    const expected = merged(channel(2, 4), channel(4, 4), channel(1, 4));
    expect(await of({ channels: 4, format, data }, reading)).toEqual(expected);
  });

  test('alpha is none of the channels unless it is asked for', async () => {
    const grey = { channels: 2, extra: 2 } as const;
    expect(await of(grey)).toEqual(threefold(channel(1, 2)));
    expect(await of(grey, { channels: [2] })).toEqual(threefold(channel(2, 2)));
    const rgba = { channels: 4, photometric: 2, extra: 2 } as const;
    expect(await of(rgba)).toEqual(merged(...[1, 2, 3].map((k) => channel(k, 4))));
    expect(await of(rgba, { channels: [4] })).toEqual(threefold(channel(4, 4)));
  });

  test.each([
    2, 3, 4, 5,
  ])('%i that nothing is said of are refused, and the flag is named', async (channels) => {
    expect(await refusal(of({ channels, photometric: 1 }))).toMatch(
      new RegExp(`got ${channels} channels, of which.*--channels 1,2,3 or --channels 1$`),
    );
  });

  test('one that is not there is refused', async () => {
    expect(await refusal(of({ channels: 3 }, { channels: [4] }))).toMatch(
      /got 3 channels, expected channel 4.*--channels/,
    );
  });
});

test('numbers that are neither 0..1 nor 0..255 are refused, and the flag is named', async () => {
  const path = await tiff({ channels: 1, format: 3, data: Float32Array.from(numbers(1, 300.5)) });
  expect(await refusal(read(path))).toMatch(
    /got pixels from 0 to 1502.5, expected values in 0..1 or in 0..255; say .*--intensity used, percentile:0.5 or LOW:HIGH/,
  );
  const odd = await tiff({ channels: 1, format: 3, data: Float32Array.of(1, 2, Number.NaN, 3, 4, 5) });
  for (const reading of [undefined, { intensity: { low: 0, high: 9 } }])
    expect(await refusal(read(odd, reading))).toMatch(
      /a pixel that is not a number .*write the image with a value where there is none/,
    );
});

test('an image in memory is read as a file of the same values', async () => {
  const types = [Uint16Array, Int16Array, Float32Array] as const;
  const shape = fc.record({
    type: fc.constantFrom(...types),
    channels: fc.constantFrom(1, 3),
    seed: fc.nat(99),
  });
  await fc.assert(
    fc.asyncProperty(shape, async ({ type, channels, seed }) => {
      const data = type.from(numbers(channels, 97 + seed, type === Uint16Array ? 0 : -500));
      const format = type === Uint16Array ? 1 : type === Int16Array ? 2 : 3;
      const reading = { intensity: { low: -100.5, high: 1200 } };
      const image = { width, height, channels, data };
      const path = await tiff({ channels, format, data });
      expect([...rgbOf(image, 'image', reading).data]).toEqual(await read(path, reading));
    }),
    { numRuns: 20, seed: 1 },
  );
});

test('in memory, too: of 16 bits the upper 8, values that are no usual ones are refused', async () => {
  const image = { width: 2, height: 1, channels: 1, data: Uint16Array.of(255, 65535) };
  expect([...imageOfValues(image, {}).data]).toEqual(threefold([0, 255]));
  const negative = { ...image, data: Float32Array.of(-1, 1) };
  expect(await refusal(() => rgbOf(negative, 'image 0'))).toMatch(
    /^image 0: got pixels from -1 to 1.*--intensity/,
  );
});
