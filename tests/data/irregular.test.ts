import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readNamed, readText } from '../../src/core/files.node.ts';
import { pageCount } from '../../src/data/decode/content.node.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { openRows } from '../../src/data/decode/region.node.ts';
import { imageSize } from '../../src/data/decode/size.node.ts';
import { readDataFolder } from '../../src/data/folders/folder.node.ts';
import { describeEncoderFile } from '../../src/encoders/files.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { makePipe } from '../support/pipe.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const pipeAt = (...names: string[]) => makePipe(at(...names));

describe.skipIf(process.platform === 'win32').each([
  ['a pipe', makePipe],
  ['a device', (path: string) => symlink('/dev/zero', path)],
])('%s is named and never read', async (what, make) => {
  const path = at(`${what}.png`);
  await make(path);

  test.each<[string, () => unknown]>([
    ['as an image', () => decodeImage(path)],
    ['row by row', () => openRows(path)],
    ['page by page', () => pageCount(path)],
    ['for its size', () => imageSize(path)],
    ['as an encoder', () => describeEncoderFile(path, path, 'an encoder')],
    ['as what lies in a folder', () => readNamed(path, 'weights')],
  ])('%s', async (_, read) => {
    expect(await refusal(read)).toContain(`${path}: got ${what}, expected`);
  });
});

describe.skipIf(process.platform === 'win32')('a pipe', () => {
  test('as a list of a data folder is named', async () => {
    await writeDataset(at('listed'), { count: 2 });
    pipeAt('listed', 'train.txt');
    expect(await refusal(readDataFolder(at('listed')))).toMatch(/train\.txt: got a pipe/);
    await rm(at('listed', 'train.txt'));
    pipeAt('listed', 'classes.txt');
    expect(await refusal(readDataFolder(at('listed')))).toMatch(/classes\.txt: got a pipe/);
  });

  test('among images is named, and the others are predicted', async () => {
    const { settings, stems } = await tinySettings(root, 2);
    const run = await untrainedRun(at('run'), 'train', settings);
    pipeAt('data', 'images', 'pipe.png');
    const { predictions, unusable } = await predict({ run, images: [at('data/images')] }, { out: at('out') });
    expect(predictions).toHaveLength(stems.length);
    expect(unusable).toMatchObject([{ image: at('data/images/pipe.png') }]);
  });

  test('can give text, as from a shell', async () => {
    pipeAt('settings.yaml');
    const [text] = await Promise.all([
      readText(at('settings.yaml'), 'settings'),
      writeFile(at('settings.yaml'), 'epochs: 3'),
    ]);
    expect(text).toBe('epochs: 3');
  });
});
