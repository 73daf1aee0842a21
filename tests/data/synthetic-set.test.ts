import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { readDataFolder } from '../../src/data/folders/folder.node.ts';
import { splitSamples } from '../../src/data/folders/split.ts';
import { synthesise } from '../../src/index.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { countsOf, syntheticSchema } from '../../src/settings/synthetic.ts';
import { drawSyntheticSample } from '../../src/synthetic/sample.ts';
import { type SyntheticDataOptions, writeSyntheticData } from '../../src/synthetic/write.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { decodeMask } from '../support/masks.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const size = { height: 32, width: 48 };
const write = (name: string, options: Partial<SyntheticDataOptions> = {}) =>
  writeSyntheticData({ out: join(root, name), count: 12, labelled: 5, test: 3, size, seed: 1, ...options });

test('a set is a data folder: test images first, then those to train on, then plain ones', async () => {
  const progress: string[] = [];
  const onImage = (done: number, total: number) => progress.push(`${done}/${total}`);
  const summary = await write('set', { onImage });
  expect(summary).toMatchObject({ images: 12, labelled: 5, test: 3, seed: 1, size: '32x48' });
  expect(JSON.parse(await readFile(join(root, 'set', 'synthetic.json'), 'utf8'))).toEqual(summary);
  expect([progress.length, progress.at(-1)]).toEqual([12, '12/12']);

  const folder = await readDataFolder(join(root, 'set'));
  expect(folder.warnings).toEqual([]);
  const stem = (number: number) => `synthetic-${String(number).padStart(4, '0')}`;
  expect(folder.lists).toEqual({ test: [1, 2, 3].map(stem), train: [4, 5, 6, 7, 8].map(stem) });
  const splits = splitSamples(folder, { seed: 0, labels: 'all', validation: true });
  expect(splits.test.length).toBe(3);
  expect(splits.train.length + splits.validation.length).toBe(5);
  expect(splits.plain.length).toBe(12 - 3 - splits.validation.length);
  expect(folder.samples.filter((sample) => sample.mask).map((sample) => sample.stem)).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map(stem),
  );
});

test('files hold what is drawn for their number', async () => {
  await write('same', { count: 1, labelled: 1, test: 0 });
  const { image, mask } = drawSyntheticSample({ ...size, seed: 1, index: 1 });
  const read = await decodeImage(join(root, 'same', 'images', 'synthetic-0001.png'));
  expect(read).toMatchObject({ ...size, channels: 3 });
  expect(Buffer.compare(read.data, image)).toBe(0);
  const readMask = await decodeMask(join(root, 'same', 'masks', 'synthetic-0001.png'));
  expect(
    Buffer.compare(
      readMask.data,
      mask.map((value) => 255 * value),
    ),
  ).toBe(0);
  expect(await readdir(join(root, 'same'))).not.toContain('test.txt');
});

test('more images and more labels leave the others as they are', async () => {
  await write('few', { count: 4, labelled: 1, test: 2 });
  await write('more', { count: 6, labelled: 3, test: 2 });
  for (const file of ['test.txt', 'images/synthetic-0004.png', 'masks/synthetic-0001.png']) {
    const [few, more] = await Promise.all(['few', 'more'].map((set) => readFile(join(root, set, file))));
    expect(few.equals(more), file).toBe(true);
  }
});

test('only an earlier set is replaced, and only if it may be', async () => {
  await write('again', { count: 3, labelled: 1, test: 1 });
  expect(await refusal(write('again'))).toMatch(/again: got a folder with 5 entries.*--overwrite/);
  await write('again', { count: 2, labelled: 1, test: 0, overwrite: true });
  expect((await readdir(join(root, 'again'), { recursive: true })).sort()).toEqual(
    [
      'images',
      'images/synthetic-0001.png',
      'images/synthetic-0002.png',
      'masks',
      'masks/synthetic-0001.png',
      'synthetic.json',
    ].map((path) => join(path)),
  );

  const mine = join(root, 'again', 'images', 'mine.png');
  await writeFile(mine, 'years of work');
  expect(await refusal(write('again', { overwrite: true }))).toMatch(
    /other files in it \(images.mine\.png\)/,
  );
  expect((await readdir(join(root, 'again', 'images'))).length).toBe(3);

  await mkdir(join(root, 'thesis'));
  await writeFile(join(root, 'thesis', 'thesis.tex'), 'years of work');
  expect(await refusal(write('thesis', { overwrite: true }))).toMatch(/no synthetic set/);
  expect(await refusal(write('thesis/thesis.tex'))).toMatch(/an error \(ENOTDIR\)/);
  expect(await readdir(join(root, 'thesis'))).toEqual(['thesis.tex']);
});

test('a set that was killed while a file was written is replaced', async () => {
  const part = `.${randomUUID()}.part`;
  await mkdir(join(root, 'killed'));
  await writeFile(join(root, 'killed', `synthetic.json${part}`), '{');
  await write('killed', { count: 2, labelled: 1, test: 0 });
  await writeFile(join(root, 'killed', 'images', `synthetic-0002.png${part}`), '');
  await write('killed', { count: 2, labelled: 1, test: 0, overwrite: true });
  expect((await readdir(join(root, 'killed', 'images'))).sort()).toEqual([
    'synthetic-0001.png',
    'synthetic-0002.png',
  ]);
});

test.each([
  [
    { count: 5, labelled: 4, test: 2 },
    /labelled and test: got 4 \+ 2, expected together at most the 5 images/,
  ],
  [{ size: 16 }, /size: got 16x16, expected 32 to 4096 pixels/],
  [{ size: '64y64' }, /size: got 64y64/],
  [{ count: -1 }, /count: got -1/],
])('refuses %o before it writes anything', async (options, message) => {
  expect(await refusal(synthesise(options, { out: join(root, 'refused') }))).toMatch(message);
  expect(await readdir(root)).not.toContain('refused');
});

test.each([
  [{}, [200, 40, 40]],
  [{ labelled: 24 }, [200, 24, 40]],
  [{ count: 60 }, [60, 40, 20]],
  [{ count: 60, test: 30 }, [60, 30, 30]],
  [{ count: 24, labelled: 24 }, [24, 24, 0]],
  [{ count: 10 }, [10, 10, 0]],
])('of %j come images, training and test masks: %j', (options, expected) => {
  const { count, labelled, test } = countsOf(parseSettings(syntheticSchema, options));
  expect([count, labelled, test]).toEqual(expected);
});

test('without test images some of the others test, as in any folder', async () => {
  await write('no-test', { count: 10, labelled: 10, test: 0 });
  const folder = await readDataFolder(join(root, 'no-test'));
  expect(folder.lists).toEqual({});
  expect(splitSamples(folder, { seed: 0, labels: 'all', validation: true }).test).toHaveLength(2);
});
