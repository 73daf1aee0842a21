import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { OBJECT_COLUMNS } from '../../src/eval/objects.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { decodeMask } from '../support/masks.ts';
import { readNpy } from '../support/read-npy.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings } = await tinySettings(root, 1);
const sizes = [
  [32, 32],
  [57, 40],
  [1, 1],
] as const;
await writeDataset(at('mixed'), { count: 3, sizes });
const images = [at('mixed/images')];
const run = await untrainedRun(at('run'), 'train', settings);
const autoencoder = await untrainedRun(at('autoencoder'), 'pretrain', settings);
const stem = (i: number) => `image-0${i}`;

test('masks have the native size of each image and are the thresholded probabilities', async () => {
  const masks = await predict({ run, images, batch: 2 }, { out: at('masks') });
  await predict({ run, images: [at('mixed/images/image-00.png')] }, { out: at('npy'), format: 'npy' });
  expect(masks.weights).toBe('last');
  for (const [i, [width, height]] of sizes.entries()) {
    const picture = sharp(at('masks', `${stem(i)}.png`));
    expect(await picture.metadata()).toMatchObject({ width, height, channels: 1 });
    for (const value of await picture.raw().toBuffer()) expect([0, 255]).toContain(value);
  }
  const { shape, data } = readNpy(await readFile(at('npy', 'image-00.npy')));
  expect(shape).toEqual([1, 32, 32]);
  const { data: mask } = await decodeMask(at('masks', 'image-00.png'));
  expect([...mask]).toEqual(Array.from(data, (p) => (p >= 0.5 ? 255 : 0)));
  expect(masks.predictions[0]).toEqual({
    image: at('mixed/images/image-00.png'),
    file: at('masks', 'image-00.png'),
    area: data.filter((p) => p >= 0.5).length / data.length,
  });
});

test('annotations are written for the images as they were given, sub-folders too', async () => {
  const folder = at('nested');
  for (const [i, place] of ['a', 'b'].entries()) {
    await mkdir(join(folder, place), { recursive: true });
    await copyFile(at('mixed/images', `${stem(i)}.png`), join(folder, place, 'same.png'));
  }
  const place = { out: at('coco'), format: 'coco' } as const;
  const { predictions } = await predict({ run, images: [folder] }, place);
  expect(predictions.map(({ file }) => file)).toEqual(Array(2).fill(at('coco/annotations/instances.json')));
  const { images: listed } = JSON.parse(await readFile(predictions[0].file!, 'utf8'));
  expect(listed).toEqual([
    { id: 1, file_name: 'a/same.png', width: 32, height: 32 },
    { id: 2, file_name: 'b/same.png', width: 57, height: 40 },
  ]);
  await predict({ run, images: [folder] }, { out: at('nested-masks') });
  expect(await readdir(at('nested-masks', 'b'))).toEqual(['same.png']);
  expect(await refusal(predict({ run, images: [folder] }, place))).toContain('--overwrite');
  expect(await refusal(predict({ run: autoencoder, images }, { ...place, out: at('none') }))).toContain(
    'an autoencoder, which paints images',
  );
});

