import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkData } from '../../src/data/check/check.node.ts';
import { readSample } from '../../src/data/loading/read.node.ts';
import { type Labelling, ONE_OBJECT, UNKNOWN } from '../../src/data/masks/labelling.ts';
import { undecided } from '../../src/data/masks/read-mask.node.ts';
import { writePicture } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
for (const name of ['images', 'masks']) await mkdir(join(root, name));
const [height, width] = [4, 6];
const ignoring: Labelling = { ...ONE_OBJECT, ignore: [128] };

/** An image whose mask has these values, row by row. */
async function sampleOf(stem: string, values: readonly number[]) {
  const image = join(root, 'images', `${stem}.png`);
  const mask = join(root, 'masks', `${stem}.png`);
  const grey = Uint8Array.from({ length: height * width }, (_, i) => 10 * i);
  await writePicture(image, width, height, grey);
  await writePicture(
    mask,
    width,
    height,
    Uint8Array.from(grey, (_, i) => values[i % values.length]),
  );
  return { stem, image, mask };
}
const read = async (stem: string, values: readonly number[]) =>
  readSample(await sampleOf(stem, values), { size: { height, width }, reading: {}, labelling: ignoring });

test('a mask that leaves every pixel undecided cannot be used, one that leaves one decided can', async () => {
  expect(await read('some', [...new Array(23).fill(128), 0])).toHaveProperty('pixels');
  const [problem] = (await read('none', [128])) as readonly Error[];
  expect(problem.message).toMatch(/mask .*none\.png: got only unknown pixels at 6x4, expected some/);
});

test('of classes that overlap a pixel is decided where all of them are', () => {
  const map = (...data: number[]) => ({ height: 1, width: 2, planes: 2, data: Uint8Array.from(data) });
  expect(undecided('m', map(UNKNOWN, 1, 0, UNKNOWN))?.message).toMatch('only unknown pixels');
  expect(undecided('m', map(UNKNOWN, 1, 0, 0))).toBeUndefined();
});

test('the check of a set names it', async () => {
  await sampleOf('some', [0, 255, 128]);
  await sampleOf('none', [128]);
  const { problems } = await checkData(root, { workers: 1, given: { multilabel: false, ignore: [128] } });
  const files = problems.filter(({ kind }) => kind === 'file');
  expect(files.map(({ stems }) => stems)).toEqual([['none']]);
  expect(files[0].message).toMatch('only unknown pixels');
});
