import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, statfs, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { resizeBilinear } from '../../src/data/decode/resize.ts';
import { readDataFolder, type Sample } from '../../src/data/folders/folder.node.ts';
import { summariseUnusable } from '../../src/data/folders/unusable.ts';
import { flipsAlone } from '../../src/data/loading/augmentation.ts';
import type { Batch, BatchRequest } from '../../src/data/loading/batch.ts';
import { Loader, type LoaderOptions } from '../../src/data/loading/loader.node.ts';
import { decodeMask, NONZERO } from '../support/masks.ts';

const size = { height: 16, width: 16 };
/** Of a sample with one mask file. */
const pathOf = ({ mask }: Sample) => mask as string;
let root: string;
let samples: readonly Sample[];
/** Without masks, and with them. */
let images: Loader;
let pairs: Loader;
const progress: string[] = [];

/** Six images of different sizes and kinds with a bright box, and masks of it. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'fewmask-loader-'));
  await mkdir(join(root, 'images'));
  await mkdir(join(root, 'masks'));
  for (let n = 0; n < 6; n++) {
    const [width, height] = n === 0 ? [16, 16] : [20 + 7 * n, 31 - 3 * n];
    const stream = new RandomStream(n, 'picture');
    const inside = (i: number) => i % width > width / 3 && i > (width * height) / 2;
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
      inside(Math.floor(i / 3)) ? 200 + stream.integer(56) : stream.integer(120),
    );
    const mask = Uint8Array.from({ length: width * height }, (_, i) => (inside(i) ? (n % 2 ? 1 : 255) : 0));
    const image = sharp(pixels, { raw: { width, height, channels: 3 } });
    await (n % 2 ? image.jpeg() : image.png()).toFile(join(root, 'images', `p${n}.${n % 2 ? 'jpg' : 'png'}`));
    await sharp(mask, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(join(root, 'masks', `p${n}.png`));
  }
  samples = (await readDataFolder(root)).samples;
  images = await open({ labelling: undefined });
  pairs = await open({ onProgress: (done, total) => progress.push(`${done}/${total}`) });
});
afterAll(async () => {
  await images.close();
  await pairs.close();
  await rm(root, { recursive: true });
});

const open = (options: Partial<LoaderOptions> = {}) =>
  Loader.open({
    samples,
    size,
    reading: {},
    labelling: NONZERO,
    workers: 1,
    memoryBytes: 2 ** 20,
    ...options,
  });

async function withLoader<T>(
  options: Partial<LoaderOptions>,
  use: (loader: Loader) => Promise<T>,
): Promise<T> {
  const loader = await open(options);
  try {
    return await use(loader);
  } finally {
    await loader.close();
  }
}

function hashOf(batches: readonly Batch[]): string {
  const hash = createHash('sha256');
  for (const { input, target, weight, mask } of batches) {
    for (const tensor of [input, target, weight, mask])
      hash.update(tensor ? new Uint8Array(tensor.buffer) : 'none');
  }
  return hash.digest('hex');
}

const plain: BatchRequest = { indices: [0, 1, 2, 3, 4, 5], seed: 1, epoch: 0 };

test('samples are decoded, resized and normalised', async () => {
  const { input, mask, target } = await pairs.batch(plain);
  expect([input.length, mask!.length, target]).toEqual([6 * 3 * 256, 6 * 256, undefined]);
  for (const [b, sample] of samples.entries()) {
    const rgb = resizeBilinear(await decodeImage(sample.image), size).data;
    const grey = resizeBilinear(await decodeMask(pathOf(sample)), size).data;
    const planes = Float32Array.from(
      { length: 768 },
      (_, i) => rgb[(i % 256) * 3 + Math.floor(i / 256)] / 127.5 - 1,
    );
    expect(input.slice(b * 768, b * 768 + 768)).toEqual(planes);
    expect(mask!.slice(b * 256, b * 256 + 256)).toEqual(Float32Array.from(grey, (v) => (v > 127 ? 1 : 0)));
    expect(mask!.slice(b * 256, b * 256 + 256)).toContain(1);
  }
});

const everything = {
  ...flipsAlone,
  ...{ scale: 0.5, aspect: 0.2, rotation: 45, shift: 0.2, elastic: 0.03, hue: 0.1, contrast: 0.3 },
  ...{ grey: 0.2, blur: 1, noise: 0.1, jpeg: 60 },
};

test('a batch is a pure function of its request, whatever the workers, the memory and the order', async () => {
  const requests: BatchRequest[] = [1, 2, 3, 4].flatMap((epoch) => [
    {
      indices: [0, 3, 5],
      seed: 7,
      epoch,
      augmentation: flipsAlone,
      pretext: { kind: 'denoise', sigma: 0.2 },
    },
    { indices: [4, 1, 2, 2], seed: 7, epoch, augmentation: flipsAlone },
    { indices: [4, 1, 2, 2], seed: 7, epoch, augmentation: everything },
  ]);
  const all = (loader: Loader) => Promise.all(requests.map((request) => loader.batch(request)));
  const reference = hashOf(await all(pairs));
  const others: Partial<LoaderOptions>[] = [{ workers: 3, memoryBytes: 3000 }, { memoryBytes: 0 }];
  for (const options of others) {
    expect(await withLoader(options, async (loader) => hashOf(await all(loader)))).toBe(reference);
  }
  const backwards: Batch[] = [];
  for (const request of [...requests].reverse()) backwards.unshift(await pairs.batch(request));
  expect(hashOf(backwards)).toBe(reference);
});

test("a sample's draws depend on seed, epoch and stem, not on its place in the batch", async () => {
  const noisy: BatchRequest = {
    ...plain,
    augmentation: flipsAlone,
    pretext: { kind: 'denoise', sigma: 0.1 },
  };
  const pick = async (request: BatchRequest, b: number) =>
    (await images.batch(request)).input.slice(b * 768, b * 768 + 768);
  const first = await pick(noisy, 3);
  expect(await pick({ ...noisy, indices: [3] }, 0)).toEqual(first);
  expect(await pick({ ...noisy, seed: 2 }, 3)).not.toEqual(first);
  expect(await pick({ ...noisy, epoch: 2 }, 3)).not.toEqual(first);
});

test('a pretext degrades the input and gives the clean image beside it', async () => {
  const clean = await images.batch(plain);
  const noisy = await images.batch({ ...plain, pretext: { kind: 'denoise', sigma: 0.1 } });
  expect(noisy.target).toEqual(clean.input);
  expect(noisy.input).not.toEqual(clean.input);
  expect(noisy).not.toHaveProperty('mask');
  const same = await images.batch({ ...plain, pretext: { kind: 'identity' } });
  expect(same.input).toEqual(same.target);
  expect(same.input.buffer).not.toBe(same.target!.buffer);
});

test('hashes are those of the files, and progress counts them', async () => {
  const sha256 = async (path: string) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  for (const [i, sample] of samples.entries()) {
    expect(pairs.hashes[i]).toEqual({
      image: await sha256(sample.image),
      mask: await sha256(pathOf(sample)),
    });
  }
  expect(progress).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
  expect(Object.keys(images.hashes[0]!)).toEqual(['image']);
});

describe('bad files', () => {
  const bad = (count: number): Sample[] =>
    Array.from({ length: count }, (_, i) => ({ stem: `none${i}`, image: join(root, `none${i}.png`) }));

  test('are told, and the others are there', async () => {
    const cut = { ...samples[2], mask: join(root, 'none.png') };
    await withLoader({ samples: [samples[0], ...bad(1), cut, samples[1]], workers: 2 }, async (loader) => {
      const found = loader.unusable.map(({ sample, problems }) => [
        sample.stem,
        ...problems.map((problem) => problem.message.replace(/:.*/, '')),
      ]);
      expect(found).toEqual([
        ['none0', join(root, 'none0.png'), join(root, 'none0.png')],
        ['p2', join(root, 'none.png')],
      ]);
      for (const { problems } of loader.unusable) {
        for (const problem of problems) expect(problem).toBeInstanceOf(UserError);
      }
      expect(loader.hashes.map((hashes) => hashes !== undefined)).toEqual([true, false, false, true]);
      const { input } = await loader.batch({ ...plain, indices: [3, 0] });
      expect(input).toEqual((await pairs.batch({ ...plain, indices: [1, 0] })).input);
      await expect(loader.batch({ ...plain, indices: [0, 1] })).rejects.toThrow(RangeError);
    });
  });

  test('are told together, the first ten files by name', async () => {
    const summaryOf = (samples: Sample[], masks: boolean) =>
      withLoader({ samples, ...(!masks && { labelling: undefined }) }, async ({ unusable }) =>
        summariseUnusable(unusable),
      );
    expect(await summaryOf(bad(1), false)).toMatch(
      /^1 image cannot be used and is left out:\n {2}\S+none0\.png: got no such file/,
    );
    // Neither the images nor the masks of twelve samples are there.
    const summary = await summaryOf(bad(12), true);
    expect(summary).toMatch(/^12 images cannot be used and are left out:\n/);
    expect(summary).toContain('none4.png');
    expect(summary).not.toContain('none5.png');
    expect(summary).toMatch(/\n {2}and 14 more$/);
  });

  test('a mask of another shape is refused', async () => {
    const mixed = { ...samples[5], mask: samples[0].mask };
    await withLoader({ samples: [mixed] }, async ({ unusable }) =>
      expect(unusable[0].problems[0].message).toContain('the aspect ratio of its image'),
    );
  });
});

