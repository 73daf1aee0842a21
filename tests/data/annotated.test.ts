import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { folderSource } from '../../src/annotations/folder-source.node.ts';
import { FORMAT_NAMES } from '../../src/annotations/format.ts';
import { formatOf } from '../../src/annotations/formats.ts';
import { rasteriseImage } from '../../src/annotations/label-map.ts';
import { settle } from '../../src/annotations/settle.ts';
import { stemOf } from '../../src/annotations/source.ts';
import { imageSize } from '../../src/data/decode/size.node.ts';
import { type FolderOptions, readDataFolder } from '../../src/data/folders/folder.node.ts';
import type { LabelMap } from '../../src/data/masks/labelling.ts';
import { readMask } from '../../src/data/masks/read-mask.node.ts';
import { labellingOfFolder } from '../../src/data/masks/survey.node.ts';
import { convertData } from '../../src/library/data.node.ts';
import { writePicture } from '../support/dataset.ts';
import { type Attribute, encodeDicom } from '../support/dicom.ts';
import { refusal } from '../support/expect-user-error.ts';
import { shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const TOOLS = FORMAT_NAMES.filter((name) => name !== 'folder');

type Square = readonly [label: string, left: number, top: number, side: number];

/** Objects that overlap, one of them with pixels of which nothing is known, an image with none, and one that nobody looked at. */
const IMAGES: Readonly<Record<string, readonly Square[] | undefined>> = {
  a: [
    ['polyp', 2, 2, 12],
    ['tool', 8, 8, 12],
    ['__ignore__', 0, 20, 4],
  ],
  b: [
    ['tool', 1.3, 2.6, 9],
    ['polyp', 3.2, 4.1, 9],
  ],
  c: [],
  d: undefined,
};

/** Writes LabelMe's files beside grey images. */
async function writeLabelme(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [stem, squares] of Object.entries(IMAGES)) {
    const pixels = new Uint8Array(40 * 30).fill(90 + stem.charCodeAt(0) - 97);
    await writePicture(join(folder, `${stem}.png`), 40, 30, pixels);
    if (!squares) continue;
    const shapes = squares.map(([label, x, y, side]) => ({
      label,
      points: [
        [x, y],
        [x + side, y],
        [x + side, y + side],
        [x, y + side],
      ],
    }));
    const content = { imagePath: `${stem}.png`, imageWidth: 40, imageHeight: 30, shapes };
    await writeFile(join(folder, `${stem}.json`), JSON.stringify(content));
  }
}

/** The label maps of a folder by stem, and what its masks are told to mean. */
async function masksOf(folder: string, options: FolderOptions = {}, multilabel = false) {
  const data = await readDataFolder(folder, options);
  const found = await labellingOfFolder(data, { multilabel });
  const masks = new Map<string, unknown>();
  for (const sample of data.samples)
    if (sample.mask) masks.set(sample.stem, (await readMask(sample, found!.labelling)).at());
  return { ...found!, data, masks };
}

beforeAll(async () => {
  await writeLabelme(at('start'));
  for (const to of TOOLS) await convertData({ input: at('start'), out: at(to), to });
});

describe.each(TOOLS)('%s', (name) => {
  test('gives the masks that its conversion to files gives', async () => {
    await convertData({ input: at(name), out: at(`${name}-files`), to: 'folder' });
    const own = await masksOf(at(name), { unmarked: 'background' });
    const files = await masksOf(at(`${name}-files`));
    expect(own.data.annotations?.format).toBe(name);
    expect(own.masks.size).toBeGreaterThanOrEqual(3);
    const { maskValues, classes } = own.labelling;
    expect(own.masks).toEqual(files.masks);
    // Where a format has no other way, unknown pixels are a class in files.
    expect({ maskValues, classes }).toEqual({
      maskValues: files.labelling.maskValues,
      classes: files.labelling.classes,
    });
  });
});

