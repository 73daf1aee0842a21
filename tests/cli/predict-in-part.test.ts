import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fewmask } from '../support/cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings, stems } = await tinySettings(root, 2);
await untrainedRun(join(root, 'run'), 'train', settings);
const image = join(root, 'data', 'images', `${stems[0]}.png`);
const photos = join(root, 'photos');
await mkdir(photos);
const long = `${'n'.repeat(251)}.png`;
// It has no ending, and no room for that of its mask.
const tooLong = join(root, 'm'.repeat(254));
await copyFile(image, tooLong);
for (const name of ['a.png', 'z.png', long]) await copyFile(image, join(photos, name));
await writeFile(join(photos, 'damaged.png'), 'no image');

const predicted = (out: string, ...more: string[]) =>
  fewmask(['predict', join(root, 'run'), photos, '--out', join(root, out), ...more]);

test('files that cannot be used are named, the others are done, and the exit code says so', async () => {
  const { code, stderr } = await predicted('masks');
  expect(code).toBe(4);
  expect(stderr).toContain('damaged.png');
  expect((await readdir(join(root, 'masks'))).sort()).toEqual(['a.png', long, 'z.png'].sort());
});

test('a mask whose name is too long for the file system is named, and the others are done', async () => {
  const { code, stderr } = await predicted('more', tooLong);
  expect(code).toBe(4);
  expect(stderr).toContain('ENAMETOOLONG');
  expect((await readdir(join(root, 'more'))).sort()).toEqual(['a.png', long, 'z.png'].sort());
});

test('with --strict the first of them ends it', async () => {
  const { code, stderr } = await predicted('strict', '--strict');
  expect(code).toBe(2);
  expect(stderr).toMatch(/^fewmask: .*damaged\.png: got /m);
});
