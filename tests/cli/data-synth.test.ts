import { expect, test } from 'vitest';
import { complaint, fewmask } from '../support/cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const few = ['--count', '4', '--labelled', '2', '--test', '1', '--size', '32x40'];

test('data synth writes a set, and says what it holds', async () => {
  const json = await fewmask(['data', 'synth', '--out', 'set', ...few, '--json'], root);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(json.stdout)).toMatchObject({
    out: 'set',
    images: 4,
    labelled: 2,
    test: 1,
    size: '32x40',
  });
  const text = await fewmask(['data', 'synth', '--out', 'set', ...few, '--overwrite'], root);
  expect(text.stdout).toMatch(
    /^4 images of 32x40 in set: 1 with masks to test on, 2 with masks .*, 1 without masks\nnext: /,
  );
});

test.each([
  ['no folder', [], /out: got nothing, expected folder to write.*; see --help/],
  ['an unknown flag', ['--out', 'x', '--cuont', '3'], /unknown option '--cuont' \(Did you mean --count\?\)/],
  ['too many masks', ['--out', 'x', ...few, '--count', '2'], /labelled and test: got 2 \+ 1/],
])('%s is said in one line, with exit code 2', async (_, args, message) => {
  expect(await complaint(['data', 'synth', ...args], root)).toMatch(message);
});
