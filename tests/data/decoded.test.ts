import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { decodeImageTo } from '../../src/data/decode/decode.node.ts';
import { readDataFolder } from '../../src/data/folders/folder.node.ts';
import { decodedFolder, decodedOnce } from '../../src/data/loading/decoded.node.ts';
import { Loader } from '../../src/data/loading/loader.node.ts';
import { writeDataset } from '../support/dataset.ts';
import { NONZERO } from '../support/masks.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const data = join(root, 'data');
await writeDataset(data, { count: 4 });
const { samples } = await readDataFolder(data);
const size = { height: 16, width: 24 };
const picture = samples[0].image;

const { TMPDIR } = process.env;
afterEach(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
});
async function temporaryIn(name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  process.env.TMPDIR = folder;
  return folder;
}

test('an image is decoded once, and comes back as it was; in another way it is another one', async () => {
  await temporaryIn('once');
  const folder = (await decodedFolder())!;
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  let decoded = 0;
  const decode = (reading = {}) => {
    decoded++;
    return decodeImageTo(picture, size, { reading });
  };
  const first = await decodedOnce(folder, { hash: 'a', size }, decode);
  expect(await decodedOnce(folder, { hash: 'a', size }, decode)).toEqual(first);
  expect(first).toEqual(await decodeImageTo(picture, size));
  expect(decoded).toBe(1);
  await decodedOnce(folder, { hash: 'a', size, reading: { channels: '0' } }, decode);
  expect(decoded).toBe(2);
});

test('a kept image that is damaged or cut off is decoded again; old ones are removed', async () => {
  await temporaryIn('damaged');
  const folder = (await decodedFolder())!;
  let decoded = 0;
  const again = () =>
    decodedOnce(folder, { hash: 'a' }, () => {
      decoded++;
      return decodeImageTo(picture, size);
    });
  const whole = await again();
  const [name] = await readdir(folder);
  const path = join(folder, name);
  const bytes = await readFile(path);
  const flipped = Buffer.from(bytes);
  flipped[100] ^= 1;
  for (const damaged of [flipped, bytes.subarray(0, 200), Buffer.alloc(0)]) {
    await writeFile(path, damaged);
    expect(await again()).toEqual(whole);
  }
  expect(decoded).toBe(4);
  await decodedFolder();
  expect(await readdir(folder)).toEqual([name]);
  await utimes(path, 1, 1);
  await decodedFolder();
  expect(await readdir(folder)).toEqual([]);
});

test.runIf(process.getuid)('a folder that others may write to is not trusted', async () => {
  await temporaryIn('open');
  const folder = (await decodedFolder())!;
  await chmod(folder, 0o777);
  expect(await decodedFolder()).toBeUndefined();
});

test('where nothing can be kept, images are decoded as ever', async () => {
  expect(await decodedOnce(join(root, 'none'), {}, () => decodeImageTo(picture, size))).toEqual(
    await decodeImageTo(picture, size),
  );
});

test('batches are the same with kept images as without', async () => {
  await temporaryIn('batches');
  const decodedIn = await decodedFolder();
  const batchesOf = async (from?: string) => {
    const options = { samples, size, reading: {}, labelling: NONZERO, workers: 1, memoryBytes: 2 ** 20 };
    const loader = await Loader.open({ ...options, decodedIn: from });
    try {
      return await loader.batch({ indices: [0, 1, 2, 3], seed: 3, epoch: 0 });
    } finally {
      await loader.close();
    }
  };
  const expected = await batchesOf();
  expect(await batchesOf(decodedIn)).toEqual(expected);
  expect(await readdir(decodedIn!)).toHaveLength(4);
  expect(await batchesOf(decodedIn)).toEqual(expected);
});