test('what becomes of files once they are decoded does not matter, nor does it to the disk', async () => {
  const image = join(root, 'short-lived.png');
  await writeFile(image, await readFile(samples[0].image));
  const disk = join(root, 'disk');
  await mkdir(disk);
  vi.stubEnv('TMPDIR', disk);
  const vanishing = { samples: [{ stem: 's', image }], labelling: undefined, memoryBytes: 0 };
  await withLoader(vanishing, async (loader) => {
    await unlink(image);
    const { input } = await loader.batch({ ...plain, indices: [0] });
    expect(input).toEqual((await pairs.batch({ ...plain, indices: [0] })).input);
    expect((await readdir(disk)).filter((name) => name.startsWith('fewmask'))).toEqual([]);
  });
  await rm(disk, { recursive: true });
  await expect(open({ memoryBytes: 0 })).rejects.toThrow(/temporary folder .*disk: got ENOENT/);
  vi.unstubAllEnvs();
});

test.each([
  ['memory', 2 ** 20],
  ['a file', 0],
  ['both', 6 * 4 * 256 + 40],
])('masks are kept at their own size as they were loaded, in %s', async (_, memoryBytes) => {
  const files = await Promise.all(samples.map(({ mask }) => readFile(mask as string)));
  const copies = samples.map((sample, i) => ({ ...sample, mask: join(root, `kept-${i}.png`) }));
  for (const [i, { mask }] of copies.entries()) await writeFile(mask, files[i]);
  await withLoader({ samples: copies, workers: 2, memoryBytes }, async (loader) => {
    for (const { mask } of copies) await unlink(mask);
    for (const [i, sample] of samples.entries()) {
      const { width, height, data } = await decodeMask(pathOf(sample));
      const kept = loader.nativeMask(i);
      expect(kept).toMatchObject({ width, height, planes: 1 });
      expect(kept.data).toEqual(data.map((value) => (value > 127 ? 1 : 0)));
    }
    expect(() => loader.nativeMask(6)).toThrow(RangeError);
  });
  expect(() => images.nativeMask(0)).toThrow(RangeError);
});

test('samples that fit neither into memory nor on the disk are refused before any is read', async () => {
  const many = Array.from({ length: 10 }, () => samples[0]);
  const { bavail, bsize } = await statfs(tmpdir());
  const side = 2 ** Math.ceil(Math.log2(Math.sqrt((bavail * bsize) / 30)) + 1);
  const opening = open({
    samples: many,
    labelling: undefined,
    size: { height: side, width: side },
    memoryBytes: 0,
  });
  await expect(opening).rejects.toThrow(UserError);
  await expect(opening).rejects.toThrow(
    `room for ${side * side * 30} bytes of decoded images that --memory does not hold`,
  );
  await expect(opening).rejects.toThrow('TMPDIR');
});

test('closing ends what waits, and a closed loader says so', async () => {
  const loader = await open();
  await expect(loader.batch({ ...plain, indices: [6] })).rejects.toThrow(RangeError);
  const batches = [1, 2, 3].map((epoch) => loader.batch({ ...plain, epoch }));
  const settled = Promise.allSettled(batches);
  await loader.close();
  expect((await settled).map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  await expect(loader.batch(plain)).rejects.toThrow('closed');
});
