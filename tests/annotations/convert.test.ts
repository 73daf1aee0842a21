import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { readNumbers, writeGrey, writeNumbers } from '../../src/annotations/png.ts';
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

it('masks are read as training reads them: palettes, unknown pixels, numbers of objects, class 0', async () => {
  const write = async (name: string, values: readonly number[], palette: boolean, classes?: string) => {
    const input = await folder(name);
    const map = { width: 8, height: 6, data: Uint8Array.from({ length: 48 }, (_, i) => values[i % 8]) };
    await writeFile(at(name, 'masks', 'a.png'), palette ? writeNumbers(map) : writeGrey(map));
    if (classes) await writeFile(at(name, 'classes.yaml'), classes);
    return input;
  };
  const palette = await write('palette', [0, 1, 1, 2, 0, 255, 0, 0], true);
  const done = await convertData({ input: palette, out: at('palette-voc'), to: 'voc' });
  expect([done.objects, done.classes]).toEqual([3, ['class 1', 'class 2']]);
  const { data } = readNumbers(await readFile(at('palette-voc', 'SegmentationClass', 'a.png')), 'a');
  expect([...data.subarray(0, 8)]).toEqual([0, 1, 1, 2, 0, 255, 0, 0]);
  const objects = await write('objects', [0, 1, 0, 2, 0, 0, 3, 0], false);
  const options = { input: objects, to: 'coco' } as const;
  expect(await refusal(convertData({ ...options, out: at('x') }))).toContain('--mask-values');
  expect(await convertData({ ...options, out: at('objects-coco'), maskValues: 'nonzero' })).toMatchObject({
    objects: 3,
    classes: ['object'],
  });
  const zero = await write('zero', [0, 1, 0, 1, 0, 1, 0, 1], false, '[sky, road]');
  const moved = await convertData({ input: zero, out: at('zero-coco'), to: 'coco' });
  expect([moved.classes, moved.notes.at(-1)]).toEqual([
    ['sky', 'road'],
    '0 is a class here, and background elsewhere: classes are numbered anew from 1',
  ]);
});

it('labels that LabelMe calls background take away what lies below them', async () => {
  await mkdir(at('under'));
  await writeFile(at('under', 'a.png'), writeGrey({ width: 8, height: 6, data: new Uint8Array(48) }));
  const shape = (label: string, right: number) => ({
    label,
    shape_type: 'rectangle',
    points: [
      [0, 0],
      [right, 6],
    ],
  });
  const content = { imagePath: 'a.png', shapes: [shape('cell', 4), shape('_background_', 2)] };
  await writeFile(at('under', 'a.json'), JSON.stringify(content));
  await convertData({ input: at('under'), out: at('under-folder'), to: 'folder' });
  const { data } = readNumbers(await readFile(at('under-folder', 'masks', 'a.png')), 'a');
  const [first, , third] = data;
  expect([first, third > 0, data[5]]).toEqual([0, true, 0]);
  expect(
    (await readFile(at('under-folder', 'classes.yaml'), 'utf8')).match(/name: background/g),
  ).toHaveLength(1);
});
