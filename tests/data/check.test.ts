import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { dataCheckText } from '../../src/cli/data-check-text.ts';
import { checkData, type DataCheck } from '../../src/data/check/check.node.ts';
import { summariseAreas, summariseSizes } from '../../src/data/check/summaries.ts';
import { formatOf } from '../../src/data/decode/format.ts';
import { writeDataset, writeList, writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { expectGolden } from '../support/golden.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

/** A picture whose first rows are white, or of the colour given. */
async function picture(path: string, width: number, height: number, white: number, colour?: number[]) {
  const data = new Uint8Array(width * height * (colour ? 3 : 1));
  for (let i = 0; i < white * width; i++) {
    if (colour) data.set(colour, 3 * i);
    else data[i] = 255;
  }
  await writePicture(path, width, height, data);
}

const kindsOf = ({ problems }: DataCheck) => problems.map(({ kind }) => kind);
const messagesOf = ({ problems }: DataCheck, kind: string) =>
  problems.filter((problem) => problem.kind === kind).map(({ message }) => message);

describe('a folder with one of each', () => {
  const folder = join(root, 'odd');
  const image = (name: string) => join(folder, 'images', name);
  const mask = (name: string) => join(folder, 'masks', name);
  let check: DataCheck;

  beforeAll(async () => {
    await mkdir(join(folder, 'images'), { recursive: true });
    await mkdir(join(folder, 'masks'));
    // Masks of 10 %, nothing, everything and 50 %; the last one small, the image grey and misnamed.
    for (const [i, rows] of [4, 0, 40].entries()) {
      await picture(image(`a${i}.png`), 30, 40, 20, [200, 90, 10 * i]);
      await picture(mask(`a${i}.png`), 30, 40, rows);
    }
    await picture(image('grey.jpg'), 80, 40, 7);
    await picture(mask('grey.png'), 40, 20, 10);
    // No mask, and equal to an image that has one.
    await copyFile(image('a0.png'), image('copy.png'));
    await picture(image('turned.png'), 30, 40, 5, [1, 2, 255]);
    await picture(mask('turned.png'), 40, 30, 5);
    await picture(image('coloured-mask.png'), 30, 40, 6, [1, 2, 255]);
    await picture(mask('coloured-mask.png'), 30, 40, 6, [255, 0, 0]);
    await writeFile(image('text.png'), 'no picture');
    await picture(mask('text.png'), 10, 10, 2);
    await picture(mask('orphan.png'), 10, 10, 2);
    await writeList(folder, 'test.txt', ['a1', 'a0', 'turned']);
    await writeList(folder, 'val.txt', ['a1', 'copy']);
    check = await checkData(folder, { workers: 1 });
  });

  test('counts', () => {
    expect(check.folder).toBe(folder);
    expect(check.images).toEqual({
      total: 8,
      with_mask: 7,
      without_mask: 1,
      formats: { png: 7 },
      grey: 1,
    });
    expect(check.masks).toEqual({ total: 8, without_image: 1, meaning: '0 = background, 255 = object' });
    expect(check.lists).toEqual({ val: 2, test: 3 });
  });

  test('sizes are those of the images that can be read', () => {
    expect(check.sizes).toEqual({
      smallest: { width: 30, height: 40 },
      median: { width: 30, height: 40 },
      largest: { width: 80, height: 40 },
      most_common: { width: 30, height: 40, count: 6 },
      different: 2,
      aspect: { min: 0.75, median: 0.75, max: 2 },
    });
  });

  test('mask areas are those of the masks that can be used', () => {
    const { histogram, ...area } = check.mask_area!;
    // 0, 0.1, 0.2 (without an image that can be read), 0.5, 1
    expect(area).toMatchObject({ min: 0, median: 0.2, max: 1, empty: 1, full: 1 });
    expect([area.p5, area.p95]).toEqual([expect.closeTo(0.02, 9), expect.closeTo(0.9, 9)]);
    expect(histogram.map(({ count }) => count)).toEqual([0, 0, 0, 1, 1, 1, 1]);
  });

  test('equal images are found, and that they lie in two parts', () => {
    expect(check.duplicates).toEqual([{ stems: ['a0', 'copy'], parts: ['test', 'val'] }]);
    expect(messagesOf(check, 'duplicates')).toEqual(['a0, copy: equal images, in test and val']);
  });

  test('problems, each of its kind; what is merely without a mask is none', () => {
    expect(new Set(kindsOf(check))).toEqual(new Set(['folder', 'list', 'file', 'mask size', 'duplicates']));
    expect(messagesOf(check, 'folder')).toEqual([
      expect.stringMatching(/^1 of 8 masks have no image .*orphan/),
      expect.stringMatching(/^1 stem is in both val.txt and test.txt: a1/),
    ]);
    expect(messagesOf(check, 'list')).toEqual(['copy is in val.txt and has no mask']);
    const files = messagesOf(check, 'file');
    expect(files).toHaveLength(3);
    expect(files[0]).toContain(`${mask('coloured-mask.png')}: got colours, expected grey`);
    expect(files[1]).toMatch(/text\.png: got /);
    expect(files[2]).toMatch(/turned\.png: got 40x30 pixels, expected the aspect ratio of its image/);
    expect(messagesOf(check, 'mask size')).toEqual([
      `mask ${mask('grey.png')}: 40x20 pixels, its image 80x40; it will be resized`,
    ]);
  });

  test('the plan counts what can be used: the mask to train, the image alone to pretrain', () => {
    expect(check.plan).toEqual({ train: 2, validation: 0, test: 2, pretrain: 3 });
  });
});

test('images that are stored turned are named where the size of a mask does not show whether it was turned, too', async () => {
  const folder = join(root, 'turned');
  const stems = await writeDataset(folder, { count: 8, masks: 7 });
  // 2, 3 and 4 keep the sizes; 6 exchanges them; the last has no mask.
  for (const [i, orientation] of [2, 3, 4, 1, 6, 1, 1, 3].entries()) {
    const path = join(folder, 'images', `${stems[i]}.png`);
    const turned = await sharp(path).withMetadata({ orientation }).png().toBuffer();
    await writeFile(path, turned);
  }
  const check = await checkData(folder, { workers: 1 });
  const found = check.problems.filter(({ kind }) => kind === 'turned images');
  expect(found.map(({ stems: named }) => named)).toEqual([stems.slice(0, 3)]);
  expect(found[0].message).toMatch(
    /: stored turned or mirrored \(EXIF\), and read upright, .*; look whether/,
  );
});

describe('what default settings would do', () => {
  test('without lists: the usual test set, unusable files left out of where they would be', async () => {
    const folder = join(root, 'plain');
    const stems = await writeDataset(folder, { count: 24, masks: 20 });
    const sound = await checkData(folder, { workers: 1 });
    expect(sound.problems).toEqual([]);
    expect(sound.plan).toEqual({ train: 17, validation: 0, test: 3, pretrain: 19 });
    // The last one has no mask, so that it would only have been pretrained on.
    await writeFile(join(folder, 'images', `${stems[23]}.png`), 'x');
    expect((await checkData(folder, { workers: 1 })).plan).toEqual({
      train: 17,
      validation: 0,
      test: 3,
      pretrain: 18,
    });
    for (const stem of stems.slice(0, 20)) await writeFile(join(folder, 'masks', `${stem}.png`), 'x');
    const broken = await checkData(folder, { workers: 1 });
    expect(broken.plan).toEqual({ train: 0, validation: 0, test: 0, pretrain: 18 });
    expect(broken).not.toHaveProperty('mask_area');
    expect(kindsOf(broken)).toEqual(Array.from({ length: 21 }, () => 'file'));
  });

  test('a folder of plain images, in images/ or by itself', async () => {
    const folder = join(root, 'maskless');
    await writeDataset(folder, { count: 5, masks: 0 });
    for (const place of [folder, join(folder, 'images')]) {
      const check = await checkData(place, { workers: 1 });
      expect(check.problems).toEqual([]);
      expect(check.plan).toEqual({ train: 0, validation: 0, test: 0, pretrain: 5 });
      expect(check.images).toMatchObject({ total: 5, with_mask: 0 });
      expect(dataCheckText(check)).toMatch(/^ready: 5 images to pretrain on, no masks to train with$/m);
    }
  });

  test('masks too few to split are a problem', async () => {
    const folder = join(root, 'few');
    await writeDataset(folder, { count: 4, masks: 1 });
    const check = await checkData(folder, { workers: 1 });
    expect(check).not.toHaveProperty('plan');
    expect(messagesOf(check, 'split')).toEqual([
      expect.stringMatching(
        /^default .*: labels: got none to train with: the only image with a mask tests, expected/,
      ),
    ]);
    expect(dataCheckText(check)).toMatch(/^1 problem$/m);
  });

  test('the plan is what a training with default settings does: few masks all train', async () => {
    const folder = join(root, 'three');
    await writeDataset(folder, { count: 4, masks: 3 });
    const check = await checkData(folder, { workers: 1 });
    expect(check.plan).toEqual({ train: 2, validation: 0, test: 1, pretrain: 0 });
    const many = join(root, 'many');
    await writeDataset(many, { count: 130, masks: 120 });
    const { train, validation } = (await checkData(many, { workers: 2 })).plan!;
    expect(validation).toBeGreaterThanOrEqual(10);
    expect(train + validation).toBe(102);
  });

  test('masks whose names fit no image are a problem', async () => {
    const folder = join(root, 'misnamed');
    await writeDataset(folder, { count: 3, masks: 0 });
    await mkdir(join(folder, 'masks'));
    await picture(join(folder, 'masks', 'image-00_mask.png'), 10, 10, 1);
    const check = await checkData(folder, { workers: 1 });
    expect(check.masks).toEqual({ total: 1, without_image: 1 });
    expect(kindsOf(check)).toEqual(['folder']);
  });

  test('no folder, and a folder without images, are refused', async () => {
    expect(await refusal(checkData(join(root, 'none')))).toMatch(/none: got no such folder/);
    await mkdir(join(root, 'empty'));
    expect(await refusal(checkData(join(root, 'empty')))).toMatch(/got a folder without images/);
  });
});

test('as text', async () => {
  const folder = join(root, 'small');
  const stems = await writeDataset(folder, { count: 26, masks: 16 });
  const image = (stem: string) => join(folder, 'images', `${stem}.png`);
  await copyFile(image(stems[3]), image('image-99'));
  for (const stem of stems.slice(17)) await copyFile(image(stems[16]), image(stem));
  await writeDataset(join(root, 'more'), { count: 1, sizes: [[20, 30]] });
  await copyFile(join(root, 'more', 'masks', 'image-00.png'), join(folder, 'masks', 'lonely.png'));
  await writeList(folder, 'test.txt', [...stems.slice(0, 4), ...stems.slice(20, 24), stems[3]]);
  const check = await checkData(folder, { workers: 1 });
  expectGolden('data-check.txt', `${dataCheckText(check).replaceAll(folder, 'DATA')}\n`);
  expect(JSON.parse(JSON.stringify(check))).toEqual(check);
});

test('many problems of a kind are counted, not listed', () => {
  const problems = Array.from({ length: 14 }, (_, i) => ({ kind: 'file', message: `bad ${i}` }) as const);
  const nothing = { total: 0, with_mask: 0, without_mask: 0, formats: {}, grey: 0 };
  const text = dataCheckText({
    folder: '',
    images: nothing,
    masks: { total: 0, without_image: 0 },
    lists: {},
    duplicates: [],
    clusters: [],
    crossing: [],
    problems: [...problems, { kind: 'list', message: 'the list' }],
  });
  expect(text.slice(text.indexOf('problems')).split('\n')).toEqual([
    'problems',
    ...problems.slice(0, 10).map(({ message }) => `  ${message}`),
    '  and 4 more like these',
    '  the list',
    '',
    '15 problems',
  ]);
});

test('the median of sizes is one of them, the most common the most common', () => {
  const sizes = [3, 1, 2, 9, 9].map((side) => ({ height: side, width: 2 * side }));
  expect(summariseSizes(sizes)).toMatchObject({
    smallest: { height: 1, width: 2 },
    median: { height: 3, width: 6 },
    largest: { height: 9, width: 18 },
    most_common: { height: 9, width: 18, count: 2 },
    different: 4,
  });
});

test('every mask is counted in one bin, or is empty', () => {
  const areas = [0, 1e-6, 0.01, 0.0100001, 0.02, 0.5, 0.51, 1, 1];
  const { histogram, empty, full } = summariseAreas(areas);
  expect(histogram.map(({ count }) => count)).toEqual([2, 2, 0, 0, 0, 1, 3]);
  expect([empty, full]).toEqual([1, 2]);
});

test.each([
  'jpeg',
  'png',
  'webp',
  'gif',
  'tiff',
  'avif',
] as const)('%s is known by its content', async (format) => {
  const picture = sharp(new Uint8Array(48), { raw: { width: 4, height: 4, channels: 3 } });
  expect(formatOf(await picture.toFormat(format).toBuffer())).toBe(format);
});

test('a bitmap is known by its content, and what is no picture is called other', () => {
  expect(formatOf(Buffer.from('BM....'))).toBe('bmp');
  expect(formatOf(Buffer.from('RIFFxxxxWAVE'))).toBe('other');
  expect(formatOf(new Uint8Array())).toBe('other');
});
