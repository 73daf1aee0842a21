import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { dataCheckText } from '../../src/cli/data-check-text.ts';
import { checkData, type DataCheck } from '../../src/data/check/check.node.ts';
import { type Change, copyOf, syntheticImage } from '../support/copies.ts';
import { writeList, writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const images = Array.from({ length: 6 }, (_, i) => syntheticImage(i, 96));

async function write(folder: string, stem: string, index: number, change: Change = {}) {
  await mkdir(join(folder, 'images'), { recursive: true });
  const ending = change.quality === undefined ? 'png' : 'jpg';
  await writeFile(join(folder, 'images', `${stem}.${ending}`), await copyOf(images[index], change));
}

const nearDuplicates = ({ problems }: Pick<DataCheck, 'problems'>) =>
  problems.filter(({ kind }) => kind === 'near duplicates').map(({ message }) => message);

describe('two folders', () => {
  const [a, b] = [join(root, 'a'), join(root, 'b')];
  let check: DataCheck;

  beforeAll(async () => {
    for (const [i, stem] of ['u', 'v', 'w', 'x', 'y'].entries()) await write(a, stem, i);
    await write(a, 'u-again', 0, { quality: 60, scale: 2, light: 1.1 });
    await write(a, 'v-again', 1, { quality: 75 });
    await copyFile(join(a, 'images', 'x.png'), join(a, 'images', 'x-again.png'));
    await writeList(a, 'train.txt', ['u', 'v', 'v-again', 'w', 'x', 'x-again']);
    await writeList(a, 'test.txt', ['u-again', 'y']);
    await write(b, 'p', 5);
    await write(b, 'q', 5, { scale: 0.5, light: 0.9 });
    await write(b, 'r', 2, { quality: 80 });
    check = await checkData(a, { also: [b], workers: 1 });
  });

  test('groups in order of folders and names, and those that cross', () => {
    expect(check.clusters).toEqual([
      ['u', 'u-again'],
      ['v', 'v-again'],
      ['w', 'r'],
      ['x', 'x-again'],
      ['p', 'q'],
    ]);
    expect(check.crossing).toEqual([
      ['u', 'u-again'],
      ['w', 'r'],
    ]);
  });

  test('the fields of the first folder are its own, the other folder has its own beside them', async () => {
    const alone = await checkData(a, { workers: 1 });
    const { also, ...first } = check;
    expect({ ...first, clusters: alone.clusters, crossing: alone.crossing }).toEqual(alone);
    expect(alone.clusters).toEqual([
      ['u', 'u-again'],
      ['v', 'v-again'],
      ['x', 'x-again'],
    ]);
    expect(alone.crossing).toEqual([['u', 'u-again']]);
    expect(alone).not.toHaveProperty('also');
    const { clusters, crossing, ...other } = await checkData(b, { workers: 1 });
    expect(also).toEqual([other]);
    expect([clusters, crossing]).toEqual([[['p', 'q']], []]);
  });

  test('only equal files are in `duplicates`; a leak of images that look alike is a problem', () => {
    expect(check.duplicates).toEqual([{ stems: ['x', 'x-again'], parts: ['train'] }]);
    expect(nearDuplicates(check)).toEqual(['u, u-again: nearly equal images, in test and train']);
    expect(nearDuplicates(check.also![0])).toEqual([]);
  });

  test('as text: each folder by its name, the groups that cross first', () => {
    const text = dataCheckText(check);
    const where = 'in different folders or parts of the data';
    expect(text.slice(text.indexOf('duplicates:')).split('\n')).toEqual([
      'duplicates: 5 groups of images that are equal or almost equal',
      `  u, u-again (${where})`,
      `  w, r (${where})`,
      '  v, v-again',
      '  x, x-again',
      '  p, q',
    ]);
    expect(text.startsWith(`${a}\n\nimages `)).toBe(true);
    expect(text).toContain(`\n\n${b}\n\nimages `);
  });
});

test('without lists nothing crosses: duplicates of test images do nothing else', async () => {
  const folder = join(root, 'listless');
  for (const [i] of images.entries()) await write(folder, `own-${i}`, i);
  for (const [i] of images.entries()) await write(folder, `own-${i}-again`, i, { quality: 70, light: 1.1 });
  await mkdir(join(folder, 'masks'));
  for (const [i] of images.entries()) {
    await writePicture(
      join(folder, 'masks', `own-${i}.png`),
      96,
      96,
      new Uint8Array(96 * 96).fill(255, 0, 960),
    );
  }
  const check = await checkData(folder, { workers: 1 });
  expect(check.clusters).toEqual(images.map((_, i) => [`own-${i}`, `own-${i}-again`]));
  expect([check.crossing, check.problems]).toEqual([[], []]);
  // Of six one tests, and none validates; a pretraining keeps away from two that might, and from copies.
  expect(check.plan).toEqual({ train: 5, validation: 0, test: 1, pretrain: 6 });
});

test('where folders share a stem, images are called by folder and stem', async () => {
  const [c, d] = [join(root, 'c'), join(root, 'd')];
  await write(c, 'same', 0);
  await write(d, 'same', 0, { quality: 60 });
  await write(d, 'other', 1);
  const check = await checkData(`${c}/`, { also: [d], workers: 1 });
  expect(check.clusters).toEqual([[`${c}/same`, `${d}/same`]]);
  expect(check.crossing).toEqual(check.clusters);
});

test('a folder named twice is refused', async () => {
  const folder = join(root, 'a');
  expect(await refusal(checkData(folder, { also: [`${folder}/`] }))).toMatch(/got the same folder twice/);
});

test('at most ten groups, and five names of each, are shown', () => {
  const clusters = Array.from({ length: 12 }, (_, i) => Array.from({ length: i + 2 }, (_, k) => `${i}-${k}`));
  const text = dataCheckText({
    folder: '',
    images: { total: 0, with_mask: 0, without_mask: 0, formats: {}, grey: 0 },
    masks: { total: 0, without_image: 0 },
    lists: {},
    duplicates: [],
    problems: [],
    clusters,
    crossing: [clusters[11]],
  });
  const lines = text.slice(text.indexOf('duplicates:'), text.indexOf('\n\n0 problems')).split('\n');
  expect(lines).toHaveLength(12);
  expect(lines[1]).toBe('  11-0, 11-1, 11-2, 11-3, 11-4 and 8 more (in different parts of the data)');
  expect(lines[2]).toBe('  0-0, 0-1');
  expect(lines[11]).toBe('  and 2 more like these');
});