test('objects are listed in one table, and returned', async () => {
  // Half of the pixels of an untrained network are in the mask: it has many parts.
  const [{ probabilities }] = (await predict({ run, images: [at('mixed/images/image-01.png')] })).predictions;
  const sorted = [...probabilities!.data].sort((a, b) => a - b);
  const maskThreshold = sorted[Math.floor(sorted.length / 2)];
  const options = { run, images, objects: true, maskThreshold };
  const { predictions, objects } = await predict(options, { out: at('objects') });
  expect(objects).toBe(at('objects', 'objects.csv'));
  const [head, ...rows] = (await readFile(objects!, 'utf8')).trimEnd().split('\n');
  expect(head).toBe('image,object,class,area,left,top,width,height,x,y,probability');
  expect(rows).toHaveLength(predictions.reduce((sum, each) => sum + each.objects!.length, 0));
  for (const { file, objects } of predictions) {
    const { data } = await decodeMask(file!);
    const area = objects!.reduce((sum, object) => sum + object.area, 0);
    expect(area).toBe(data.filter((value) => value > 0).length);
  }
  const [first] = predictions[1].objects!;
  expect(first.probability).toBeGreaterThanOrEqual(maskThreshold);
  const six = (value: number | string) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);
  const image = at('mixed/images/image-01.png');
  expect(rows).toContain([image, ...OBJECT_COLUMNS.map((column) => six(first[column]))].join());
  expect((await predict({ ...options, images: [image] })).predictions[0].objects).toEqual(
    predictions[1].objects,
  );

  await predict({ ...options, maskThreshold: 0.9999 }, { out: at('objects-none') });
  expect(await readFile(at('objects-none', 'objects.csv'), 'utf8')).toBe(`${head}\n`);
  await mkdir(at('objects-taken'));
  await writeFile(at('objects-taken', 'objects.csv'), 'mine');
  expect(await refusal(predict(options, { out: at('objects-taken') }))).toMatch(
    /objects\.csv: got a file in the way/,
  );
  expect(await refusal(predict({ run: autoencoder, images, objects: true }))).toMatch(
    /makes no masks.*--objects/,
  );
});

test('an autoencoder paints: three channels, at native size or as it is', async () => {
  const { predictions } = await predict({ run: autoencoder, images }, { out: at('painted') });
  expect(predictions[0]).not.toHaveProperty('area');
  const { width, height, channels } = await decodeImage(at('painted', 'image-01.png'));
  expect([width, height, channels]).toEqual([57, 40, 3]);
  await predict({ run: autoencoder, images }, { out: at('painted'), format: 'npy' });
  expect(readNpy(await readFile(at('painted', 'image-02.npy'))).shape).toEqual([3, 32, 32]);
});

test('what a batch holds does not change what is said of an image', async () => {
  const format = 'npy' as const;
  await predict({ run, images: [at('mixed/images/image-01.png')] }, { out: at('alone'), format });
  await predict({ run, images }, { out: at('together'), format });
  const read = async (out: string) => readNpy(await readFile(at(out, 'image-01.npy'))).data;
  const [one, other] = [await read('alone'), await read('together')];
  for (const [i, value] of one.entries()) expect(Math.abs(value - other[i])).toBeLessThan(1e-5);
});

test('two images for one file are refused before anything is written', async () => {
  await mkdir(at('twin'));
  await copyFile(at('mixed/images/image-01.png'), at('twin/image-01.jpg'));
  const attempt = predict({ run, images: [...images, at('twin')] }, { out: at('twins') });
  expect(await refusal(attempt)).toMatch(
    /image-01\.png: got two images for it, .*mixed.* and .*twin.*two folders/,
  );
  expect(existsSync(at('twins'))).toBe(false);
});

test('nothing is overwritten unless asked for, and an image never', async () => {
  await mkdir(at('taken'));
  await writeFile(at('taken', 'image-02.png'), 'mine');
  expect(await refusal(predict({ run, images }, { out: at('taken') }))).toMatch(
    /image-02\.png: got a file in the way.*--overwrite/,
  );
  expect(await readdir(at('taken'))).toEqual(['image-02.png']);
  await predict({ run, images }, { out: at('taken'), overwrite: true });
  expect(await readdir(at('taken'))).toHaveLength(3);

  const before = await readFile(at('mixed/images/image-01.png'));
  const over = { out: at('twin/../mixed/images'), overwrite: true };
  expect(await refusal(predict({ run, images }, over))).toMatch(
    /got .* what is read, .*mixed.images.*choose another/,
  );
  expect((await readFile(at('mixed/images/image-01.png'))).equals(before)).toBe(true);
});

