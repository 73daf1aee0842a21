import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { Dataset } from '../../src/serve/dataset.node.ts';
import { readingSchema } from '../../src/serve/settings.ts';
import { writePicture } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { headers, serving } from './support.ts';

const root = await temporaryFolder();
const [width, height] = [23, 17];

/** A data folder of one image, served. */
async function servingOne(name: string, write: (path: string) => Promise<unknown>) {
  const data = join(root, name);
  await mkdir(join(data, 'images'), { recursive: true });
  const image = join(data, 'images', 'one.png');
  await write(image);
  const { app } = await serving(data, join(root, `${name}-scratch`));
  const get = (place: string) => app.request(`/api/${place}?stem=one`, { headers: headers() });
  return { data, image, get };
}

/** Stored values between two, of 16 bits. */
const drawn = (channels: number, low: number, high: number): Uint16Array => {
  const stream = new RandomStream(1, 'stored', channels);
  return Uint16Array.from({ length: width * height * channels }, () =>
    Math.floor(low + (high - low) * stream.uniform()),
  );
};

const writeDeep = (values: Uint16Array, channels: 1 | 3) => (path: string) =>
  sharp(values, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'grey16' : 'rgb16')
    .png()
    .toFile(path);

describe.each([1, 3] as const)('an image of 16 bits and %i channels', (channels) => {
  test('is given with its stored values', async () => {
    const values = drawn(channels, 300, 4096);
    const { get } = await servingOne(`deep-${channels}`, writeDeep(values, channels));
    expect((await get('image')).headers.get('x-deep')).toBe('true');
    const answer = await get('samples');
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const told = ['width', 'height', 'channels', 'low', 'high', 'black', 'white'].map((name) =>
      Number(answer.headers.get(`x-${name}`)),
    );
    expect(told).toEqual([width, height, channels, low, high, 0, 65535]);
    const samples = new Uint16Array(await answer.arrayBuffer());
    expect([...samples]).toEqual(
      [...values].map((value) => Math.round((65535 * (value - low)) / (high - low))),
    );
  });
});

test('images are shown as the rule of the folder has them, and the rule says what is black and white', async () => {
  const { data, image } = await servingOne('ruled', writeDeep(drawn(1, 300, 4096), 1));
  const dataset = await Dataset.open(data, readingSchema.parse({ intensity: 'used' }));
  const { low, high } = dataset.pixels.intensity!;
  expect([low, high]).toEqual([expect.closeTo(300, -2), expect.closeTo(4095, -2)]);
  const { app } = await serving(data, join(root, 'ruled-again'), undefined, { intensity: `${low}:${high}` });
  const shown = await app.request('/api/image?stem=one', { headers: headers() });
  const { data: pixels } = await sharp(Buffer.from(await shown.arrayBuffer()))
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([...pixels]).toEqual([...(await decodeImage(image, { intensity: { low, high } })).data]);
  const samples = await app.request('/api/samples?stem=one', { headers: headers() });
  expect([samples.headers.get('x-black'), samples.headers.get('x-white')]).toEqual([`${low}`, `${high}`]);
});

test('a usual image is sent as its file, and is not deep', async () => {
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => i % 251);
  const { get } = await servingOne('usual', (path) => writePicture(path, width, height, pixels));
  expect((await get('image')).headers.get('x-deep')).toBe('false');
  const samples = new Uint16Array(await (await get('samples')).arrayBuffer());
  expect(samples).toHaveLength(width * height);
});

test('of an image with alpha the colours are sent that a network is fed', async () => {
  const pixels = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? i % 256 : i % 251));
  const { image, get } = await servingOne('clear', (path) =>
    sharp(pixels, { raw: { width, height, channels: 4 } })
      .png()
      .toFile(path),
  );
  const sent = sharp(Buffer.from(await (await get('image')).arrayBuffer()));
  expect((await sent.metadata()).hasAlpha).toBe(false);
  expect([...(await sent.raw().toBuffer())]).toEqual([...(await decodeImage(image)).data]);
});
