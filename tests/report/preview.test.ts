import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { type PreviewOptions, preview } from '../../src/index.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const data = join(root, 'data');
const images = join(data, 'images');
const stems = await writeDataset(data, { count: 4, masks: 2, sizes: [[32, 32]] });
const plain = { plain: images, size: 32, augment: false } as const;
let pictures = 0;

/** The cells of a preview, by row and column, as RGB bytes. */
async function drawn(options: PreviewOptions) {
  const out = join(root, `${pictures++}.png`);
  const told = await preview(options, { out });
  const cell = (row: number, column: number) =>
    sharp(out)
      .extract({ left: column * 36, top: row * 36, width: 32, height: 32 })
      .raw()
      .toBuffer();
  const { width, height } = await sharp(out).metadata();
  expect([width, height]).toEqual([told.width, told.height]);
  return { ...told, cell };
}

const pixelsOf = (stem: string) =>
  sharp(join(images, `${stem}.png`))
    .removeAlpha()
    .raw()
    .toBuffer();

test('a row an image: what goes in, what is asked for', async () => {
  const { cell, ...told } = await drawn({ ...plain, count: 3 });
  expect(told).toMatchObject({
    width: 2 * 32 + 4,
    height: 3 * 32 + 2 * 4,
    images: stems.slice(0, 3),
    columns: ['input', 'target'],
  });
  for (const [row, stem] of told.images.entries()) {
    for (const column of [0, 1]) expect(await cell(row, column)).toEqual(await pixelsOf(stem));
  }
});

test('images of a data folder, with masks or not, fewer than asked for', async () => {
  expect((await drawn({ data, size: 32 })).images).toEqual(stems);
});

test('of hidden patches the weights are white, the others black and as they were', async () => {
  const { cell, columns } = await drawn({ ...plain, pretext: 'mask', maskPatch: 8, maskFill: 'zero' });
  expect(columns).toEqual(['input', 'target', 'weight']);
  const [input, target, weight] = await Promise.all([0, 1, 2].map((column) => cell(1, column)));
  expect(target).toEqual(await pixelsOf(stems[1]));
  expect(weight.filter((value) => value === 255)).toHaveLength(3 * 10 * 64);
  expect(weight.filter((value) => value === 0)).toHaveLength(3 * 6 * 64);
  for (const [i, value] of input.entries()) expect(value).toBe(weight[i] === 255 ? 128 : target[i]);
});

test('noise as a target lies around grey', async () => {
  const { cell, columns } = await drawn({ ...plain, pretext: 'denoise', denoiseTarget: 'noise' });
  expect(columns).toEqual(['input', 'target']);
  const noise = await cell(0, 1);
  const deviation = Math.sqrt(noise.reduce((sum, value) => sum + (value - 127.5) ** 2, 0) / noise.length);
  expect(deviation / 127.5).toBeCloseTo(1 / 3, 1);
});

test('equal seeds draw equal pictures, others do not', async () => {
  const noisy = { ...plain, augment: true, pretext: 'denoise', count: 1 } as const;
  const cells = await Promise.all(
    [0, 0, 1].map(async (seed) => (await drawn({ ...noisy, seed })).cell(0, 0)),
  );
  expect(cells[1]).toEqual(cells[0]);
  expect(cells[2]).not.toEqual(cells[0]);
});

test('mistakes are named before anything is drawn', async () => {
  const there = join(root, 'there.png');
  await writeFile(there, 'mine');
  expect(await refusal(preview(plain, { out: there }))).toMatch(
    /there\.png: got a file in the way.*--overwrite/,
  );
  expect(await refusal(preview(plain, { out: join(root, 'x.jpg') }))).toMatch(/x\.jpg, expected .*\.png/);
  const out = join(root, 'never.png');
  expect(await refusal(preview({ size: 32 }, { out }))).toMatch(/neither --data nor --plain/);
  expect(await refusal(preview({ ...plain, size: 40 }, { out }))).toMatch(/^size: got 40x40/);
  expect(await refusal(preview({ ...plain, pretext: 'superres', factor: 3 }, { out }))).toMatch(
    /^factor: got 3/,
  );
  await preview(plain, { out: there, overwrite: true });
  expect((await sharp(there).metadata()).format).toBe('png');
});
