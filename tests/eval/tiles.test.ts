import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { Size } from '../../src/core/size.ts';
import type { Image } from '../../src/data/decode/resize.ts';
import { blendedBands, inOneStripe, type TileNetwork, wholeOutput } from '../../src/eval/tiled.ts';
import { reflected, tilingOf } from '../../src/eval/tiles.ts';
import { largestDifference } from '../support/shared.ts';

const lengths = fc.integer({ min: 1, max: 700 });
const tiles = fc.constantFrom(32, 64, 96, 128, 160, 224, 256);

test('at each pixel the weights of all tiles sum to 1', () => {
  fc.assert(
    fc.property(lengths, tiles, (length, tile) => {
      const { starts, weights } = tilingOf({ height: length, width: 1 }, square(tile), 32).rows;
      const sums = new Float64Array(Math.max(length, starts[starts.length - 1] + tile));
      for (const [t, start] of starts.entries())
        for (let i = 0; i < tile; i++) sums[start + i] += weights[t][i];
      const off = sums.subarray(0, length).reduce((most, sum) => Math.max(most, Math.abs(sum - 1)), 0);
      expect(off).toBeLessThan(1e-6);
    }),
    { numRuns: 60 },
  );
});

test('tiles overlap by a quarter or more, lie on the grid, and end less than a stride beyond the image', () => {
  fc.assert(
    fc.property(lengths, tiles, (length, tile) => {
      const { starts } = tilingOf({ height: length, width: 1 }, square(tile), 32).rows;
      const last = starts[starts.length - 1];
      expect(last + tile).toBeGreaterThanOrEqual(length);
      if (length > tile) expect(last + tile - length).toBeLessThan(tile >= 64 ? 32 : 1);
      for (const [t, start] of starts.entries()) {
        if (tile >= 64) expect(start % 32).toBe(0);
        if (t > 0) expect(start - starts[t - 1]).toBeLessThanOrEqual(0.75 * tile);
        if (t > 0) expect(start).toBeGreaterThan(starts[t - 1]);
      }
    }),
    { numRuns: 60 },
  );
});

test('the middle half of a tile is its own, where it overlaps by a quarter', () => {
  const { rows } = tilingOf({ height: 1024, width: 128 }, square(256), 32);
  for (const [t, weights] of rows.weights.entries()) {
    if (t === rows.weights.length - 1 || t === rows.weights.length - 2) continue;
    expect([...weights.subarray(64, 192)].every((weight) => weight === 1)).toBe(true);
  }
});

test('a network that gives one number gives it everywhere, at odd sizes and a pixel above a tile', async () => {
  const constant = networkOf(2, (_, area) => new Float32Array(2 * area).fill(0.3));
  for (const size of [
    { height: 65, width: 64 },
    { height: 131, width: 77 },
    { height: 1, width: 200 },
    { height: 17, width: 9 },
  ]) {
    const output = await tiled(imageOf(size), 64, constant);
    expect(output).toHaveLength(2 * size.height * size.width);
    expect(largestDifference(output, new Float32Array(output.length).fill(0.3))).toBeLessThan(1e-6);
  }
});

test('where one tile counts alone, a network that looks a few pixels around gives what it gives of the whole image', async () => {
  const [reach, stride] = [5, 16];
  const size = { height: 150, width: 203 };
  const image = imageOf(size);
  const whole = blurred(image, reach);
  const output = await tiled(
    image,
    64,
    networkOf(1, (tile) => blurred(tile, reach)),
    stride,
  );
  const { rows, columns } = tilingOf(size, square(64), stride);
  const alone = ({ starts, weights }: typeof rows, length: number) =>
    new Set(
      starts
        .flatMap((start, t) =>
          [...weights[t].keys()].flatMap((i) => (weights[t][i] === 1 ? [start + i] : [])),
        )
        .filter((i) => i < length - reach),
    );
  const [ys, xs] = [alone(rows, size.height), alone(columns, size.width)];
  expect(ys.size).toBeGreaterThan(60);
  const places = [...ys].flatMap((y) => [...xs].map((x) => y * size.width + x));
  const [own, expected] = [output, whole].map((values) => places.map((i) => values[i]));
  expect(largestDifference(own, expected)).toBeLessThan(1e-6);
});

test('stripes of any height give the same', async () => {
  const size = { height: 150, width: 70 };
  const image = imageOf(size);
  const network = networkOf(1, (tile) => blurred(tile, 2));
  const expected = await tiled(image, 64, network);
  async function* stripes() {
    for (let top = 0, height = 1; top < size.height; top += height, height = (height * 3) % 41) {
      const rows = Math.min(height, size.height - top);
      const data = image.data.subarray(top * size.width * 3, (top + rows) * size.width * 3);
      yield { ...size, channels: 3, height: rows, data };
    }
  }
  const bands = blendedBands(stripes(), tilingOf(size, square(64), 32), network);
  expect(largestDifference(await wholeOutput(bands, size, 1), expected)).toBe(0);
});

test('places beyond the edge are reflected without repeating it', () => {
  expect([3, 4, 5, 6, 7, 8].map((i) => reflected(i, 4))).toEqual([3, 2, 1, 0, 1, 2]);
  expect(reflected(9, 1)).toBe(0);
});

function square(side: number): Size {
  return { height: side, width: side };
}

function imageOf({ height, width }: Size): Image {
  const stream = new RandomStream('tiles', height, width);
  const data = Uint8Array.from({ length: height * width * 3 }, () => stream.integer(256));
  return { height, width, channels: 3, data };
}

function networkOf(channels: number, apply: (tile: Image, area: number) => Float32Array): TileNetwork {
  const run = async (images: readonly Image[]) => images.map((tile) => apply(tile, tile.height * tile.width));
  return { channels, batch: 3, run };
}

function tiled(image: Image, tile: number, network: TileNetwork, stride = 32): Promise<Float32Array> {
  const bands = blendedBands(inOneStripe(image), tilingOf(image, square(tile), stride), network);
  return wholeOutput(bands, image, network.channels);
}

/** The mean of the red values around a pixel, 0 beyond the border as in a convolution; in 0..1. */
function blurred({ height, width, data }: Image, reach: number): Float32Array {
  const result = new Float32Array(height * width);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++)
        for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++)
          sum += data[3 * (v * width + u)];
      result[y * width + x] = sum / 255 / (2 * reach + 1) ** 2;
    }
  return result;
}
