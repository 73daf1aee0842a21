import { expect, test } from 'vitest';
import { complaint, fewmask } from '../support/cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();

test('data convert tells what it did, and what the format does not hold', async () => {
  const few = ['--count', '3', '--labelled', '1', '--test', '1', '--size', '32x40'];
  await fewmask(['data', 'synth', '--out', 'set', ...few], root);
  const { code, stdout } = await fewmask(
    ['data', 'convert', 'set', 'out', '--to', 'labelme', '--polygons'],
    root,
  );
  expect(code).toBe(0);
  expect(stdout).toBe(
    [
      'LabelMe holds no parts of the data: 2 images lose their place in one',
      'folder to labelme: 3 images (1 not annotated), 2 objects, 1 class, in out\n',
    ].join('\n'),
  );
});

test.each([
  ['no format', ['set', 'x'], /to: got nothing/],
  ['an unknown format', ['set', 'x', '--to', 'pascal'], /to: got "pascal", expected one of/],
  ['a folder that is not there', ['nowhere', 'x', '--to', 'coco'], /nowhere: got no such file/],
])('%s is said in one line, with exit code 2', async (_, args, message) => {
  expect(await complaint(['data', 'convert', ...args], root)).toMatch(message);
});
