import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { readSamples } from '../../src/data/folders/folder.node.ts';
import { flipsAlone } from '../../src/data/loading/augmentation.ts';
import type { BatchRequest } from '../../src/data/loading/batch.ts';
import { drawCorner, objectPixels } from '../../src/data/loading/crop.ts';
import { Loader } from '../../src/data/loading/loader.node.ts';
import { ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { writeDataset } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const sides = fc.integer({ min: 1, max: 90 });

test('a piece lies in the image, or around one that is smaller; one around an object has it in it', () => {
  const size = { height: 32, width: 40 };
  fc.assert(
    fc.property(sides, sides, fc.nat(), fc.integer({ min: 0, max: 1 }), (height, width, seed, share) => {
      const stream = new RandomStream('crop', seed);
      const pixel = stream.integer(height * width);
      const { top, left } = drawCorner(stream, { height, width }, size, {
        share,
        pixels: Int32Array.of(pixel),
      });
      for (const [at, own, piece] of [
        [top, height, size.height],
        [left, width, size.width],
      ]) {
        expect(at).toBeLessThanOrEqual(Math.max(0, own - piece));
        expect(at).toBeGreaterThanOrEqual(Math.min(0, Math.floor((own - piece) / 2)));
      }
      if (share === 0) return;
      const [y, x] = [Math.floor(pixel / width), pixel % width];
      expect(y >= top && y < top + size.height && x >= left && x < left + size.width).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test('pixels of objects are of each object alike', () => {
  const mask = { height: 20, width: 20, planes: 1, data: new Uint8Array(400) };
  mask.data[0] = 1;
  for (let y = 5; y < 15; y++) mask.data.fill(1, y * 20 + 5, y * 20 + 15);
  const pixels = objectPixels(mask, ONE_OBJECT);
  expect([...pixels].every((pixel) => mask.data[pixel] === 1)).toBe(true);
  expect([...pixels].filter((pixel) => pixel === 0)).toHaveLength(pixels.length / 2);
});

const root = await temporaryFolder();
await writeDataset(join(root, 'data'), {
  count: 3,
  sizes: [
    [150, 90],
    [70, 64],
    [20, 33],
  ],
});
const samples = await readSamples(join(root, 'data'));
const size = { height: 32, width: 32 };
const open = (workers: number, memoryBytes: number) => {
  const crop = { scale: 1, objects: 0.5 };
  return Loader.open({ samples, size, labelling: ONE_OBJECT, crop, reading: {}, workers, memoryBytes });
};

test('batches are pieces, byte for byte the same for any threads and memory', async () => {
  const [one, two] = [await open(1, 2 ** 30), await open(2, 0)];
  try {
    const plain: BatchRequest = { indices: [0, 1, 2, 0], seed: 3, epoch: 1 };
    const turned = { ...plain, augmentation: flipsAlone };
    const warped = { ...plain, augmentation: { ...flipsAlone, rotation: 20, scale: 0.2, brightness: 0.3 } };
    for (const request of [plain, turned, warped]) {
      const [a, b] = [await one.batch(request), await two.batch(request)];
      expect(a).toEqual(b);
      expect(a.input).toHaveLength(4 * 3 * 1024);
      expect(a.mask).toHaveLength(4 * 1024);
    }
    const { input, mask } = await one.batch(plain);
    const { data, width, height } = await decodeImage(samples[0].image);
    // Where it begins, the piece has the image's own values.
    const bytes = Array.from(input.subarray(0, 1024), (value) => Math.round((value + 1) * 127.5));
    const found = [];
    for (let top = 0; top <= height - 32; top++)
      for (let left = 0; left <= width - 32; left++) {
        const alike = (i: number) => data[3 * ((top + (i >> 5)) * width + left + (i & 31))] === bytes[i];
        if (bytes.every((_, i) => alike(i))) found.push({ top, left });
      }
    expect(found).toHaveLength(1);
    const own = one.whole!(0).mask!;
    const [{ top, left }] = found;
    for (let i = 0; i < 1024; i++)
      expect(mask![i]).toBe(own.data[(top + (i >> 5)) * width + left + (i & 31)]);
  } finally {
    await one.close();
    await two.close();
  }
});

test('masks of very many parts have pixels of objects, too', () => {
  const [height, width] = [700, 700];
  const data = Uint8Array.from({ length: height * width }, (_, i) =>
    Number(i % 2 === 0 && Math.floor(i / width) % 2 === 0),
  );
  const pixels = objectPixels({ height, width, planes: 1, data }, ONE_OBJECT);
  expect(pixels.length).toBeGreaterThan(0);
  expect(pixels.every((i) => data[i] === 1)).toBe(true);
});
