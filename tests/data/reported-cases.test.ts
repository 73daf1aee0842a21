import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { writeNumbers } from '../../src/annotations/png.ts';
import { readDataFolder } from '../../src/data/folders/folder.node.ts';
import type { GivenLabelling } from '../../src/data/masks/decide.ts';
import { readMask } from '../../src/data/masks/read-mask.node.ts';
import { labellingOfFolder } from '../../src/data/masks/survey.node.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

// Masks that people have had trouble with in other tools, by the public reports named: what is made of each is told, or it is
// refused with what helps. All pixels are made here.

const SIZE = { width: 8, height: 8 };
const AREA = SIZE.width * SIZE.height;

/** 8 x 8 pixels in equal bands of these values. */
const bands = (...values: readonly number[]) =>
  Array.from({ length: AREA }, (_, i) => values[Math.floor((i * values.length) / AREA)]);

const picture = (data: readonly number[], channels: 1 | 2 | 3 | 4) =>
  sharp(Uint8Array.from(data), { raw: { ...SIZE, channels } });
const grey = (...values: readonly number[]) => picture(bands(...values), 1).toColourspace('b-w');
const png = (...values: readonly number[]) =>
  grey(...values)
    .png()
    .toBuffer();
const wide = (...values: readonly number[]) =>
  writeNumbers({ ...SIZE, data: Uint16Array.from(bands(...values)) });
const rgb = (...colours: readonly (readonly number[])[]) =>
  picture(
    bands(...colours.keys()).flatMap((k) => [...colours[k]]),
    colours[0].length as 3 | 4,
  );
/** With a palette as VOC has one. */
const palette = (values: readonly number[], colours = vocPalette) =>
  writeNumbers({ ...SIZE, data: Uint8Array.from(bands(...values)) }, colours);

const vocPalette = Array.from({ length: 256 }, (_, i): [number, number, number] =>
  i === 255 ? [224, 224, 192] : [(i & 1) * 128, (i & 2) * 64, (i & 4) * 32],
);

type Files = Readonly<Record<string, Uint8Array | Promise<Uint8Array>>>;
type Given = GivenLabelling & { readonly multilabel?: boolean };

const root = await temporaryFolder();
let made = 0;

/** @param masks by their paths below `masks/`; an image is made for each stem */
async function outcome(masks: Files, given: Given = {}, images: readonly string[] = []) {
  const folder = join(root, `${made++}`);
  const stems = new Set(
    Object.keys(masks).map((path) =>
      path
        .split('/')
        .at(-1)!
        .replace(/\.\w+$/, ''),
    ),
  );
  const names = images.length > 0 ? images : [...stems].map((stem) => `${stem}.png`);
  for (const name of names) await write(join(folder, 'images', name), await png(9, 200));
  for (const [path, content] of Object.entries(masks))
    await write(join(folder, 'masks', path), await content);
  try {
    const data = await readDataFolder(folder);
    const found = await labellingOfFolder(data, { multilabel: false, ...given });
    if (!found) return { told: 'no masks', warnings: data.warnings, data };
    const { labelling, told, warnings } = found;
    const pixels: Record<string, string> = {};
    for (const sample of data.samples) {
      if (sample.mask === undefined) continue;
      const labels = await readMask(sample, labelling).then(
        (mask) => [...mask.at().data].map(String),
        (error: Error) => [error.message],
      );
      pixels[sample.stem] = [...new Set(labels)].join(' ');
    }
    return { told, warnings: [...data.warnings, ...warnings], pixels, data };
  } catch (error) {
    return { told: (error as Error).message.replaceAll(folder, 'DATA'), warnings: [] };
  }
}

