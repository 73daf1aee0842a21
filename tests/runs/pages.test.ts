import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { predict } from '../../src/runs/predict.node.ts';
import { writeEncoder } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { encodeTiff } from '../support/tiff.ts';
import { tinyNetwork } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const page = (value: number) => ({
  ...{ width: 40, height: 32, channels: 1, format: 1 as const },
  data: Uint8Array.from({ length: 40 * 32 }, (_, i) => value + ((i * 7919) % 80)),
});
await mkdir(at('images'));
await writeFile(at('images', 'a.tif'), encodeTiff(page(10), page(90), page(170)));
const images = [at('images', 'a.tif')];
const encoder = await writeEncoder(at('encoder.safetensors'));
const settings = { data: root, encoder, threads: 1, ...tinyNetwork };
const run = await untrainedRun(at('run'), 'train', { ...settings, pages: 'all' });

test('pages are predicted as the run has read them, or as is said', async () => {
  await predict({ run, images: [at('images')], threads: 1 }, { out: at('masks') });
  expect((await readdir(at('masks'))).sort()).toEqual(['a_p1.png', 'a_p2.png', 'a_p3.png']);
  const { predictions: all } = await predict({ run, images, threads: 1 });
  expect(all.map(({ image }) => image)).toEqual([1, 2, 3].map((n) => `${images[0]}#page=${n}`));
  // The same page: as it is said, or by its path.
  for (const given of [{ images, pages: 2 }, { images: [`${images[0]}#page=2`] }]) {
    const { predictions } = await predict({ run, ...given, threads: 1 });
    expect(predictions).toEqual([all[1]]);
  }
});

test('annotations of tools are of files, not of pages', async () => {
  expect(await refusal(predict({ run, images, threads: 1 }, { out: at('coco'), format: 'coco' }))).toMatch(
    /--format coco: got 2 pages beyond the first of their files, expected images of a file each/,
  );
});

test('that only first pages are read is told, unless it was said', async () => {
  const first = await untrainedRun(at('first'), 'train', settings);
  const warnings: string[] = [];
  const listener = listening({ warning: (text) => warnings.push(text) });
  await predict({ run: first, images, threads: 1, pages: 'first' }, listener);
  expect(warnings.join()).not.toContain('several pages');
  await predict({ run: first, images, threads: 1 }, listener);
  expect(warnings).toContainEqual(
    expect.stringMatching(/^1 image has several pages .*a\.tif: 3.*--pages all/),
  );
});
