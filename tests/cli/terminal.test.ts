import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { complaint, fewmask } from '../support/cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 1);
await untrainedRun(join(root, 'run'), 'train', settings);

const name = 'a\x1b[31m\r\n\u202eb\x9b.png';
const shown = String.raw`a\x1b[31m\x0d\n\u202eb\x9b.png`;

test.skipIf(process.platform === 'win32')('names of files do not steer the terminal', async () => {
  await mkdir(join(root, 'odd'));
  await writeFile(join(root, 'odd', name), 'no image');
  const only = ['predict', 'run', join('odd', name), '--out', 'p'];
  expect(await complaint(only, root)).toContain(`odd/${shown}: got`);
  await copyFile(join(root, 'data/images/image-00.png'), join(root, 'odd', 'sound.png'));
  const out = 'masks\x1b[2J';
  const text = await fewmask(['predict', 'run', 'odd', '--out', out], root);
  expect(text.stderr).toContain(`\n  odd/${shown}: got`);
  expect(text.stdout).toContain(String.raw`1 png files in masks\x1b[2J (`);
  const json = await fewmask(['predict', 'run', 'odd', '--out', out, '--overwrite', '--json'], root);
  expect(JSON.parse(json.stdout)).toMatchObject({
    predictions: [{ file: join(out, 'sound.png') }],
    unusable: [{ image: join('odd', name) }],
  });
});

test('flags do not, either', async () => {
  expect(await complaint(['predict', '--\x1b[2J'], root)).toContain(String.raw`unknown option '--\x1b[2J'`);
});