async function write(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

interface Case {
  /** Where it was reported. */
  readonly reported: string;
  readonly what: string;
  readonly masks: Files;
  readonly given?: Given;
  readonly images?: readonly string[];
  /** What is told of the set, or why it is refused. */
  readonly told: string | RegExp;
  /** Labels in masks, by stem. */
  readonly pixels?: Readonly<Record<string, string>>;
  readonly warning?: RegExp;
}

const CASES: readonly Case[] = [
  {
    reported: 'segmentation_keras 33',
    what: 'numbers of classes look black: nobody can tell them from greys',
    masks: { 'a.png': png(0, 3, 21) },
    told: /the values 0, 3, 21 in 1 files, which may be .*--mask-values classes/,
  },
  {
    reported: 'detectron2 1760',
    what: 'a palette is read by its places, not by how light its colours are',
    masks: { 'a.png': palette([0, 2, 4]) },
    told: 'masks: 0 = background, 2 = class 2, 4 = class 4',
    pixels: { a: '0 1 2' },
  },
  {
    reported: 'tensorflow-deeplab-resnet 98',
    what: 'VOC: 255 in a palette is unknown, and is no class',
    masks: { 'a.png': palette([0, 1, 255]) },
    told: 'masks: 0 = background, 1 = class 1, 255 = unknown',
    pixels: { a: '0 1 255' },
  },
  {
    reported: 'DIGITS 1676',
    what: 'palettes differ between files: the places count all the same',
    masks: {
      'a.png': palette([0, 1]),
      'b.png': palette(
        [0, 1],
        [
          [0, 0, 0],
          [0, 200, 0],
        ],
      ),
    },
    told: 'masks: 0 = background, 1 = class 1',
    pixels: { a: '0 1', b: '0 1' },
  },
  {
    reported: 'Semantic-Segmentation-Suite 202',
    what: 'colours saved as JPEG are no longer the colours of classes',
    masks: { 'a.jpg': rgb([255, 0, 0], [0, 0, 255]).jpeg({ quality: 60 }).toBuffer() },
    given: {
      classes: [
        { name: 'one', colour: '#ff0000' },
        { name: 'two', colour: '#0000ff' },
      ],
    },
    told: /which are no class|JPEG/,
  },
  {
    reported: 'Semantic-Segmentation-Suite 89',
    what: 'colours of classes without a table',
    masks: { 'a.png': rgb([0, 0, 0], [128, 0, 0]).png().toBuffer() },
    told: /got 2 colours: #000000, #800000.*classes\.yaml/,
  },
  {
    reported: 'taming-transformers 8',
    what: 'grey with an alpha channel that is opaque',
    masks: {
      'a.png': picture(
        bands(0, 255).flatMap((v) => [v, 255]),
        2,
      )
        .png()
        .toBuffer(),
    },
    told: 'masks: 0 = background, 255 = object',
    pixels: { a: '0 1' },
  },
  {
    reported: 'DIGITS 1676',
    what: 'RGBA, green on black, with the colours named',
    masks: { 'a.png': rgb([0, 0, 0, 255], [0, 255, 0, 255]).png().toBuffer() },
    given: {
      classes: [
        { name: 'background', colour: '#000000' },
        { name: 'leaf', colour: '#00ff00' },
      ],
    },
    told: /#000000 = background, #00ff00 = leaf/,
    pixels: { a: '0 1' },
  },
  {
    reported: 'image-segmentation-keras 30',
    what: '0 and 1 is one object',
    masks: { 'a.png': png(0, 1) },
    told: 'masks: 0 = background, 1 = object',
    pixels: { a: '0 1' },
  },
  {
    reported: 'nnU-Net 1777',
    what: '0 and 255 is one object, too',
    masks: { 'a.png': png(0, 255) },
    told: 'masks: 0 = background, 255 = object',
    pixels: { a: '0 1' },
  },
  {
    reported: 'mmsegmentation 1180',
    what: 'some files have 0 and 1, some 0 and 255',
    masks: { 'a.png': png(0, 1), 'b.png': png(0, 255) },
    told: /the values 0, 1, 255 in 2 files, which may be/,
  },
  {
    reported: 'mmsegmentation 1180',
    what: 'the same, said to be one object',
    masks: { 'a.png': png(0, 1), 'b.png': png(0, 255) },
    given: { maskValues: 'nonzero' },
    told: /all of them object/,
    pixels: { a: '0 1', b: '0 1' },
  },
  {
    reported: 'nnU-Net 1757',
    what: 'numbers of classes with gaps',
    masks: { 'a.png': png(0, 5, 100, 200), 'b.png': png(0, 201) },
    given: { maskValues: 'classes' },
    told: 'masks: 0 = background, 5 = class 5, 100 = class 100, 200 = class 200, 201 = class 201',
    pixels: { a: '0 1 2 3', b: '0 4' },
  },
  {
    reported: 'nnU-Net 1183',
    what: 'a number that is not listed, in one file only',
    masks: { 'a.png': png(0, 1, 2), 'b.png': png(0, 4) },
    given: { classes: ['background', 'one', 'two'].map((name, number) => ({ name, number })) },
    told: /the values 4 \(in DATA\/masks\/b\.png among others\), which are no class.*--ignore 4/,
  },
  {
    reported: 'nnU-Net 2500',
    what: 'classes that are listed and nowhere',
    masks: { 'a.png': png(0, 2) },
    given: { classes: ['background', 'one', 'two'].map((name, number) => ({ name, number })) },
    told: 'masks: 0 = background, 1 = one, 2 = two',
    warning: /no mask has a pixel of one/,
  },
  {
    reported: 'nnU-Net 1509',
    what: 'there is no background, and no number 0',
    masks: { 'a.png': png(1, 2, 3) },
    given: { classes: ['bainite', 'martensite', 'ferrite'].map((name, i) => ({ name, number: i + 1 })) },
    told: 'masks: 1 = bainite, 2 = martensite, 3 = ferrite',
    pixels: { a: '0 1 2' },
  },
  {
    reported: 'mmsegmentation 3787',
    what: 'the background is to count in no score',
    masks: { 'a.png': png(0, 1, 2) },
    given: { ignore: [0], maskValues: 'classes' },
    told: 'masks: 1 = class 1, 2 = class 2, 0 = unknown',
    pixels: { a: '255 0 1' },
  },
  {
    reported: 'nnU-Net 2404',
    what: 'all greys from 0 to 255: soft edges of white on black',
    masks: {
      'a.png': picture(
        Array.from({ length: AREA }, (_, i) => (i < 24 ? i * 10 : 255)),
        1,
      )
        .toColourspace('b-w')
        .png()
        .toBuffer(),
    },
    told: 'masks: up to 127 = background, above = object',
    pixels: { a: '0 1' },
  },
  {
    reported: 'cellpose 446',
    what: 'an indexed PNG of LabelMe with one class',
    masks: {
      'a.png': palette(
        [0, 1],
        [
          [0, 0, 0],
          [128, 0, 0],
        ],
      ),
    },
    given: { classes: [{ name: 'cell' }] },
    told: /1 = cell/,
    pixels: { a: '0 1' },
  },
  {
    reported: 'cellpose 50',
    what: 'numbers of objects in 16 bits, more than 255 of them',
    masks: { 'a.png': wide(...Array.from({ length: AREA }, (_, i) => (i % 2 ? 0 : 240 + i))) },
    told: /^masks: 0 = background, 240 to 302 = numbers of objects, all of them object$/,
    pixels: { a: '1 0' },
  },
  {
    reported: 'ESPNetv2 4',
    what: 'grey numbers of classes with 255, not said to be unknown',
    masks: { 'a.png': png(0, 1, 255) },
    given: {
      classes: [
        { name: 'road', number: 0 },
        { name: 'car', number: 1 },
      ],
    },
    told: /the values 255 .*--ignore 255/,
  },
  {
    reported: 'Pytorch-UNet 122',
    what: 'an image 1 beside masks 1, 10 and 11: names are compared whole',
    masks: { '1.png': png(0, 255), '10.png': png(0, 255), '11.png': png(0, 255) },
    images: ['1.png'],
    told: 'masks: 0 = background, 255 = object',
    warning: /^2 of 3 masks have no image and are not used: 10, 11$/,
  },
  {
    reported: 'Pytorch-UNet 115',
    what: 'names with many dots',
    masks: { 'LIDC_1.3.6.1.4_42.png': png(0, 255) },
    images: ['LIDC_1.3.6.1.4_42.jpg'],
    told: 'masks: 0 = background, 255 = object',
    pixels: { 'LIDC_1.3.6.1.4_42': '0 1' },
  },
  {
    reported: 'Pytorch-UNet 312',
    what: 'a folder without images beside the masks',
    masks: { 'a.png': png(0, 255), 'old/readme.txt': Buffer.from('nothing') },
    images: ['a.png'],
    told: 'masks: 0 = background, 255 = object',
  },
  {
    reported: 'Pytorch-UNet 187',
    what: 'JPEG images with GIF masks',
    masks: { 'a.gif': grey(0, 255).gif().toBuffer() },
    images: ['a.JPG'],
    told: /^masks: .*object$/,
    pixels: { a: '0 1' },
  },
  {
    reported: 'cellpose 396',
    what: '.tiff in one folder and .tif in the other',
    masks: { 'a.tif': grey(0, 255).tiff({ compression: 'lzw' }).toBuffer() },
    images: ['a.tiff'],
    told: 'masks: 0 = background, 255 = object',
    pixels: { a: '0 1' },
  },
  {
    reported: 'image-segmentation-keras 30',
    what: 'white on black in a TIFF that is compressed as JPEG: greys beside black and white',
    masks: { 'a.tif': grey(0, 255, 0).tiff({ compression: 'jpeg', quality: 70 }).toBuffer() },
    told: /^masks: .*object$/,
    pixels: { a: '0 1' },
  },
  {
    reported: 'image-segmentation-keras 30',
    what: 'the same in a lossy WebP',
    masks: { 'a.webp': grey(0, 255, 0).webp({ quality: 40 }).toBuffer() },
    told: /^masks: .*object$/,
    pixels: { a: '0 1' },
  },
  {
    reported: 'Semantic-Segmentation-Suite 175',
    what: 'masks without anything in them',
    masks: { 'a.png': png(0), 'b.png': png(0) },
    told: 'masks: 0 = background, and nothing else is in them',
    warning: /there is nothing in any of the 2 masks/,
  },
  {
    reported: 'segmentation_keras 33',
    what: 'a mask that is the object everywhere',
    masks: { 'a.png': png(255) },
    told: /255 = object/,
    warning: /all masks are object everywhere/,
  },
  {
    reported: 'mmsegmentation 2208',
    what: 'more names than one class has',
    masks: { 'a.png': png(0, 255) },
    given: { classes: [{ name: 'crack' }, { name: 'rust' }], maskValues: 'light' },
    told: /2 classes \(crack, rust\) with --mask-values light/,
  },
  {
    reported: 'cellpose 124',
    what: 'a folder a class, whose masks overlap',
    masks: { 'cell/a.png': png(255, 255, 0, 0), 'wall/a.png': png(0, 255, 255, 0) },
    told: 'masks: a folder for each of cell, wall',
    pixels: { a: expect.stringContaining('pass --multilabel') },
  },
];

describe('what other tools were reported to stumble over', () => {
  test.each(CASES)('$reported: $what', async ({ masks, given, images, told, pixels, warning }) => {
    const found = await outcome(masks, given, images);
    if (typeof told === 'string') expect(found.told).toBe(told);
    else expect(found.told).toMatch(told);
    if (pixels) expect(found.pixels).toEqual(pixels);
    if (warning)
      expect(
        found.warnings.some((each) => warning.test(each)),
        found.warnings.join('\n'),
      ).toBe(true);
  });
});
