import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { sha256 } from '../../src/core/files.node.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { readPlainImages } from '../../src/data/folders/plain-images.node.ts';
import { syntheticCount } from '../../src/data/folders/synthetic-name.ts';
import { resolvePretrain } from '../../src/settings/resolve.node.ts';
import { resolveStudy } from '../../src/study/resolve.node.ts';
import { writeSyntheticData } from '../../src/synthetic/write.node.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const size = { height: 32, width: 64 };
let place = '';
let count = 0;

beforeAll(() => mkdir(join(root, 'caches')));
beforeEach(() => {
  place = join(root, 'caches', String(count++));
  vi.stubEnv('FEWMASK_CACHE', place);
});
afterAll(() => {
  vi.unstubAllEnvs();
});

const contents = (images: readonly { image: string }[]) =>
  Promise.all(images.map(async ({ image }) => sha256(await readFile(image))));

describe('the name', () => {
  test.each([
    ['synthetic', 1000],
    ['synthetic:3', 3],
    ['./synthetic', undefined],
    ['synthetic/images', undefined],
    ['mine/synthetic:3', undefined],
  ])('%s means %j images', (name, images) => {
    expect(syntheticCount(name)).toBe(images);
    const written = images === undefined ? resolve(name) : `synthetic:${images}`;
    expect(resolvePretrain({ encoder: 'random', plain: name }, 1).plain).toBe(written);
    expect(resolveStudy({ encoder: 'random', data: 'd', plain: name }, 1).plain).toBe(written);
  });

  test.each([
    'synthetic:',
    'synthetic:0',
    'synthetic:-3',
    'synthetic:many',
    'synthetic:1.5',
  ])('%s is refused', async (name) => {
    expect(await refusal(() => resolvePretrain({ encoder: 'random', plain: name }, 1))).toMatch(
      /^plain: got synthetic:.*, expected a folder, or synthetic:N.*\.\/synthetic:/,
    );
  });

  test('of a data folder or an encoder it is none', () => {
    expect(resolvePretrain({ data: 'synthetic', encoder: 'random' }, 1).data).toBe(resolve('synthetic'));
  });
});

test('so many images of that size are drawn, once, and kept', async () => {
  const notices: string[] = [];
  const progress: string[] = [];
  const hooks = listening({
    notice: (notice: string) => notices.push(notice),
    phase: { 'drawing images': (done, total) => progress.push(`${done}/${total}`) },
  });
  const first = await readPlainImages('synthetic:3', size, hooks);
  expect(first.map(({ stem }) => stem)).toEqual([1, 2, 3].map((i) => `plain-synthetic-000${i}`));
  expect(first.every(({ mask }) => mask === undefined)).toBe(true);
  for (const { image } of first) expect(await decodeImage(image)).toMatchObject({ ...size, channels: 3 });
  expect(new Set(await contents(first)).size).toBe(3);
  const [folder] = await readdir(place);
  expect(await readdir(place)).toEqual([expect.stringMatching(/^synthetic-v\d+-3-32x64-seed\d+$/)]);
  expect(notices).toEqual([`drawing 3 synthetic images of 32x64, to be kept in ${join(place, folder)}`]);
  expect(progress.at(-1)).toBe('3/3');

  const [before, times] = [await contents(first), await Promise.all(first.map(({ image }) => stat(image)))];
  expect(await readPlainImages('synthetic:3', size, hooks)).toEqual(first);
  expect(await Promise.all(first.map(async ({ image }) => (await stat(image)).mtimeMs))).toEqual(
    times.map(({ mtimeMs }) => mtimeMs),
  );
  expect([notices.length, progress.length]).toEqual([1, 3]);

  await rm(place, { recursive: true });
  expect(await contents(await readPlainImages('synthetic:3', size))).toEqual(before);
});

test('more of them begin with the same, another size is another set, and a set drawn by hand has others', async () => {
  const [few, more, other] = [
    await readPlainImages('synthetic:2', size),
    await readPlainImages('synthetic:3', size),
    await readPlainImages('synthetic:2', { height: 32, width: 32 }),
  ];
  expect((await contents(more)).slice(0, 2)).toEqual(await contents(few));
  expect(await contents(other)).not.toEqual(await contents(few));
  expect(await readdir(place)).toHaveLength(3);
  const out = join(root, 'by-hand');
  await writeSyntheticData({ out, count: 2, labelled: 0, test: 0, size, seed: 0 });
  const drawn = await contents(await readPlainImages(out, size));
  expect((await contents(few)).some((hash) => drawn.includes(hash))).toBe(false);
});

test('several that draw at once leave one whole set, and nothing else', async () => {
  const all = await Promise.all([1, 2, 3].map(() => readPlainImages('synthetic:2', size)));
  expect(all[1]).toEqual(all[0]);
  expect(all[2]).toEqual(all[0]);
  expect(await readdir(place)).toHaveLength(1);
});

test('what was broken off is not taken for a set; a set with a hole is named', async () => {
  const broken = () => {
    throw new Error('power cut');
  };
  await expect(
    readPlainImages('synthetic:2', size, listening({ phase: { 'drawing images': broken } })),
  ).rejects.toThrow('power cut');
  expect(await readdir(place).catch(() => [])).toEqual([]);
  const [{ image }] = await readPlainImages('synthetic:2', size);
  await rm(image);
  expect(await refusal(readPlainImages('synthetic:2', size))).toMatch(
    /synthetic-v.*: got 1 images, expected the 2 that were kept there; take the folder away/,
  );
});

test('what a program left that was killed goes away, unless somebody may be at it', async () => {
  const part = (digit: string) =>
    `synthetic-v1-9-32x64-seed1.${digit.repeat(8)}-1111-2222-3333-${digit.repeat(12)}.part`;
  for (const digit of ['a', 'b']) await mkdir(join(place, part(digit), 'images'), { recursive: true });
  const earlier = new Date(Date.now() - 2 * 3_600_000);
  await utimes(join(place, part('a'), 'images'), earlier, earlier);
  await readPlainImages('synthetic:1', size);
  const left = await readdir(place);
  expect(left).toHaveLength(2);
  expect(left).toContain(part('b'));
});

test('a folder is read as it is', async () => {
  const stems = await writeDataset(join(root, 'synthetic'), { count: 2, masks: 0 });
  const samples = await readPlainImages(join(root, 'synthetic'), size);
  expect(samples.map(({ stem }) => stem)).toEqual(stems);
});
