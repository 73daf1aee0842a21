import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { findDuplicates } from '../../src/data/duplicates/duplicates.node.ts';
import { type FolderOptions, readDataFolder, readImageFolder } from '../../src/data/folders/folder.node.ts';
import { readGroupedFolder } from '../../src/data/folders/groups.node.ts';
import { readSample } from '../../src/data/loading/read.node.ts';
import { ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { labellingOfFolder } from '../../src/data/masks/survey.node.ts';
import { settleIntensity } from '../../src/data/pixels/settle.node.ts';
import { checkData } from '../../src/library/data.node.ts';
import { writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { encodeTiff } from '../support/tiff.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const [width, height] = [8, 6];

/** Grey pages, each of one value. */
const stack = (...values: number[]) =>
  encodeTiff(
    ...values.map((value) => ({
      ...{ width, height, channels: 1, format: 1 as const },
      data: new Uint8Array(width * height).fill(value),
    })),
  );

/** A data folder of two stacks and a picture; only the first stack and the picture have masks. */
async function writeStacks(name: string, mask = stack(0, 255, 255)): Promise<string> {
  for (const folder of ['images', 'masks']) await mkdir(at(name, folder), { recursive: true });
  await writeFile(at(name, 'images', 'a.tif'), stack(10, 20, 30));
  await writeFile(at(name, 'masks', 'a.tif'), mask);
  await writeFile(at(name, 'images', 'b.tif'), stack(110, 120));
  await writePicture(at(name, 'images', 'c.png'), width, height, new Uint8Array(48).fill(200));
  await writePicture(at(name, 'masks', 'c.png'), width, height, new Uint8Array(48).fill(255));
  return at(name);
}

/** Of each sample its stem, the grey value of its first pixel and, if it has a mask, the label there. */
async function seen(folder: string, options: FolderOptions) {
  const { samples } = await readDataFolder(folder, options);
  const size = { width, height };
  return Promise.all(
    samples.map(async (sample) => {
      const labelling = sample.mask === undefined ? undefined : ONE_OBJECT;
      const read = await readSample(sample, { size, reading: {}, labelling });
      if (!('pixels' in read)) return [sample.stem, read[0].message];
      const { image, mask } = read.pixels;
      return [sample.stem, image[0], ...(mask ? [mask[0]] : [])];
    }),
  );
}

beforeAll(() => writeStacks('data'));

describe('of files of several pages', () => {
  test('the first is taken by default, or as many as one asks for', async () => {
    for (const pages of [undefined, 'auto', 'first', 1] as const) {
      expect(await seen(at('data'), { pages })).toEqual([
        ['a', 10, 0],
        ['b', 110],
        ['c', 200, 1],
      ]);
    }
    expect(await seen(at('data'), { pages: 2 })).toEqual([
      ['a', 20, 1],
      ['b', 120],
      ['c', expect.stringMatching(/c\.png: got 1 page, expected page 2, as --pages says; /)],
    ]);
    expect(await seen(at('data'), { pages: 3 })).toContainEqual([
      'b',
      expect.stringMatching(/b\.tif: got 2 pages, expected page 3/),
    ]);
    expect(await seen(at('data'), { pages: 'all' })).toEqual([
      ['a_p1', 10, 0],
      ['a_p2', 20, 1],
      ['a_p3', 30, 1],
      ['b_p1', 110],
      ['b_p2', 120],
      ['c', 200, 1],
    ]);
  });

  test('a mask of one page is that of the page which is taken, but not of all', async () => {
    const folder = await writeStacks('one', stack(255));
    expect((await seen(folder, { pages: 2 }))[0]).toEqual(['a', 20, 1]);
    expect(await refusal(readDataFolder(folder, { pages: 'all' }))).toMatch(
      /mask .*a\.tif: got 1 page, expected 3, as its image .*a\.tif has; make a mask for each page: NAME_p1/,
    );
  });

  test('masks may be named after pages, but not also lie in one file', async () => {
    const folder = await writeStacks('named');
    const own = at('named', 'masks', 'a_p2.png');
    await writePicture(own, width, height, new Uint8Array(48).fill(255));
    expect(await refusal(readDataFolder(folder, { pages: 'all' }))).toContain(
      'got masks of single pages beside it, such as a_p1',
    );
    await rm(at('named', 'masks', 'a.tif'));
    expect((await seen(folder, { pages: 'all' })).slice(0, 3)).toEqual([
      ['a_p1', 10],
      ['a_p2', 20, 1],
      ['a_p3', 30],
    ]);
    expect((await readDataFolder(folder, { pages: 'all' })).orphans).toBe(0);
  });

  test('a list may name a file, or pages of it', async () => {
    const folder = await writeStacks('lists');
    await writeFile(at('lists', 'train.txt'), 'a\nb_p2\n');
    await writeFile(at('lists', 'test.txt'), 'c.png\n');
    expect((await readDataFolder(folder, { pages: 'all' })).lists).toEqual({
      train: ['a_p1', 'a_p2', 'a_p3', 'b_p2'],
      test: ['c'],
    });
    expect(await refusal(readDataFolder(folder))).toContain(
      '"b_p2", which no file in images/ has as its name',
    );
  });

  test('pages of a file belong together, unless it is said what does', async () => {
    const groups = async (folder: string, settings: object = {}) =>
      (await readGroupedFolder(folder, { pages: 'all', ...settings })).samples.map(({ group }) => group);
    expect(await groups(at('data'))).toEqual(['a', 'a', 'a', 'b', 'b', 'c']);
    await writeFile(at('groups.csv'), 'stem,group\na,one\nb_p1,one\nb_p2,two\nc,two\n');
    expect(await groups(at('data'), { groups: at('groups.csv') })).toEqual([
      ...['one', 'one', 'one', 'one', 'two', 'two'],
    ]);
    await mkdir(at('alone', 'images'), { recursive: true });
    await writeFile(at('alone', 'images', 'a.tif'), stack(1, 2));
    expect(await groups(at('alone'))).toEqual([undefined, undefined]);
  });

  test('each page is an image of its own for hashes, duplicates, masks and ranges', async () => {
    const { samples, ...folder } = await readDataFolder(at('data'), { pages: 'all' });
    const size = { width, height };
    const hashes = await Promise.all(
      samples.map(async (sample) => {
        const read = await readSample(sample, { size, reading: {} });
        return 'pixels' in read ? read.hashes.image : '';
      }),
    );
    expect(new Set(hashes).size).toBe(6);
    expect(hashes.every((hash) => /^[\da-f]{64}$/.test(hash))).toBe(true);
    const clusterOf = await findDuplicates(samples, {});
    expect(new Set(samples.map(clusterOf).filter((each) => each !== undefined)).size).toBe(0);
    const found = await labellingOfFolder({ ...folder, samples }, { multilabel: false });
    expect(found?.told).toBe('masks: 0 = background, 255 = object');
    const paths = samples.map(({ image }) => image);
    const { intensity, warnings } = await settleIntensity({ name: 'set', paths }, 'used');
    expect([intensity, warnings]).toEqual([{ low: 10, high: 200 }, []]);
  });

  test('plain folders and the check have them, too', async () => {
    const plain = await readImageFolder(at('data', 'images'), 'all');
    expect(plain.map(({ stem }) => stem)).toEqual(['a_p1', 'a_p2', 'a_p3', 'b_p1', 'b_p2', 'c']);
    const all = await checkData({ folder: at('data'), pages: 'all' });
    expect(all.images).toMatchObject({ total: 6, with_mask: 4, formats: { tiff: 5, png: 1 } });
    expect(JSON.stringify(all.problems)).not.toContain('pages');
  });

  test('annotations do not say which page they are of', async () => {
    await mkdir(at('tool'), { recursive: true });
    await writeFile(at('tool', 'a.tif'), stack(10, 20));
    const points = [
      [0, 0],
      [4, 0],
      [4, 4],
    ];
    const content = {
      imagePath: 'a.tif',
      imageWidth: width,
      imageHeight: height,
      shapes: [{ label: 'x', points }],
    };
    await writeFile(at('tool', 'a.json'), JSON.stringify(content));
    expect((await readDataFolder(at('tool'), { pages: 2 })).samples[0].image).toMatch(/a\.tif#page=2$/);
    expect(await refusal(readDataFolder(at('tool'), { pages: 'all' }))).toContain(
      'got objects of an image of 2 pages, expected images of one page',
    );
  });

  test('a page that another image is called like is refused', async () => {
    const folder = await writeStacks('clash');
    await writePicture(at('clash', 'images', 'b_p2.png'), width, height, new Uint8Array(48));
    expect(await refusal(readDataFolder(folder, { pages: 'all' }))).toContain(
      'called b_p2, as another image is',
    );
  });

  test('a path may name a page', async () => {
    const { data } = await decodeImage(`${at('data', 'images', 'a.tif')}#page=3`);
    expect(data[0]).toBe(30);
    expect(await refusal(decodeImage(`${at('data', 'images', 'a.tif')}#page=4`))).toContain('got 3 pages');
  });
});
