import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { rgbOf, writeNumbers } from '../../src/annotations/png.ts';
import { RandomStream } from '../../src/core/random.ts';
import { planesOf } from '../../src/data/masks/labelling.ts';
import { Dataset } from '../../src/serve/dataset.node.ts';
import { readEdited, saveEdited } from '../../src/serve/masks.node.ts';
import { readingSchema } from '../../src/serve/settings.ts';
import { writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { headers, serving } from './support.ts';

const root = await temporaryFolder();
const SIZE = { width: 20, height: 14 };
const AREA = SIZE.width * SIZE.height;

async function folder(name: string, count = 2): Promise<string> {
  const place = join(root, name);
  await mkdir(join(place, 'masks'), { recursive: true });
  await mkdir(join(place, 'images'), { recursive: true });
  for (let i = 0; i < count; i++)
    await writePicture(
      join(place, 'images', `${i}.png`),
      SIZE.width,
      SIZE.height,
      new Uint8Array(AREA * 3).fill(90 + i),
    );
  return place;
}
const grey = (data: Uint8Array) => sharp(data, { raw: { ...SIZE, channels: 1 } }).toColourspace('b-w');

/** Two masks of each kind of set, and what else lies there. */
const KINDS: Readonly<Record<string, (place: string) => Promise<void>>> = {
  'white on black': async (place) => {
    await grey(new Uint8Array(AREA).map((_, i) => (i % 5 ? 0 : 255)))
      .png()
      .toFile(join(place, 'masks', '0.png'));
  },
  'white on black, JPEG': async (place) => {
    const data = new Uint8Array(AREA).map((_, i) => (i % SIZE.width > 9 ? 255 : 0));
    await grey(data)
      .jpeg()
      .toFile(join(place, 'masks', '0.jpg'));
  },
  'white on black, TIFF': async (place) => {
    await grey(new Uint8Array(AREA).map((_, i) => (i % 5 ? 0 : 255)))
      .tiff()
      .toFile(join(place, 'masks', '0.tif'));
  },
  'no mask yet': async () => {},
  'no mask yet, three classes and unknown': async (place) => {
    await writeFile(join(place, 'classes.yaml'), 'classes: [background, polyp, tool]\nignore: 255\n');
  },
  'numbers of classes': async (place) => {
    await writeFile(
      join(place, 'classes.yaml'),
      'classes: {0: background, 3: polyp, 7: tool}\nignore: 255\n',
    );
    const data = new Uint8Array(AREA).map((_, i) => [0, 3, 7, 255][i % 4]);
    await writeFile(join(place, 'masks', '0.png'), writeNumbers({ ...SIZE, data }));
  },
  'numbers above 255': async (place) => {
    await writeFile(join(place, 'classes.yaml'), 'classes: {0: background, 300: polyp, 4000: tool}\n');
    const data = new Uint16Array(AREA).map((_, i) => [0, 300, 4000][i % 3]);
    await writeFile(join(place, 'masks', '0.png'), writeNumbers({ ...SIZE, data }));
  },
  colours: async (place) => {
    const colours = ['#000000', '#ff0000', '#00c080'];
    await writeFile(
      join(place, 'classes.yaml'),
      `classes:\n${colours.map((colour, k) => `  - {number: ${k}, name: class ${k}, colour: "${colour}"}\n`).join('')}`,
    );
    const data = Array.from({ length: AREA }, (_, i) => rgbOf(colours[i % 3])).flat();
    await writePicture(join(place, 'masks', '0.png'), SIZE.width, SIZE.height, Uint8Array.from(data));
  },
  'a folder for each class': async (place) => {
    for (const [k, name] of ['polyp', 'tool'].entries()) {
      await mkdir(join(place, 'masks', name));
      const data = new Uint8Array(AREA).map((_, i) => (i % 4 === k ? 255 : 0));
      await grey(data)
        .png()
        .toFile(join(place, 'masks', name, '0.png'));
    }
  },
};

describe.each(Object.keys(KINDS))('masks: %s', (kind) => {
  test('what is painted is what is saved, for an image with a mask and for one without', async () => {
    const place = await folder(kind.replaceAll(/\W/g, '-'));
    await KINDS[kind](place);
    const dataset = await Dataset.open(place);
    const { labelling } = dataset;
    const { classes, ignore, multilabel } = labelling;
    const labels = [...(multilabel ? [0, 1] : classes.keys()), ...(ignore.length > 0 ? [255] : [])];
    for (const stem of ['0', '1']) {
      for (let round = 0; round < 3; round++) {
        const stream = new RandomStream(round, kind, stem);
        // Blocks, as JPEG has them; the other kinds take every pixel as it is.
        const fine = !kind.includes('JPEG');
        const painted = Uint8Array.from({ length: planesOf(labelling) * AREA }, (_, i) =>
          fine || i === 0
            ? labels[stream.integer(labels.length)]
            : labels[Math.floor(i / 70) % labels.length],
        );
        const { version } = await readEdited(dataset.sample(stem)!, labelling);
        const saved = await saveEdited(dataset, dataset.sample(stem)!, painted, version);
        expect(saved).toHaveProperty('version');
        // As anybody else reads the folder.
        const again = await Dataset.open(place);
        const read = await readEdited(again.sample(stem)!, labelling);
        expect(Buffer.compare(read.data, painted)).toBe(0);
        expect(read.version).toBe((saved as { version: string }).version);
        expect(again.view().images).toContainEqual({ stem, masked: true });
      }
    }
    const files = (await readdir(place, { recursive: true })).filter((name) => name.startsWith('masks'));
    expect(files.filter((name) => name.includes('.part'))).toEqual([]);
  });
});

test('a new mask lies among the others, and is named as they are', async () => {
  const place = await folder('labels');
  await mkdir(join(place, 'labels'));
  await rm(join(place, 'masks'), { recursive: true });
  await grey(new Uint8Array(AREA).map((_, i) => (i % 5 ? 0 : 255)))
    .png()
    .toFile(join(place, 'labels', '0_mask.png'));
  const reading = readingSchema.parse({ maskSuffix: '_mask' });
  const dataset = await Dataset.open(place, reading);
  await saveEdited(dataset, dataset.sample('1')!, new Uint8Array(AREA).fill(1), 'none');
  expect((await readdir(join(place, 'labels'))).sort()).toEqual(['0_mask.png', '1_mask.png']);
  expect((await Dataset.open(place, reading)).view().images.map(({ masked }) => masked)).toEqual([
    true,
    true,
  ]);
});

test('numbers that may mean several things are refused until it is said', async () => {
  const place = await folder('ambiguous');
  const data = new Uint8Array(AREA).map((_, i) => i % 12);
  await grey(data)
    .png()
    .toFile(join(place, 'masks', '0.png'));
  expect(await refusal(Dataset.open(place))).toContain('--mask-values');
  const said = readingSchema.parse({ maskValues: 'classes', ignore: '11' });
  const dataset = await Dataset.open(place, said);
  const painted = new Uint8Array(AREA).map((_, i) => (i % 3 === 0 ? 255 : i % 11));
  const { version } = await readEdited(dataset.sample('0')!, dataset.labelling);
  await saveEdited(dataset, dataset.sample('0')!, painted, version);
  const read = await readEdited((await Dataset.open(place, said)).sample('0')!, dataset.labelling);
  expect(Buffer.compare(read.data, painted)).toBe(0);
});

test('a mask that was changed elsewhere is not overwritten: both are kept', async () => {
  const place = await folder('conflict');
  await KINDS['white on black'](place);
  const { app } = await serving(place, root);
  const loaded = await app.request('/api/mask?stem=0', { headers: headers() });
  const [version, own] = [loaded.headers.get('etag')!, new Uint8Array(AREA).fill(1)];
  expect(Number(loaded.headers.get('x-width'))).toBe(SIZE.width);
  const elsewhere = new Uint8Array(AREA).map((_, i) => (i < 9 ? 255 : 0));
  await grey(elsewhere)
    .png()
    .toFile(join(place, 'masks', '0.png'));
  const before = await readFile(join(place, 'masks', '0.png'));
  const put = (etag: string) =>
    app.request('/api/mask?stem=0', { method: 'PUT', headers: headers({ 'if-match': etag }), body: own });
  const refused = await put(version);
  expect(refused.status).toBe(412);
  expect(((await refused.json()) as { problem: string }).problem).toContain('not-saved');
  expect(await readFile(join(place, 'masks', '0.png'))).toEqual(before);
  const kept = await readdir(join(place, 'not-saved'));
  expect(kept).toHaveLength(1);
  expect(
    await sharp(join(place, 'not-saved', kept[0]))
      .extractChannel(0)
      .raw()
      .toBuffer(),
  ).toEqual(Buffer.alloc(AREA, 255));
  // What was removed has changed, too; and what was read anew can be saved.
  await rm(join(place, 'masks', '0.png'));
  expect((await put(version)).status).toBe(412);
  const fresh = await app.request('/api/mask?stem=0', { headers: headers() });
  expect(fresh.headers.get('etag')).toBe('"none"');
  expect((await put('"none"')).status).toBe(200);
  expect(existsSync(join(place, 'masks', '0.png'))).toBe(true);
});

test('masks that are annotations of a tool are shown and not changed', async () => {
  const place = await folder('annotated');
  await rm(join(place, 'masks'), { recursive: true });
  const shape = {
    label: 'polyp',
    points: [
      [2, 2],
      [12, 2],
      [12, 9],
    ],
    shape_type: 'polygon',
    group_id: null,
    flags: {},
  };
  const file = {
    version: '5.0.0',
    flags: {},
    shapes: [shape],
    imagePath: '0.png',
    imageData: null,
    imageHeight: SIZE.height,
    imageWidth: SIZE.width,
  };
  await writeFile(join(place, 'images', '0.json'), JSON.stringify(file));
  const { app, dataset } = await serving(place, root);
  expect(dataset.view().readOnly).toContain('data convert');
  const loaded = await app.request('/api/mask?stem=0', { headers: headers() });
  expect(new Uint8Array(await loaded.arrayBuffer()).some((label) => label === 1)).toBe(true);
  const init = {
    method: 'PUT',
    headers: headers({ 'if-match': loaded.headers.get('etag')! }),
    body: new Uint8Array(AREA),
  };
  expect((await app.request('/api/mask?stem=0', init)).status).toBe(409);
});

test('a mask that its file cannot hold is refused, and nothing is written', async () => {
  const place = await folder('gif');
  await grey(new Uint8Array(AREA).map((_, i) => (i % 5 ? 0 : 255)))
    .gif()
    .toFile(join(place, 'masks', '0.gif'));
  const dataset = await Dataset.open(place);
  const sample = dataset.sample('0')!;
  const before = await readFile(join(place, 'masks', '0.gif'));
  const { version } = await readEdited(sample, dataset.labelling);
  expect(await refusal(saveEdited(dataset, sample, new Uint8Array(AREA), version))).toContain('data convert');
  expect(await readFile(join(place, 'masks', '0.gif'))).toEqual(before);
});
