import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { rgbOf, writeNumbers } from '../../src/annotations/png.ts';
import { RandomStream } from '../../src/core/random.ts';
import { contentOf } from '../../src/data/decode/content.node.ts';
import { planesOf } from '../../src/data/masks/labelling.ts';
import { readRawMask } from '../../src/data/masks/read-raw-mask.node.ts';
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
  'numbers of objects': async (place) => {
    const data = new Uint8Array(AREA).map((_, i) => (i % 5 ? 1 + Math.floor(i / 5) : 0));
    await grey(data)
      .png()
      .toFile(join(place, 'masks', '0.png'));
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
    // By their names, not by number.
    for (const [k, name] of ['10', '9'].entries()) {
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
    const reading = readingSchema.parse(kind === 'numbers of objects' ? { maskValues: 'nonzero' } : {});
    const dataset = await Dataset.open(place, reading);
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
        const { version } = await readEdited(dataset, dataset.sample(stem)!);
        const saved = await saveEdited(dataset, dataset.sample(stem)!, painted, version);
        expect(saved).toHaveProperty('version');
        // As anybody else reads the folder.
        const again = await Dataset.open(place, reading);
        const read = await readEdited(again, again.sample(stem)!);
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
  const { version } = await readEdited(dataset, dataset.sample('0')!);
  await saveEdited(dataset, dataset.sample('0')!, painted, version);
  const again = await Dataset.open(place, said);
  const read = await readEdited(again, again.sample('0')!);
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

describe.each([
  ['a file of all classes', ['masks/1.png']],
  ['a file for each class', ['masks/10/1.png', 'masks/9/1.png']],
])('%s', (kind, files) => {
  const opened = async (name: string) => {
    const place = await folder(`${name}-${files.length}`);
    await KINDS[files.length > 1 ? 'a folder for each class' : 'white on black'](place);
    const dataset = await Dataset.open(place);
    return { place, dataset, sample: dataset.sample('1')!, painted: labelsOf(dataset, 1) };
  };
  const labelsOf = ({ labelling }: Dataset, label: number) => {
    const labels = new Uint8Array(planesOf(labelling) * AREA);
    labels[label] = 1;
    return labels;
  };

  test.each(
    files,
  )(`${kind}: a mask that came after the listing is read, and not overwritten: %s`, async (file) => {
    const { place, dataset, sample, painted } = await opened(`after-${files.indexOf(file)}`);
    const { version } = await readEdited(dataset, sample);
    const elsewhere = await grey(new Uint8Array(AREA).map((_, i) => (i < 9 ? 255 : 0)))
      .png()
      .toBuffer();
    await writeFile(join(place, file), elsewhere);
    expect(await saveEdited(dataset, sample, painted, version)).toHaveProperty('conflict');
    expect(await readFile(join(place, file))).toEqual(elsewhere);
    expect(await readdir(join(place, 'not-saved'))).toHaveLength(files.length);
    const read = await readEdited(dataset, sample);
    expect(read.data.filter(Boolean)).toHaveLength(9);
    expect(await saveEdited(dataset, sample, painted, read.version)).toHaveProperty('version');
  });

  test(`${kind}: of two that save at once the second is told`, async () => {
    const { dataset, sample, painted } = await opened('at-once');
    const { version } = await readEdited(dataset, sample);
    const [first, second] = await Promise.all([
      saveEdited(dataset, sample, painted, version),
      saveEdited(dataset, sample, labelsOf(dataset, 2), version),
    ]);
    expect(first).toHaveProperty('version');
    expect(second).toHaveProperty('conflict');
    expect((await readEdited(dataset, dataset.sample('1')!)).data).toEqual(painted);
  });

  test(`${kind}: a first mask that is saved while the folder is read is in its listing`, async () => {
    const { place, dataset, sample, painted } = await opened('meanwhile');
    const { version } = await readEdited(dataset, sample);
    // The listing began when the mask was not there, and ends after it was saved.
    const refreshed = dataset.refresh();
    dataset.masked('1', files.length > 1 ? { files: {} } : join(place, 'masks/1.png'));
    await refreshed;
    expect(dataset.view().images).toContainEqual({ stem: '1', masked: true });
    expect(await saveEdited(dataset, sample, painted, version)).toHaveProperty('version');
  });
});

test('what links lead out of the folder is left out with a warning, and no mask is written there', async () => {
  const place = await folder('linked');
  const elsewhere = join(root, 'elsewhere');
  await mkdir(elsewhere);
  await rm(join(place, 'masks'), { recursive: true });
  await symlink(elsewhere, join(place, 'masks'));
  const dataset = await Dataset.open(place);
  const saved = saveEdited(dataset, dataset.sample('1')!, new Uint8Array(AREA).fill(1), 'none');
  expect(await refusal(saved)).toContain(`a link to ${join(elsewhere, '1.png')}`);
  expect(await readdir(elsewhere)).toEqual([]);
  await rename(join(place, 'images'), join(root, 'other-disk'));
  await symlink(join(root, 'other-disk'), join(place, 'images'));
  const told: string[] = [];
  const empty = await Dataset.open(place, undefined, {
    onEvent: (event) => {
      if (event.type === 'notice' && event.level === 'warning') told.push(event.text);
    },
  });
  expect(empty.samples).toEqual([]);
  expect(told).toEqual([expect.stringMatching(/^2 of 2 images are left out: .*images\/0\.png; copy/)]);
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
  expect(dataset.view().images.map(({ readOnly }) => readOnly)).toEqual(['annotations', 'annotations']);
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
  const { version } = await readEdited(dataset, sample);
  expect(await refusal(saveEdited(dataset, sample, new Uint8Array(AREA), version))).toContain('data convert');
  expect(await readFile(join(place, 'masks', '0.gif'))).toEqual(before);
});

describe('numbers of objects', () => {
  const reading = readingSchema.parse({ maskValues: 'nonzero', ignore: '250' });
  const file = (place: string, ending = 'png') => join(place, 'masks', `0.${ending}`);
  const numbersIn = async (path: string) => {
    const { data } = await readRawMask(await contentOf(path), path);
    return (x: number, y: number) => data[y * SIZE.width + x];
  };
  /** Paints some pixels, and saves. */
  async function painted(place: string, pixels: readonly (readonly [x: number, y: number, label: number])[]) {
    const dataset = await Dataset.open(place, reading);
    const sample = dataset.sample('0')!;
    const { data, version } = await readEdited(dataset, sample);
    for (const [x, y, label] of pixels) data[y * SIZE.width + x] = label;
    return saveEdited(dataset, sample, data, version);
  }
  const drawn = (objects: readonly (readonly [x: number, y: number, value: number])[]) => {
    const data = new Uint8Array(AREA);
    for (const [x, y, value] of objects) data[y * SIZE.width + x] = value;
    return data;
  };

  test('pixels keep theirs; what touches one object joins it, all else is an object of its own', async () => {
    const place = await folder('objects');
    const before = drawn([
      [1, 1, 7],
      [5, 1, 1],
      [9, 1, 3],
      [12, 1, 4],
      [0, 12, 250],
    ]);
    await grey(before).toFile(file(place));
    await painted(place, [
      [2, 2, 1],
      [10, 1, 1],
      [11, 1, 1],
      [15, 6, 1],
      [16, 7, 1],
      [15, 12, 1],
      [5, 1, 0],
      [1, 12, 255],
    ]);
    const at = await numbersIn(file(place));
    expect([at(1, 1), at(2, 2)]).toEqual([7, 7]);
    expect([at(9, 1), at(10, 1), at(11, 1), at(12, 1)]).toEqual([3, 2, 2, 4]);
    expect([at(15, 6), at(16, 7), at(15, 12)]).toEqual([5, 5, 6]);
    expect([at(5, 1), at(0, 12), at(1, 12)]).toEqual([0, 250, 250]);
  });

  test('a number above 255 makes a file of 16 bits', async () => {
    const place = await folder('many-objects');
    const full = new Uint8Array(AREA).map((_, i) => (i < 256 ? i : 0));
    full[250] = 0;
    await grey(full).toFile(file(place));
    await painted(place, [[10, 13, 1]]);
    const at = await numbersIn(file(place));
    expect([at(9, 12), at(10, 13)]).toEqual([249, 256]);
    await rm(file(place));
    await grey(full).tiff({ compression: 'none' }).toFile(file(place, 'tif'));
    await painted(place, [[10, 13, 1]]);
    expect((await numbersIn(file(place, 'tif')))(10, 13)).toBe(256);
  });

  test('masks of one value have that value on', async () => {
    const place = await folder('one-value');
    await grey(drawn([[1, 1, 2]])).toFile(file(place));
    await painted(place, [[9, 9, 1]]);
    const at = await numbersIn(file(place));
    expect([at(1, 1), at(9, 9)]).toEqual([2, 2]);
  });

  test('a mask that another tool has given numbers since keeps them, and gets new ones', async () => {
    const place = await folder('since');
    await grey(drawn([[1, 1, 1]])).toFile(file(place));
    const dataset = await Dataset.open(place, reading);
    await grey(
      drawn([
        [1, 1, 1],
        [5, 1, 2],
      ]),
    ).toFile(file(place));
    const { data, version } = await readEdited(dataset, dataset.sample('0')!);
    data[9 * SIZE.width + 9] = 1;
    await saveEdited(dataset, dataset.sample('0')!, data, version);
    const at = await numbersIn(file(place));
    expect([at(1, 1), at(5, 1), at(9, 9)]).toEqual([1, 2, 3]);
  });

  test.each([
    ['grey', '#fafafa', 250],
    ['palette', '#e0e0c0', 255],
  ])('unknown pixels that are named by their colour come back: %s', async (kind, colour, value) => {
    const place = await folder(`colour-${kind}`);
    const data = drawn([
      [1, 1, 1],
      [5, 1, 2],
      [9, 1, value],
    ]);
    if (kind === 'grey') await grey(data).toFile(file(place));
    else await writeFile(file(place), writeNumbers({ ...SIZE, data }));
    const dataset = await Dataset.open(place, readingSchema.parse({ maskValues: 'nonzero', ignore: colour }));
    const { data: first, version } = await readEdited(dataset, dataset.sample('0')!);
    const painted = first.slice();
    painted[SIZE.width + 9] = 1;
    const saved = await saveEdited(dataset, dataset.sample('0')!, painted, version);
    expect((await numbersIn(file(place)))(9, 1)).toBe(3);
    await saveEdited(dataset, dataset.sample('0')!, first, (saved as { version: string }).version);
    expect((await readRawMask(await contentOf(file(place)), file(place))).data).toEqual(data);
  });

  test('a mask of another size than its image keeps them, too', async () => {
    const place = await folder('small-mask');
    const small = { width: SIZE.width / 2, height: SIZE.height / 2, channels: 1 } as const;
    const data = new Uint8Array(AREA / 4);
    data[0] = 9;
    data[4] = 5;
    await sharp(data, { raw: small }).toColourspace('b-w').toFile(file(place));
    await painted(place, [[18, 12, 1]]);
    const at = await numbersIn(file(place));
    expect([at(0, 0), at(9, 0), at(18, 12)]).toEqual([9, 5, 1]);
  });
});

test.each([false, true])('a file for each class keeps unknown pixels; multilabel: %s', async (multilabel) => {
  const place = await folder(`unknown-${multilabel}`);
  for (const [k, name] of ['cell', 'dirt'].entries()) {
    await mkdir(join(place, 'masks', name));
    const data = new Uint8Array(AREA).map((_, i) => (i % 6 === 5 ? 128 : i % 6 === k ? 255 : 0));
    await grey(data).toFile(join(place, 'masks', name, '0.png'));
  }
  const reading = readingSchema.parse({ ignore: '128', multilabel });
  const dataset = await Dataset.open(place, reading);
  const { data, version } = await readEdited(dataset, dataset.sample('0')!);
  data[3] = 1;
  await saveEdited(dataset, dataset.sample('0')!, data, version);
  for (const name of ['cell', 'dirt']) {
    const values = await sharp(join(place, 'masks', name, '0.png'))
      .extractChannel(0)
      .raw()
      .toBuffer();
    expect(values.filter((value) => value === 128)).toHaveLength(Math.floor(AREA / 6));
  }
  const again = await Dataset.open(place, reading);
  expect((await readEdited(again, again.sample('0')!)).data).toEqual(data);
});

test('files of classes are written all or none, so that saving can be tried again', async () => {
  const place = await folder('half');
  await KINDS['a folder for each class'](place);
  const [written, blocked] = [join(place, 'masks/10/0.png'), join(place, 'masks/9')];
  await rename(join(blocked, '0.png'), join(blocked, '1.png'));
  const dataset = await Dataset.open(place);
  const sample = dataset.sample('0')!;
  const { data, version } = await readEdited(dataset, sample);
  data.fill(1, 0, 20);
  const before = await readFile(written);
  await rename(blocked, join(place, 'away'));
  await writeFile(blocked, '');
  expect(await refusal(saveEdited(dataset, sample, data, version))).toContain('a file where a folder');
  expect(await readFile(written)).toEqual(before);
  await rm(blocked);
  await rename(join(place, 'away'), blocked);
  expect(await saveEdited(dataset, sample, data, version)).toHaveProperty('version');
  expect((await readEdited(dataset, sample)).data).toEqual(data);
});

test('an image of more pixels than a canvas holds is refused when it is opened', async () => {
  const place = await folder('huge', 0);
  // A bitmap's header alone: nothing else tells its size.
  const header = Buffer.alloc(54);
  header.write('BM');
  for (const [at, value] of [54, 40, 16_385, 16_384].entries()) header.writeUInt32LE(value, 10 + 4 * at);
  for (const [at, value] of [1, 24].entries()) header.writeUInt16LE(value, 26 + 2 * at);
  await writeFile(join(place, 'images', '0.bmp'), header);
  const dataset = await Dataset.open(place);
  expect(await refusal(readEdited(dataset, dataset.sample('0')!))).toContain('268435456 pixels at most');
});

test('labels that are on the disk already are saved: the answer to the first time may have been lost', async () => {
  const place = await folder('twice');
  const { app } = await serving(place, root);
  const put = (body: Uint8Array<ArrayBuffer>) =>
    app.request('/api/mask?stem=0', { method: 'PUT', headers: headers({ 'if-match': '"none"' }), body });
  const labels = new Uint8Array(AREA).fill(1, 0, 9);
  const first = await (await put(labels)).json();
  const second = await put(labels);
  expect(second.status).toBe(200);
  expect(await second.json()).toEqual(first);
  expect((await put(new Uint8Array(AREA).fill(1))).status).toBe(412);
});

describe.each([
  ['', ['masks']],
  [', a file for each class', ['masks/cell', 'masks/dirt']],
])('masks that are pages of a file%s', (_, folders) => {
  const stack = (channels: 1 | 3) =>
    sharp(new Uint8Array(3 * AREA * channels).fill(255, 0, AREA * channels), {
      raw: { width: SIZE.width, height: 3 * SIZE.height, channels, pageHeight: SIZE.height },
    }).tiff();
  const stacks = async () => {
    const place = await folder(`stack-${folders.length}`);
    for (const each of folders) await mkdir(join(place, each), { recursive: true });
    await stack(3).toFile(join(place, 'images', 's.tif'));
    await stack(1).toFile(join(place, folders[0], 's.tif'));
    return serving(place, root, undefined, { pages: 'all' });
  };

  test('are shown and not changed; those of other images can be painted', async () => {
    const { app, dataset } = await stacks();
    const { images } = dataset.view();
    expect(images.map(({ readOnly }) => readOnly)).toEqual([undefined, undefined, 'page', 'page', 'page']);
    const stem = images[2].stem;
    expect((await readEdited(dataset, dataset.sample(stem)!)).data).toEqual(new Uint8Array(AREA).fill(1));
    const put = (of: string, version: string) =>
      app.request(`/api/mask?stem=${encodeURIComponent(of)}`, {
        ...{ method: 'PUT', headers: headers({ 'if-match': `"${version}"` }) },
        body: new Uint8Array(AREA),
      });
    const refused = await put(stem, 'any');
    expect(refused.status).toBe(409);
    expect(await refused.json()).toEqual({ problem: expect.stringContaining('a page of a file') });
    expect((await put('1', 'none')).status).toBe(200);
  });
});
