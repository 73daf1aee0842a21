import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { readDataFolder, readEitherFolder, readImageFolder } from '../../src/data/folders/folder.node.ts';
import { passedOverText } from '../../src/data/folders/image-files.node.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fewmask-folder-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Writes a tree of files; their content only matters for lists. */
async function write(files: Readonly<Record<string, string>> | readonly string[]): Promise<void> {
  const entries = Array.isArray(files)
    ? files.map((name): [string, string] => [name, ''])
    : Object.entries(files);
  for (const [name, text] of entries) {
    await mkdir(join(root, name, '..'), { recursive: true });
    await writeFile(join(root, name), text);
  }
}

const stems = (samples: readonly { stem: string }[]) => samples.map((sample) => sample.stem);

describe('readDataFolder', () => {
  test('pairs images and masks by stem, sorted, whatever their endings', async () => {
    await write([
      'images/b.JPG',
      'images/a.png',
      'images/c.x.tiff',
      'masks/a.gif',
      'masks/b.png',
      'masks/c.x.PNG',
    ]);
    await write(['images/.hidden.png', 'images/notes.txt', 'masks/e.json', 'masks/f.json']);
    const folder = await readDataFolder(root);
    expect(folder.samples).toEqual([
      { stem: 'a', image: join(root, 'images/a.png'), mask: join(root, 'masks/a.gif') },
      { stem: 'b', image: join(root, 'images/b.JPG'), mask: join(root, 'masks/b.png') },
      { stem: 'c.x', image: join(root, 'images/c.x.tiff'), mask: join(root, 'masks/c.x.PNG') },
    ]);
    expect(folder.lists).toEqual({});
    expect(folder.warnings).toEqual([]);
    expect(passedOverText(folder.passedOver)).toBe('passed over: 2 .json, 1 .txt, 1 hidden');
  });

  test('sub-folders are a part of the stem; those of masks alone are classes', async () => {
    await write(['images/a/1.png', 'images/b/1.png', 'images/2.png', 'masks/a/1.png', 'masks/2.png']);
    await write({ 'train.txt': 'a/1\n2.png\n' });
    const { samples, lists, classFolders } = await readDataFolder(root);
    expect(samples).toEqual([
      { stem: '2', image: join(root, 'images/2.png'), mask: join(root, 'masks/2.png') },
      { stem: 'a/1', image: join(root, 'images/a/1.png'), mask: join(root, 'masks/a/1.png') },
      { stem: 'b/1', image: join(root, 'images/b/1.png') },
    ]);
    expect(lists.train).toEqual(['a/1', '2']);
    expect(classFolders).toBeUndefined();
  });

  test('below the folder of a class are those of the images', async () => {
    await write(['images/a/1.png', 'masks/polyp/a/1.png', 'masks/tool/a/1.png']);
    const { samples, classFolders } = await readDataFolder(root);
    expect(classFolders).toEqual(['polyp', 'tool']);
    const files = { polyp: join(root, 'masks/polyp/a/1.png'), tool: join(root, 'masks/tool/a/1.png') };
    expect(samples).toEqual([{ stem: 'a/1', image: join(root, 'images/a/1.png'), mask: { files } }]);
  });

  test('proposes the suffix that pairs masks and images, and takes it', async () => {
    await write(['images/1.png', 'images/11.png', 'images/2.png', 'masks/1_mask.png', 'masks/11_mask.png']);
    const folder = await readDataFolder(root);
    expect(folder.fix).toBe('pass --mask-suffix _mask');
    expect(folder.warnings.join()).toContain('2 of 2 masks have no image and are not used: 11_mask, 1_mask');
    await write(['masks/2.png']);
    const { samples, warnings } = await readDataFolder(root, { maskSuffix: '_mask' });
    expect(samples.map(({ stem, mask }) => [stem, mask])).toEqual([
      ['1', join(root, 'masks/1_mask.png')],
      ['11', join(root, 'masks/11_mask.png')],
      ['2', undefined],
    ]);
    expect(warnings).toEqual(['1 of 3 files in masks/ do not end in _mask and are not used: 2']);
  });

  test('tells of masks whose names begin otherwise than those of their images', async () => {
    const both = (i: number) => [`images/img_1${i}.png`, `masks/mask_1${i}.png`];
    await write([0, 1, 2].flatMap(both));
    expect((await readDataFolder(root)).fix).toBe(
      'rename the masks: they begin with "mask_", their images with "img_"',
    );
    await write(['masks/img_10.png']);
    expect((await readDataFolder(root)).fix).toBeUndefined();
  });

  test('masks among the images are proposed and taken, too', async () => {
    await write(['images/1.png', 'images/1_seg.png', 'images/2.png', 'images/2_seg.png']);
    const folder = await readDataFolder(root);
    expect(folder.warnings).toEqual([
      'images/ seems to hold masks, too, as names say; pass --mask-suffix _seg',
    ]);
    const { samples } = await readDataFolder(root, { maskSuffix: '_seg' });
    expect(samples.map(({ stem, mask }) => [stem, mask])).toEqual([
      ['1', join(root, 'images/1_seg.png')],
      ['2', join(root, 'images/2_seg.png')],
    ]);
  });

  test('reads lists in file order: CRLF, blanks, a byte order mark, names with endings', async () => {
    await write([
      'images/a.png',
      'images/b.png',
      'images/c.d.png',
      'masks/a.png',
      'masks/b.png',
      'masks/c.d.png',
    ]);
    await write({ 'train.txt': '\uFEFFc.d.png\r\n\r\n a  \r\n', 'test.txt': 'b' });
    const folder = await readDataFolder(root);
    expect(folder.lists).toEqual({ train: ['c.d', 'a'], test: ['b'] });
    expect(folder.warnings).toEqual([]);
  });

  test('counts what does not match, in one warning each', async () => {
    await write([
      'images/a.png',
      'images/b.png',
      'images/c.png',
      'masks/c.png',
      'masks/x.png',
      'masks/y.png',
    ]);
    await write({ 'train.txt': 'a\nb\nb\nc', 'val.txt': 'b\nc', 'test.txt': 'c' });
    const { warnings, lists } = await readDataFolder(root);
    expect(lists.train).toEqual(['a', 'b', 'c']);
    expect(warnings).toEqual([
      '2 of 3 masks have no image and are not used: x, y',
      `1 line is repeated in ${join(root, 'train.txt')} and ignored: b`,
      '2 stems are in both train.txt and val.txt: b, c',
      '1 stem is in both train.txt and test.txt: c',
      '1 stem is in both val.txt and test.txt: c',
    ]);
  });

  test('takes an empty list as an empty set, and says so', async () => {
    await write(['images/a.png']);
    await write({ 'train.txt': 'a\n', 'val.txt': '\n' });
    const folder = await readDataFolder(root);
    expect(folder.lists).toEqual({ train: ['a'], val: [] });
    expect(folder.warnings).toContain(`${join(root, 'val.txt')} is an empty list`);
  });

  test('says which line of a list names no image, and what may be meant', async () => {
    await write(['images/polyp_017.png', 'images/polyp_203.png']);
    await write({ 'train.txt': 'polyp_017\npolyp_071.png\n' });
    await expect(readDataFolder(root)).rejects.toThrow(UserError);
    await expect(readDataFolder(root)).rejects.toThrow(
      `${join(root, 'train.txt')}, line 2: got "polyp_071.png", which no file in images/ has as its name, ` +
        'expected the name of an image (the nearest is "polyp_017"); correct the line, or add the image',
    );
  });

  test.each([
    ['no folder', [], 'no such folder'],
    ['no images', ['images/readme.txt'], 'a folder without images'],
    [
      'images of one name, all of them at once',
      ['images/a.png', 'images/a.jpg', 'images/b.bmp', 'images/b.gif'],
      'images: got a.jpg beside a.png, b.bmp beside b.gif, expected one file a name',
    ],
    [
      'two masks of one name',
      ['images/a.png', 'masks/a.png', 'masks/a.jpg'],
      'masks: got a.jpg beside a.png, expected',
    ],
    ['a folder for a list', ['images/a.png', 'val.txt/b'], 'a folder or list that can be read'],
  ])('refuses %s', async (_, files, message) => {
    await write(files);
    await expect(readDataFolder(root)).rejects.toThrow(UserError);
    await expect(readDataFolder(root)).rejects.toThrow(message);
  });
});

describe('readImageFolder', () => {
  test('takes the folder itself, or images/ inside it', async () => {
    await write(['images/b.png', 'images/a.jpg']);
    expect(stems(await readImageFolder(root))).toEqual(['a', 'b']);
    await write(['c.webp']);
    expect(await readImageFolder(root)).toEqual([{ stem: 'c', image: join(root, 'c.webp') }]);
  });

  test('with its sub-folders, but for those of masks', async () => {
    await write(['site-a/x.png', 'site-a/deep/x.png', 'site-b/x.png', 'masks/x.png', 'site-b/labels/x.png']);
    expect(stems(await readImageFolder(root))).toEqual(['site-a/deep/x', 'site-a/x', 'site-b/x']);
    await write(['top.png']);
    expect(stems(await readImageFolder(root))).toEqual(['site-a/deep/x', 'site-a/x', 'site-b/x', 'top']);
    expect((await readEitherFolder(root)).passedOver).toEqual({
      'folder masks': 1,
      'folder labels': 1,
    });
  });

  test('refuses a folder without images', async () => {
    await expect(readImageFolder(root)).rejects.toThrow('a folder without images');
    await expect(readImageFolder(join(root, 'none'))).rejects.toThrow('no such folder');
  });
});