test('keeps both of two classes that overlap, when asked to', async () => {
  const name = 'coco';
  await convertData({ input: at(name), out: at(`${name}-planes`), to: 'folder', multilabel: true });
  const own = await masksOf(at(name), { unmarked: 'background' }, true);
  const files = await masksOf(at(`${name}-planes`), {}, true);
  expect(own.labelling.classes.map((each) => each.name)).toEqual(
    files.labelling.classes.map((each) => each.name),
  );
  expect(own.masks).toEqual(files.masks);
});

test('what objects mean is told, and that later ones lie above', async () => {
  const { told, warnings } = await masksOf(at('labelme'));
  expect(told).toBe(
    'masks: objects of LabelMe, 0 = background, 1 = polyp, 2 = tool, __ignore__ = unknown; where classes overlap, the later object counts (--multilabel keeps both)',
  );
  expect(warnings).toEqual([]);
});

test('an image without objects is background only where the format says that somebody has looked', async () => {
  expect([...(await masksOf(at('start'))).masks.keys()]).toEqual(['a', 'b', 'c']);
  const coco = await masksOf(at('coco'));
  expect([...coco.masks.keys()]).toEqual(['a', 'b']);
  expect(coco.data.samples.map(({ stem }) => stem)).toEqual(['a', 'b', 'c', 'd']);
  expect(coco.data.warnings.join()).toContain('2 images have no object, and COCO does not tell');
  expect([...(await masksOf(at('coco'), { unmarked: 'background' })).masks.keys()]).toEqual([
    'a',
    'b',
    'c',
    'd',
  ]);
});