test('what cannot be read is named', async () => {
  await mkdir(at('broken'));
  await writeFile(at('broken/cut.png'), (await readFile(at('mixed/images/image-01.png'))).subarray(0, 300));
  const from = (...paths: string[]) => refusal(predict({ run, images: paths }, { out: at('none') }));
  expect(await from(at('broken'))).toMatch(/cut\.png: got a file that cannot be read/);
  expect(await from(at('nowhere.png'))).toMatch(
    /nowhere\.png: got no such file or folder, expected an image/,
  );
  expect(await from(at('mixed'))).toMatch(/images: got none, expected image files/);
  expect(await refusal(predict({ run: at('mixed'), images }, { out: at('none') }))).toMatch(
    /mixed.config\.yaml: got no such file, expected a run folder/,
  );
});

test('masks of names as long as the file system takes are written', async () => {
  const names = ['a'.repeat(251), 'ü'.repeat(125)].map((name) => `${name}.png`);
  await mkdir(at('long-names'));
  for (const name of names) await copyFile(at('mixed/images/image-00.png'), at('long-names', name));
  await predict({ run, images: [at('long-names')] }, { out: at('long-masks') });
  expect((await readdir(at('long-masks'))).sort()).toEqual(names.sort());
  const tiled = { out: at('long-tiled'), format: 'npy' } as const;
  await predict({ run, images: [at('long-names')], tile: 32 }, tiled);
  expect(await readdir(at('long-tiled'))).toHaveLength(2);
});

describe('images that cannot be used', () => {
  const mixed = at('some-cut');

  beforeAll(async () => {
    await mkdir(mixed);
    for (const i of [0, 1, 2])
      await copyFile(at(`mixed/images/${stem(i)}.png`), join(mixed, `${stem(i)}.png`));
    await writeFile(join(mixed, 'empty.jpg'), '');
    await writeFile(join(mixed, 'a text.png'), 'no picture');
  });

  test('are left out and named at the end, and change nothing of the others', async () => {
    const warnings: string[] = [];
    const warning = (warning: string) => void warnings.push(warning);
    const seen: string[] = [];
    const predicting = (done: number, total: number) => void seen.push(`${done}/${total}`);
    const { predictions, unusable } = await predict(
      { run, images: [mixed], batch: 2 },
      { out: at('rest'), ...listening({ warning, phase: { predicting } }) },
    );
    expect(predictions.map(({ image }) => image)).toEqual(
      [0, 1, 2].map((i) => join(mixed, `${stem(i)}.png`)),
    );
    expect(unusable.map(({ image }) => image)).toEqual([join(mixed, 'a text.png'), join(mixed, 'empty.jpg')]);
    // One of the pictures is a single pixel.
    expect(warnings).toEqual([
      expect.anything(),
      expect.stringMatching(/^1 image unlike .*image-02\.png: 17 of 256 levels\)$/),
    ]);
    expect(warnings[0]).toMatch(
      /^2 images cannot be used and are left out:\n.*a text\.png: got .*\n.*empty\.jpg: got /,
    );
    expect(seen.at(-1)).toBe('5/5');
    expect((await readdir(at('rest'))).sort()).toEqual([0, 1, 2].map((i) => `${stem(i)}.png`));
    await predict({ run, images }, { out: at('whole') });
    for (const name of await readdir(at('rest'))) {
      expect(await readFile(at('rest', name)), name).toEqual(await readFile(at('whole', name)));
    }
  });

  test('are refused if asked to be strict, or if there are no others', async () => {
    const out = at('none');
    expect(await refusal(predict({ run, images: [mixed], strict: true }, { out }))).toMatch(
      /a text\.png: got/,
    );
    expect(await refusal(predict({ run, images: [join(mixed, 'empty.jpg')] }, { out }))).toMatch(
      /empty\.jpg: got/,
    );
    expect(existsSync(out)).toBe(false);
  });
});
