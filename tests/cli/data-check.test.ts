import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DataCheck } from '../../src/index.ts';
import { complaint, fewmask } from '../support/cli.ts';
import { writeDataset, writeList } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

test('problems are told, but only --strict makes them an exit code', async () => {
  const folder = join(root, 'data');
  const stems = await writeDataset(folder, { count: 16, masks: 12 });
  const check = (...flags: string[]) => fewmask(['data', 'check', folder, ...flags]);
  const sound = await check('--strict');
  expect(sound).toMatchObject({ code: 0, stderr: '' });
  expect(sound.stdout).toMatch(/^images +16$[\s\S]*^ready: 10 images to train on, 12 to pretrain on\n$/m);

  await writeList(folder, 'test.txt', [stems[0], stems[15]]);
  const lenient = await check();
  expect(lenient).toMatchObject({ code: 0, stderr: '' });
  expect(lenient.stdout).toMatch(
    /^problems\n {2}image-15 is in test.txt and has no mask\n\n1 problem; what cannot be used is left out: \d+ images to train on, \d+ to pretrain on\n$/m,
  );
  const strict = await check('--strict', '--json');
  expect(strict).toMatchObject({ code: 2, stderr: '' });
  const { folder: named, images, problems } = JSON.parse(strict.stdout) as DataCheck;
  expect([named, images.total, problems.length]).toEqual([folder, 16, 1]);

  const other = join(root, 'other');
  await writeDataset(other, { count: 3, masks: 0, seed: 1 });
  await copyFile(join(folder, 'images', 'image-04.png'), join(other, 'images', 'image-99.png'));
  const both = await fewmask(['data', 'check', other, folder, '--strict', '--json']);
  // The problem is the second folder's.
  expect(both).toMatchObject({ code: 2, stderr: '' });
  const { also, clusters, crossing } = JSON.parse(both.stdout) as DataCheck;
  expect(also!.map((check) => [check.folder, check.images.total])).toEqual([[folder, 16]]);
  expect(clusters).toEqual([[`${other}/image-99`, `${folder}/image-04`]]);
  expect(crossing).toEqual(clusters);
});

test('what is no folder of images is refused', async () => {
  expect(await complaint(['data', 'check', join(root, 'none')])).toMatch(/none: got no such folder/);
  expect(await complaint(['data', 'check'])).toMatch(/missing required argument 'dir'; see --help/);
});