test('images beside annotated ones are plain, and other files are counted', async () => {
  await writeLabelme(at('more'));
  await convertData({ input: at('more'), out: at('more-coco'), to: 'coco' });
  await writePicture(at('more-coco', 'images', 'e.png'), 8, 8, new Uint8Array(64));
  await mkdir(at('more-coco', 'run', 'images'), { recursive: true });
  await writePicture(at('more-coco', 'run', 'images', 'f.png'), 8, 8, new Uint8Array(64));
  await writeFile(at('more-coco', 'images', 'g.heic'), '');
  const { data } = await masksOf(at('more-coco'));
  expect(data.samples.map(({ stem }) => stem)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(data.passedOver).toEqual({ '.heic': 1 });
});

test('DICOM images have annotations, too, and are copied with them', async () => {
  await writeLabelme(at('scans'));
  const grey: Attribute[] = [
    ['00280002', 'US', 1],
    ['00280004', 'CS', 'MONOCHROME2'],
    ['00280010', 'US', 30],
    ['00280011', 'US', 40],
    ['00280100', 'US', 8],
    ['00280101', 'US', 8],
    ['00280102', 'US', 7],
  ];
  await rm(at('scans', 'a.png'));
  await writeFile(at('scans', 'a.dcm'), encodeDicom(grey, new Uint8Array(40 * 30).fill(90)));
  const file = at('scans', 'a.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('a.png', 'a.dcm'));
  const { data, masks } = await masksOf(at('scans'));
  expect(data.samples.map(({ stem, image }) => [stem, basename(image)])[0]).toEqual(['a', 'a.dcm']);
  expect(masks.get('a')).toEqual((await masksOf(at('labelme'))).masks.get('a'));
  await convertData({ input: at('scans'), out: at('scans-yolo'), to: 'yolo' });
  expect((await masksOf(at('scans-yolo'))).masks.get('a')).toBeDefined();
});

test('a changed annotation has another hash, and is seen in the same process', async () => {
  await writeLabelme(at('changed'));
  const hashes = async () => {
    const { data, labelling } = await masksOf(at('changed'));
    const read = data.samples.filter(({ mask }) => mask).map((sample) => readMask(sample, labelling));
    return (await Promise.all(read)).map(({ hash }) => hash);
  };
  const before = await hashes();
  expect(await hashes()).toEqual(before);
  expect(new Set(before).size).toBe(3);
  const file = at('changed', 'a.json');
  await writeFile(file, (await readFile(file, 'utf8')).replace('[2,2]', '[2,3]'));
  const after = await hashes();
  expect(after.map((hash, i) => hash === before[i])).toEqual([false, true, true]);
});

test('masks and annotations are refused, with the flag that says which', async () => {
  await convertData({ input: at('labelme'), out: at('both'), to: 'folder' });
  await convertData({ input: at('labelme'), out: at('both'), to: 'coco', overwrite: true });
  expect(await refusal(readDataFolder(at('both')))).toContain(
    'got folder (masks/a.png) and coco (annotations/instances.json), expected one format; say which is meant: --data-format folder',
  );
  expect((await readDataFolder(at('both'), { dataFormat: 'folder' })).annotations).toBeUndefined();
  expect((await readDataFolder(at('both'), { dataFormat: 'coco' })).annotations?.format).toBe('coco');
});

test('beside masks a file that cannot be read is no annotation', async () => {
  await convertData({ input: at('labelme'), out: at('odd'), to: 'folder' });
  await writeFile(at('odd', 'notes.json'), '{');
  expect((await readDataFolder(at('odd'))).annotations).toBeUndefined();
  await rename(at('odd', 'masks'), at('odd-masks'));
  expect(await refusal(readDataFolder(at('odd')))).toContain('pass --data-format folder');
});

test('parts of the data become lists, unless all that is annotated is of one', async () => {
  await writeLabelme(at('parts'));
  await convertData({ input: at('parts'), out: at('parts-yolo'), to: 'yolo' });
  expect((await readDataFolder(at('parts-yolo'))).lists).toEqual({});
  const folder = (part: string) => at('parts-yolo', part);
  for (const kind of ['images', 'labels']) {
    await mkdir(join(folder(kind), 'val'), { recursive: true });
    for (const file of await readdir(join(folder(kind), 'train')))
      if (file.startsWith('a'))
        await rename(join(folder(kind), 'train', file), join(folder(kind), 'val', file));
  }
  const yaml = await readFile(folder('data.yaml'), 'utf8');
  await writeFile(folder('data.yaml'), yaml.replace(/^(path|train|val|test):.*$/gm, ''));
  await appendFile(folder('data.yaml'), 'train: images/train\nval: images/val\n');
  expect((await readDataFolder(at('parts-yolo'))).lists).toEqual({ train: ['b', 'c', 'd'], val: ['a'] });
});

test('classes can be named, and others are refused', async () => {
  const data = await readDataFolder(at('labelme'));
  const labelled = (classes: { name: string; number?: number }[], ignore: number[] = []) =>
    labellingOfFolder(data, { classes, ignore, multilabel: false });
  expect(await refusal(labelled([{ name: 'polyp' }]))).toContain(
    'got objects of tool in LabelMe, which are none of the classes',
  );
  expect(await refusal(labelled([{ name: 'tool', number: 1 }, { name: 'polyp' }]))).toContain(
    'got the number 1 for tool and for polyp',
  );
  const { labelling } = (await labelled([{ name: 'polyp', number: 7 }], [2]))!;
  expect(labelling).toMatchObject({
    classes: [{ number: 0 }, { number: 7, name: 'polyp' }],
    ignore: [2, 255],
  });
  const mask = (await readMask(data.samples[0], labelling)).at().data;
  expect([mask[3 * 40 + 3], mask[15 * 40 + 15], mask[0]]).toEqual([1, 255, 0]);
  const one = (await labellingOfFolder(data, { maskValues: 'nonzero', multilabel: false }))!;
  expect((await readMask(data.samples[0], one.labelling)).at().data[15 * 40 + 15]).toBe(1);
});

describe.skipIf(!existsSync(shared.formats))('real files of annotation tools', () => {
  test.each([
    ['coco/tinycoco', 6],
    ['labelme', 3],
    ['yolo_seg', 8],
    ['voc', 3],
    ['cvat/polygons', 2],
  ])('%s: the pixels that its conversion draws', async (name, count) => {
    const path = join(shared.formats, name);
    const source = await folderSource(path, { sizeOf: imageSize });
    const { images, classes } = await settle(await (await formatOf(source)).read(source), source);
    const { masks, labelling } = await masksOf(path, { unmarked: 'background' });
    expect(masks.size).toBe(count);
    const numbers = labelling.classes.map(({ number }) => number);
    for (const image of images) {
      if (!image.objects) continue;
      const { data } = masks.get(stemOf(image.file)) as LabelMap;
      const drawn = rasteriseImage(image, image.size!, classes).data;
      expect(data.every((label, i) => (numbers[label] ?? 255) === drawn[i])).toBe(true);
    }
  });
});

describe('a file of annotations in place of its folder', () => {
  const image = (id: number, stem: string) => ({ id, file_name: `${stem}.png`, width: 40, height: 30 });
  const content = {
    images: [image(1, 'a'), image(2, 'b')],
    categories: [{ id: 1, name: 'polyp' }],
    annotations: [1, 2].map((id) => ({
      ...{ id, image_id: id, category_id: 1, area: 324, bbox: [2, 2, 18, 18], iscrowd: 0 },
      segmentation: [[2, 2, 20, 2, 20, 20, 2, 20]],
    })),
  };

  test.each([
    ['beside its images', ['images'], ['images', 'some.json']],
    ['in a folder beside that of its images, as COCO has it', ['images'], ['annotations', 'some.json']],
    ['in the folder of its images', [], ['some.json']],
  ])('%s', async (name, images, file) => {
    const folder = at('one-file', name);
    await mkdir(join(folder, ...images), { recursive: true });
    for (const [i, { file_name: own }] of content.images.entries())
      await writePicture(join(folder, ...images, own), 40, 30, new Uint8Array(40 * 30).fill(100 + i));
    await mkdir(join(folder, ...file, '..'), { recursive: true });
    await writeFile(join(folder, ...file), JSON.stringify(content));
    await writeFile(join(folder, ...file, '..', 'other.json'), JSON.stringify({ ...content, images: [] }));
    const { samples } = await readDataFolder(join(folder, ...file));
    expect(samples.map(({ stem, mask }) => [stem, mask !== undefined])).toEqual([
      ['a', true],
      ['b', true],
    ]);
  });

  test('looks in no folder around one with another name', async () => {
    const folder = at('one-file', 'elsewhere');
    await mkdir(join(folder, 'images'), { recursive: true });
    await writePicture(join(folder, 'images', 'a.png'), 40, 30, new Uint8Array(40 * 30));
    await mkdir(join(folder, 'notes'));
    await writeFile(join(folder, 'notes', 'some.json'), JSON.stringify(content));
    expect(await refusal(() => readDataFolder(join(folder, 'notes', 'some.json')))).toMatch(
      /COCO of 2 images, none of which is there/,
    );
  });
});

test('a background that is drawn over an object is background, also where all objects are of one class', async () => {
  const folder = at('hole');
  await mkdir(folder);
  await writePicture(join(folder, 'a.png'), 40, 30, new Uint8Array(40 * 30).fill(90));
  const shape = (label: string, from: number, to: number) => ({
    label,
    points: [
      [from, from],
      [to, from],
      [to, to],
      [from, to],
    ],
  });
  const shapes = [shape('polyp', 2, 22), shape('_background_', 6, 14)];
  const content = { imagePath: 'a.png', imageWidth: 40, imageHeight: 30, shapes };
  await writeFile(join(folder, 'a.json'), JSON.stringify(content));
  const data = await readDataFolder(folder);
  for (const given of [{}, { classes: [{ name: 'polyp' }] }, { maskValues: 'nonzero' as const }]) {
    const { labelling } = (await labellingOfFolder(data, { multilabel: false, ...given }))!;
    const mask = (await readMask(data.samples[0], labelling)).at();
    expect(mask.data.filter((label) => label === 1).length, JSON.stringify(given)).toBe(400 - 64);
  }
});
