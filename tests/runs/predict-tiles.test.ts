import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { predict } from '../../src/runs/predict.node.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { decodeMask } from '../support/masks.ts';
import { readNpy } from '../support/read-npy.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings } = await tinySettings(root, 1);
await writeDataset(at('large'), { count: 1, sizes: [[150, 97]] });
const image = at('large/images/image-00.png');
const run = await untrainedRun(at('run'), 'train', settings);
const autoencoder = await untrainedRun(at('autoencoder'), 'pretrain', settings);
const half = async () => {
  const [{ probabilities }] = (await predict({ run, images: [image], tile: 64 })).predictions;
  return [...probabilities!.data].sort((a, b) => a - b)[Math.floor(probabilities!.data.length / 2)];
};
const maskThreshold = await half();

test('what is written row by row is what is made as a whole', async () => {
  const options = { run, images: [image], tile: 64, maskThreshold };
  const [whole] = (await predict(options)).predictions;
  expect(whole.probabilities!.shape).toEqual([1, 97, 150]);
  expect(whole.mask).toMatchObject({ width: 150, height: 97 });
  const written = await predict(options, { out: at('png') });
  expect(written.applied).toMatchObject({ tile: '64x64', scale: 1 });
  const { data } = await decodeMask(at('png/image-00.png'));
  expect([...data]).toEqual([...whole.mask!.data]);
  expect(written.predictions[0].area).toBeCloseTo(whole.area!, 12);
  await predict(options, { out: at('npy'), format: 'npy' });
  const npy = readNpy(await readFile(at('npy/image-00.npy')));
  expect(npy.shape).toEqual([1, 97, 150]);
  expect([...npy.data]).toEqual([...whole.probabilities!.data]);
  // Objects need the whole mask, which is the same.
  await predict({ ...options, objects: true }, { out: at('objects') });
  expect([...(await decodeMask(at('objects/image-00.png'))).data]).toEqual([...data]);
});

test('an image of the size of a tile is what the network makes of it without tiles', async () => {
  const small = at('small.png');
  await sharp(image).extract({ left: 40, top: 20, width: 32, height: 32 }).png().toFile(small);
  const [plain] = (await predict({ run, images: [small] })).predictions;
  const [tiled] = (await predict({ run, images: [small], tile: true })).predictions;
  expect(largestDifference(plain.probabilities!.data, tiled.probabilities!.data)).toBeLessThan(1e-6);
});

test('at another scale probabilities are of that scale, masks of the image; views and autoencoders go on working', async () => {
  const options = { run, images: [image], tile: 32, scale: 0.5, views: 4, maskThreshold } as const;
  const [whole] = (await predict(options)).predictions;
  expect(whole.probabilities!.shape).toEqual([1, 49, 75]);
  await predict(options, { out: at('scaled') });
  const { data, ...size } = await decodeMask(at('scaled/image-00.png'));
  expect(size).toMatchObject({ width: 150, height: 97 });
  expect([...data]).toEqual([...whole.mask!.data]);
  const painted = { run: autoencoder, images: [image], tile: 32 };
  const [own] = (await predict(painted)).predictions;
  await predict(painted, { out: at('painted') });
  const picture = await sharp(at('painted/image-00.png')).raw().toBuffer({ resolveWithObject: true });
  expect(picture.info).toMatchObject({ width: 150, height: 97, channels: 3 });
  expect([...picture.data]).toEqual([...own.mask!.data]);
});

test('what cannot be is refused', async () => {
  const images = [image];
  expect(await refusal(predict({ run, images, scale: 0.5 }))).toContain('add --tile');
  expect(await refusal(predict({ run, images, tile: 40 }))).toContain('multiples of 32');
});
