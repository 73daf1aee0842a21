import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeImage, decodeImageTo } from '../../src/data/decode/decode.node.ts';
import { toPlanes } from '../../src/data/loading/pixels.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { features } from '../../src/index.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { fewmask } from '../support/cli.ts';
import { refusal } from '../support/expect-user-error.ts';
import { readNpy } from '../support/read-npy.ts';
import { runGraph } from '../support/run-graph.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { stems, settings } = await tinySettings(root, 3);
const folder = join(settings.data, 'images');
const names = (await readdir(folder)).sort();
const options = { encoder: settings.encoder, size: '32x64', threads: 1 };

test('of files they are written as they are returned, whatever the batch', async () => {
  const out = join(root, 'out');
  const written = await features({ ...options, images: [folder], batch: 2 }, { out });
  const returned = await features({ ...options, images: [folder], batch: 1 });
  const { encoder, weights, sha256 } = await readEncoder(settings.encoder);
  expect(written.encoder).toEqual({ name: encoder.name, sha256 });
  expect(await readdir(out)).toHaveLength(stems.length * encoder.taps.length);
  for (const [i, { image, taps }] of returned.images.entries()) {
    expect(image).toBe(join(folder, names[i]));
    for (const { name, channels, stride } of encoder.taps) {
      const file = join(out, `${names[i].replace(/\.\w+$/, '')}.${name}.npy`);
      expect(written.images[i].files![name]).toBe(file);
      const found = readNpy(await readFile(file));
      expect(found.shape).toEqual([channels, 32 / stride, 64 / stride]);
      expect(taps![name].shape).toEqual(found.shape);
      expect(largestDifference(found.data, taps![name].data)).toBe(0);
    }
  }
  const { image } = await decodeImageTo(join(folder, names[0]), { height: 32, width: 64 });
  const { outputs } = encoderGraph(encoder, weights, { batch: 1, height: 32, width: 64 });
  const expected = await runGraph(outputs, { image: { shape: [1, 3, 32, 64], data: toPlanes(image.data) } });
  for (const [name, { data }] of Object.entries(returned.images[0].taps!))
    expect(largestDifference(data, expected[name].data), name).toBe(0);
  expect(await refusal(features({ ...options, images: [folder] }, { out }))).toMatch(
    /a file in the way.*--overwrite/,
  );
  await features({ ...options, images: [folder] }, { out, overwrite: true });
});

test('of images in memory they are those of their files', async () => {
  const file = join(folder, names[0]);
  const image = await decodeImage(file);
  const { images } = await features({ ...options, images: [file, { ...image, channels: 3 }] });
  expect(images.map(({ image }) => image)).toEqual([file, 'image 1']);
  for (const [name, { data }] of Object.entries(images[0].taps!))
    expect(largestDifference(images[1].taps![name].data, data), name).toBe(0);
});

test('what cannot be used is refused before anything is written', async () => {
  const out = join(root, 'refused');
  const attempt = (given: object) => refusal(features({ ...options, images: [folder], ...given }, { out }));
  expect(await attempt({ size: 48 })).toMatch(/48.*multiples? of 32/);
  expect(await attempt({ images: [] })).toMatch(/images: got none/);
  expect(await attempt({ images: [folder, join(folder, names[0])] })).toMatch(/two images for it/);
  expect(await attempt({ encoder: join(root, 'none') })).toMatch(/no such file/);
  expect(await readdir(root)).not.toContain('refused');
});

test('the command writes them', async () => {
  const args = ['features', folder, '--encoder', settings.encoder, '--size', '32', '--out', 'command'];
  const { code, stdout } = await fewmask(args, root);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^3 images, taps block_1_expand, .* of mobilenetv2, in command\n$/);
  expect(await readdir(join(root, 'command'))).toHaveLength(15);
});
