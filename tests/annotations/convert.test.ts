import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { readNumbers } from '../../src/annotations/png.ts';
import { convertData } from '../../src/library/data.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const at = (...path: string[]) => join(root, ...path);

/** A folder of two images, the first with a black-and-white mask, a square of 4 pixels. */
async function folder(name: string): Promise<string> {
  for (const each of ['images', 'masks']) await mkdir(at(name, each), { recursive: true });
  const black = { create: { width: 8, height: 6, channels: 3 as const, background: 'black' } };
  for (const image of ['a', 'b'])
    await sharp(black)
      .jpeg()
      .toFile(at(name, 'images', `${image}.jpg`));
  const mask = Uint8Array.from({ length: 48 }, (_, i) => (i % 8 < 2 && i < 16 ? 255 : 0));
  await sharp(mask, { raw: { width: 8, height: 6, channels: 1 } })
    .png()
    .toFile(at(name, 'masks', 'a.png'));
  return at(name);
}

it('goes through all formats and comes back to the same mask', async () => {
  let input = await folder('start');
  for (const to of ['coco', 'labelme', 'yolo', 'voc', 'cvat', 'labelstudio', 'geojson', 'folder'] as const) {
    const done = await convertData({ input, out: at(`to-${to}`), to });
    expect(done).toMatchObject({ to, images: 2, objects: 1, classes: ['object'] });
    input = done.out;
  }
  const { data } = readNumbers(await readFile(at('to-folder', 'masks', 'a.png')), 'a');
  expect([...data].filter((value) => value === 1)).toHaveLength(4);
  expect(await readFile(at('to-folder', 'images', 'b.jpg'))).toEqual(
    await readFile(at('start', 'images', 'b.jpg')),
  );
  expect(await readFile(at('to-folder', 'classes.yaml'), 'utf8')).toContain('name: object');
});

it('overwrites nothing unasked, and never what it reads', async () => {
  const input = await folder('again');
  const options = { input, out: at('coco'), to: 'coco' } as const;
  await convertData(options);
  expect(await refusal(convertData(options))).toContain('--overwrite');
  await convertData({ ...options, overwrite: true });
  const own = convertData({ input, out: input, to: 'folder', overwrite: true });
  expect(await refusal(own)).toContain('a file that is converted, as the place of another');
  expect(await readdir(at('again', 'masks'))).toEqual(['a.png']);
});

it('writes beside the images where these lie already', async () => {
  const input = await folder('beside');
  const done = await convertData({ input, out: input, to: 'coco' });
  expect(done.images).toBe(2);
  expect(await readdir(at('beside'))).toEqual(['annotations', 'images', 'masks']);
  expect(await refusal(convertData({ input, out: at('x'), to: 'yolo' }))).toContain(
    'got folder (masks/a.png) and coco (annotations/instances.json)',
  );
});

it('names that several images have keep their folders', async () => {
  for (const part of ['train', 'val']) await mkdir(at('yolo', 'images', part), { recursive: true });
  const black = { create: { width: 8, height: 6, channels: 3 as const, background: 'black' } };
  for (const part of ['train', 'val'])
    await sharp(black)
      .png()
      .toFile(at('yolo', 'images', part, '1.png'));
  await writeFile(at('yolo', 'data.yaml'), 'train: images/train\nval: images/val\nnames: {0: a}\n');
  const done = await convertData({ input: at('yolo'), out: at('flat'), to: 'folder' });
  expect(done.notes).toContain('2 images have names that others have, too: renamed');
  expect(await readdir(at('flat', 'images'))).toEqual(['images_train_1.png', 'images_val_1.png']);
});

it('refuses what is not there', async () => {
  expect(await refusal(convertData({ input: at('nowhere'), out: at('y'), to: 'coco' }))).toContain(
    'no such file',
  );
  await mkdir(at('empty'));
  expect(await refusal(convertData({ input: at('empty'), out: at('y'), to: 'coco' }))).toContain(
    'nothing that looks like annotations',
  );
});
