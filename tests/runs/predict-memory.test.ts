import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { ImageInMemory } from '../../src/data/decode/memory.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 1);
const run = await untrainedRun(join(root, 'run'), 'train', settings);

/** Noise, in its alpha as well. */
function picture(channels: ImageInMemory['channels'], [width, height] = [45, 37]): ImageInMemory {
  const stream = new RandomStream('predict from memory', channels);
  const data = Uint8Array.from({ length: width * height * channels }, () => stream.integer(256));
  return { data, width, height, channels };
}

/** The same picture as a PNG file. */
async function written({ data, width, height, channels }: ImageInMemory): Promise<string> {
  const file = join(root, `${channels}-channels.png`);
  const png = sharp(data, { raw: { width, height, channels: channels as 1 | 2 | 3 | 4 } });
  await png
    .toColourspace(channels < 3 ? 'b-w' : 'srgb')
    .png()
    .toFile(file);
  expect(await sharp(file).metadata()).toMatchObject({ width, height, channels });
  return file;
}

/** Every file of a folder with the time of its last change. */
async function contentOf(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).sort();
  return Promise.all(names.map(async (name) => `${name} ${(await stat(join(folder, name))).mtimeMs}`));
}

describe.each([
  ['grey', 1],
  ['grey and alpha', 2],
  ['RGB', 3],
  ['RGBA', 4],
] as const)('%s', (_, channels) => {
  test('in memory gives what the file gives', async () => {
    const image = picture(channels);
    const images = [image, await written(image)];
    const { predictions } = await predict({ run, images, batch: 1 });
    const [{ image: name, ...inMemory }, { image: path, ...fromFile }] = predictions;
    expect([name, path]).toEqual(['image 0', images[1]]);
    expect(inMemory).toEqual(fromFile);
    expect(inMemory.mask).toMatchObject({ width: 45, height: 37, channels: 1 });
    expect(inMemory.mask!.data).toHaveLength(45 * 37);
    expect(inMemory.probabilities!.shape).toEqual([1, 32, 32]);
  });
});

test('the pixels decide', async () => {
  const { predictions } = await predict({ run, images: [picture(1), picture(3)] });
  const [one, other] = predictions.map(({ probabilities }) => probabilities!.data);
  expect(one).not.toEqual(other);
});

test('without a folder nothing is written', async () => {
  const places = async () => [await contentOf(run), (await readdir('.')).sort()];
  const before = await places();
  const { predictions } = await predict({ run, images: [picture(3)] });
  expect(predictions[0]).not.toHaveProperty('file');
  expect(await places()).toEqual(before);
});

test('with a folder they are written by their place in the list', async () => {
  const out = join(root, 'out');
  const { predictions } = await predict({ run, images: [picture(3), picture(1)] }, { out });
  expect(predictions.map(({ file }) => file)).toEqual([0, 1].map((i) => join(out, `image-${i}.png`)));
  expect((await readdir(out)).sort()).toEqual(['image-0.png', 'image-1.png']);
});

test('paths and memory keep the order in which they were given', async () => {
  const file = await written(picture(4));
  const images = [picture(1), file, join(settings.data, 'images'), picture(3)];
  const { predictions } = await predict({ run, images, batch: 3 });
  expect(predictions.map(({ image }) => image)).toEqual([
    ...['image 0', file, join(settings.data, 'images', 'image-00.png'), 'image 3'],
  ]);
});

test.each<[string, Partial<ImageInMemory>]>([
  ['too few values', { data: new Uint8Array(45 * 37 * 3 - 1) }],
  ['a width of 0', { width: 0 }],
  ['half a pixel', { width: 22.5, height: 74 }],
  ['channels that there are not', { channels: 5 as 4 }],
  ['no values', { data: undefined }],
])('%s: a user error that names the image', async (_, wrong) => {
  const images = [picture(3), { ...picture(3), ...wrong }];
  expect(await refusal(predict({ run, images, strict: true }))).toMatch(/^image 1: got .* values for width/);
  const { predictions, unusable } = await predict({ run, images });
  expect(predictions.map(({ image }) => image)).toEqual(['image 0']);
  expect(unusable).toEqual([{ image: 'image 1', problem: expect.stringMatching(/^image 1: got/) }]);
});

test('a signal ends it after the batch under way', async () => {
  const controller = new AbortController();
  const images = [1, 2, 3, 4, 3].map((channels) => picture(channels as 1));
  const predicting = () => controller.abort();
  const { predictions } = await predict(
    { run, images, batch: 2 },
    { signal: controller.signal, ...listening({ phase: { predicting } }) },
  );
  expect(predictions.map(({ image }) => image)).toEqual(['image 0', 'image 1']);
});
