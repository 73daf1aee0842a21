import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderSource } from '../../src/annotations/folder-source.node.ts';
import { TOOL_FORMATS, type ToolFormat } from '../../src/annotations/format.ts';
import { FORMATS } from '../../src/annotations/formats.ts';
import { rasterisePlanes } from '../../src/annotations/label-map.ts';
import { settle } from '../../src/annotations/settle.ts';
import { RandomStream } from '../../src/core/random.ts';
import { imageSize } from '../../src/data/decode/size.node.ts';
import type { Labelling } from '../../src/data/masks/labelling.ts';
import { PredictedAnnotations } from '../../src/runs/predicted-annotations.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const native = { width: 60, height: 44 };
const labelling: Labelling = {
  maskValues: 'classes',
  multilabel: true,
  ignore: [],
  classes: [
    { number: 3, name: 'polyp', colour: '#e69f00' },
    { number: 7, name: 'tool', colour: '#56b4e9' },
  ],
};
const stems = ['site-a/one', 'site-b/one', 'two'];
const imagesIn = (folder: string) =>
  stems.map((stem) => {
    const path = join(folder, 'images', `${stem}.png`);
    return {
      ...{ name: path, path, file: `${stem}.png`, stem },
      read: () => Promise.reject(new Error('not read')),
      rows: () => Promise.reject(new Error('not read')),
    };
  });

/** Discs with holes in them, which overlap those of other classes; the last image has none. */
function masksOf(stem: string) {
  return labelling.classes.map(({ name }) => {
    const random = new RandomStream('discs', stem, name);
    const mask = new Uint8Array(native.width * native.height);
    for (let k = 0; k < (stem === 'two' ? 0 : 4); k++) {
      const [x0, y0, radius] = [60, 44, 14].map((most) => most * random.uniform());
      for (let i = 0; i < mask.length; i++) {
        const distance = Math.hypot((i % 60) - x0, Math.floor(i / 60) - y0);
        if (distance < radius) mask[i] = distance < radius / 3 ? 0 : 1;
      }
    }
    return { name, mask, probabilities: Float32Array.from(mask, () => 0.75) };
  });
}

async function written(format: ToolFormat, out: string): Promise<string[]> {
  const images = imagesIn(out);
  const annotations = new PredictedAnnotations(format, labelling, images, { out, overwrite: false });
  const files = images.map((image) => annotations.add(image, masksOf(image.stem), native, native));
  await annotations.write();
  return files;
}

test.each(TOOL_FORMATS)('%s: what is read back has the pixels of the masks', async (format) => {
  const out = join(root, format);
  const files = await written(format, out);
  for (const file of files) await readFile(file);
  const source = await folderSource(out, { sizeOf: imageSize });
  const sized = { ...source, sizeOf: async () => ({ ...native, orientation: 1 }) };
  // The images of YOLO and QuPath are found by their files.
  const there = { ...sized, files: [...source.files, ...stems.map((stem) => `images/${stem}.png`)].sort() };
  const set = await settle(await FORMATS[format].read(there), there);
  expect(set.classes.map(({ name }) => name)).toEqual(['polyp', 'tool']);
  for (const stem of stems) {
    const image = set.images.find(({ file, path }) => (path ?? file).endsWith(`${stem}.png`))!;
    const planes = rasterisePlanes(image, native, set.classes);
    for (const { name, mask } of masksOf(stem)) {
      const found = planes.get(name)!.data;
      expect(found.map((value) => Math.min(value, 1))).toEqual(mask);
    }
    expect(image.objects!.length > 0).toBe(stem !== 'two');
  }
});

test('COCO has sizes, scores and the numbers of the classes', async () => {
  const [file] = await written('coco', join(root, 'coco-again'));
  const content = JSON.parse(await readFile(file, 'utf8'));
  expect(content.images[0]).toEqual({ id: 1, file_name: 'site-a/one.png', ...native });
  expect(content.categories).toEqual([
    { id: 3, name: 'polyp' },
    { id: 7, name: 'tool' },
  ]);
  for (const { score } of content.annotations) expect(score).toBe(0.75);
});

test('a file of LabelMe tells where its image lies, from its own folder', async () => {
  const out = join(root, 'labelme-again');
  await written('labelme', out);
  const { imagePath } = JSON.parse(await readFile(join(out, 'site-a', 'one.json'), 'utf8'));
  expect(imagePath).toBe('../images/site-a/one.png');
  expect((await readdir(out)).sort()).toEqual(['labels.txt', 'site-a', 'site-b', 'two.json']);
});

test('files that are there are refused before anything is predicted', async () => {
  const out = join(root, 'twice');
  await written('labelme', out);
  expect(await refusal(written('labelme', out))).toContain('--overwrite');
});
