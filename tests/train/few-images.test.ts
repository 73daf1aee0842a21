import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pretrainingImages } from '../../src/train/pretrain.node.ts';
import { maskedSplits } from '../../src/train/train.node.ts';
import { resolveTrain } from '../support/classic.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

/** A data folder of images, all with masks, and lists if given. */
async function dataOf(
  name: string,
  masks: number,
  lists: Readonly<Record<string, string>> = {},
  count = masks,
) {
  const data = join(root, name);
  await mkdir(data, { recursive: true });
  await writeDataset(data, { count, masks });
  for (const [list, text] of Object.entries(lists)) await writeFile(join(data, `${list}.txt`), text);
  return data;
}

const splits = (data: string, validation: boolean | 'auto' = true) =>
  maskedSplits(resolveTrain({ data, validation }, 1), { out: join(root, 'run') });

test.each([
  [
    'one',
    1,
    true,
    /labels: got 0 masks to train with: the only image with a mask tests, expected at least 3.*name images in train.txt/,
  ],
  [
    'one',
    1,
    false,
    /one: got no training image with a mask: the only image with a mask tests, expected at least one/,
  ],
  ['two', 2, true, /labels: got 1 mask to train with: of 2 images with masks 1 tests, .*--no-validation/],
  ['three', 3, true, /labels: got 2 masks to train with: of 3 images with masks 1 tests, .*--no-validation/],
] as const)('%s (%i): %s', async (name, masks, validation, message) => {
  expect(await refusal(splits(await dataOf(name, masks), validation))).toMatch(message);
});

test('two and three images train, where none has to validate', async () => {
  for (const [name, masks] of [
    ['two', 2],
    ['three', 3],
  ] as const) {
    const { train, validation, test } = await splits(await dataOf(name, masks), 'auto');
    expect([train.length, validation.length, test.length]).toEqual([masks - 1, 0, 1]);
  }
  const { train, test } = await splits(await dataOf('listed', 1, { train: 'image-00\n' }), false);
  expect([train.length, test.length]).toEqual([1, 0]);
});

test.each([true, false])('an empty train.txt is said to be one, validation: %s', async (validation) => {
  expect(await refusal(splits(await dataOf('empty', 6, { train: '\n' }), validation))).toMatch(
    /train.txt is an empty list, expected .*; name training images in it, one a line, or take it away/,
  );
});

test('lists that leave too few say how many', async () => {
  const bare = await dataOf('bare', 2, { train: 'image-02\nimage-03\n', val: 'image-00\n' }, 4);
  expect(await refusal(splits(bare, false))).toMatch(/train.txt names 2 images, of which 0 have masks/);
  const all = await dataOf('tested', 2, { test: 'image-00\nimage-01\n' });
  expect(await refusal(splits(all, false))).toMatch(/of 2 images with masks the lists leave 0/);
});

test('one or two images to pretrain on', async () => {
  const data = await dataOf('few', 0, {}, 2);
  const config = { data, seed: 0, labels: 'all', validation: true, size: '32x32' };
  expect(await refusal(pretrainingImages(config))).toMatch(/--data .*few: got 2 images, expected at least 3/);
});
