import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { readCheckpoint } from '../../src/records/checkpoint.node.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 1);

async function edited(name: string, edit: (config: string) => string): Promise<string> {
  const run = await untrainedRun(join(root, name), 'train', settings);
  const file = join(run, 'config.yaml');
  await writeFile(file, edit(await readFile(file, 'utf8')));
  return run;
}

test('an edited weights file is taken as it is, if it fits', async () => {
  const run = await edited('edited-weights', (config) => config);
  const file = join(run, 'weights', 'last.safetensors');
  const { tensors } = await readCheckpoint(file);
  tensors.get('segmentation_head.0.bias')!.data[0] = 0.125;
  await writeFile(file, encodeSafetensors({ tensors, metadata: {} }));
  const { network } = await openRun(run);
  expect(network.weights.get('segmentation_head.0.bias')!.data[0]).toBe(0.125);
});

test('what an edited config.yaml leaves out has its default', async () => {
  const run = await edited('left-out', (text) => text.replace(/^decoderChannels:\n( {2}- .*\n)+/m, ''));
  expect(await readFile(join(run, 'config.yaml'), 'utf8')).not.toContain('decoderChannels');
  expect(await refusal(openRun(run))).toMatch(/tensor decoder.*: got .*expected .*256/);
});

test.each([
  [
    'unknown-key',
    (text: string) => `${text}lrr: 1\n`,
    /config\.yaml: got the unknown key lrr.*did you mean lr\?/,
  ],
  ['study', (text: string) => text.replace('kind: train', 'kind: study'), /kind: got study.*one run/],
  ['no-yaml', () => 'a: [1', /config\.yaml: got .*expected/],
  ['a-list', () => '- 1\n', /config\.yaml: got .*expected/],
  ['other-channels', (text: string) => text.replace('  - 8', '  - 16'), /tensor decoder.*: got .*expected/],
])('a config.yaml that does not hold: %s', async (name, edit, message) => {
  expect(await refusal(openRun(await edited(name, edit)))).toMatch(message);
});

test('an unknown key of a run of another version is told with both', async () => {
  const run = await edited('later', (text) => `${text}later: 1\n`);
  await writeFile(join(run, 'environment.json'), '{ "fewmask": "9.0.0" }');
  expect(await refusal(openRun(run))).toMatch(
    /config\.yaml \(of fewmask 9\.0\.0, this is \d.*\): got the unknown key later/,
  );
});

test('another encoder than the one that the decoder was trained with', async () => {
  const run = await edited('other-encoder', (config) => config);
  const { tensors } = await readCheckpoint(settings.encoder);
  tensors.get('stem.bias')!.data[0] += 1;
  const encoder = join(root, 'other.safetensors');
  await writeFile(encoder, encodeSafetensors({ tensors, metadata: {} }));
  expect(await refusal(openRun(run, { encoder }))).toMatch(
    /other\.safetensors: got an encoder with SHA-256 .*expected the one.*--encoder/,
  );
});
