import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { complaint } from '../support/cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 6);
const files = ['--data', 'data', '--encoder', 'encoder.safetensors'];

beforeAll(async () => {
  await untrainedRun(join(root, 'run'), 'train', settings);
  await writeFile(join(root, 'typo.yaml'), `encoder: encoder.safetensors\ndata: data\npatence: 3\n`);
  await writeFile(join(root, 'good.yaml'), `encoder: encoder.safetensors\ndata: data\nbatch: 2\n`);
  await writeFile(join(root, 'more.yaml'), `batch: many\n`);
  await mkdir(join(root, 'mine'));
  await writeFile(join(root, 'mine', 'thesis.tex'), 'years of work');
  await writeFile(join(root, 'scores.csv'), 'mine');
});

describe.each([
  [
    'an unknown flag',
    ['train', ...files, '--seeed', '1'],
    /unknown option '--seeed' \(Did you mean --seed\?\)/,
  ],
  ['a bad number', ['train', ...files, '--batch', 'many'], /^fewmask: --batch: got "many", expected number/],
  [
    'a bad number behind a flag of two words',
    ['train', ...files, '--encoder-lr=-2'],
    /^fewmask: --encoder-lr: got -2, expected number/,
  ],
  [
    'the same number elsewhere',
    ['train', ...files, '--set', 'encoderLr=-2'],
    /^fewmask: encoderLr: got -2, expected number/,
  ],
  ['a missing file', ['train', '--data', 'data', '--encoder', 'nowhere'], /nowhere: got no such file/],
  [
    'an unknown key',
    ['train', '--config', 'typo.yaml'],
    /typo\.yaml: got the unknown key patence.*did you mean patience\?/,
  ],
  [
    'an unknown key of a second file',
    ['train', '--config', 'good.yaml', '--config', 'typo.yaml'],
    /typo\.yaml: got the unknown key patence/,
  ],
  ['settings of two files', ['train', '--config', 'good.yaml', '--config', 'more.yaml'], /batch: got "many"/],
  ['an earlier run', ['train', ...files, '--out', 'run'], /run: got a folder with 4 entries.*--overwrite/],
  ['no best weights', ['predict', 'run', 'data/images', '--weights', 'best', '--out', 'p'], /--weights last/],
  [
    'a task that is to begin anew',
    ['study', '--out', 'st', '--task', '1/2', '--overwrite'],
    /got --task and --overwrite, expected one/,
  ],
  ['a file in the way', ['evaluate', 'run', '--csv', 'scores.csv'], /scores\.csv: got a file in the way/],
])('%s', (_, args, message) => {
  test('is said in one line, with exit code 2', async () => {
    expect(await complaint(args, root)).toMatch(message);
  });
});

test('none of that has written anything', async () => {
  expect((await readdir(root)).sort()).toEqual([
    'data',
    'encoder.safetensors',
    'good.yaml',
    'mine',
    'more.yaml',
    'run',
    'scores.csv',
    'typo.yaml',
  ]);
  expect((await readdir(join(root, 'mine'))).length).toBe(1);
  expect((await readdir(join(root, 'run'))).sort()).toEqual([
    'config.yaml',
    'environment.json',
    'splits.json',
    'weights',
  ]);
});
