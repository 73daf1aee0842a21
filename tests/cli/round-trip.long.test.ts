import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Finished, fewmask, fewmaskKilled } from '../support/cli.ts';
import { readCsv, readMetrics, readWeights, weightHash } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
await tinySettings(root);
const at = (name: string) => join(root, name);
const tiny = ['--size', '32', '--decoder-channels', '8,8,8,8,8', '--batch', '2'];
const training = [
  'train',
  '--recipe',
  'classic',
  '--data',
  'data',
  '--encoder',
  'encoder.safetensors',
  ...tiny,
];
let first: Finished;

beforeAll(async () => {
  first = await fewmask([...training, '--epochs', '2', '--lr', '1e-2', '--out', 'run', '--json'], root);
});

test('--json prints the result and nothing else', async () => {
  expect(first.code, first.stderr).toBe(0);
  const result = JSON.parse(first.stdout) as { test: { images: number }; out: string };
  expect(result).toMatchObject({
    kind: 'train',
    steps: 6,
    epochs: 2,
    images: 6,
    interrupted: false,
    out: 'run',
  });
  expect(JSON.parse(await readFile(at('run/summary.json'), 'utf8'))).toEqual({ ...result, out: undefined });
  expect(first.stderr).toMatch(
    /^masks: 0 = background, 255 = object\nhint: only 6 steps .*\nepoch 1: train loss \d.*\nepoch 2: .*\n$/,
  );
});

test('the run folder is complete, its report in one file', async () => {
  expect((await readdir(at('run'))).sort()).toEqual(
    'baselines.csv config.yaml environment.json images looks.json metrics.jsonl report.html results.csv splits.json summary.json test.csv weights'.split(
      ' ',
    ),
  );
  const report = await readFile(at('run/report.html'), 'utf8');
  expect(report.replace(/data:image[^"]*/g, '')).not.toMatch(/https?:|<script|<link|NaN|undefined/);
  expect(JSON.parse(await readFile(at('run/environment.json'), 'utf8')).command).toMatch(
    /^fewmask train --recipe classic --data data/,
  );
});

test("a run's own settings make the same weights again, elsewhere", async () => {
  const { code, stderr } = await fewmask([
    'train',
    '--config',
    at('run/config.yaml'),
    '--out',
    at('again'),
    '--no-pictures',
  ]);
  expect(code, stderr).toBe(0);
  for (const which of ['best', 'last'] as const) {
    expect(await weightHash(at('again'), which)).toBe(await weightHash(at('run'), which));
  }
  expect(await readFile(at('again/config.yaml'), 'utf8')).toBe(await readFile(at('run/config.yaml'), 'utf8'));
});

test('evaluation prints and writes the scores of the test', async () => {
  const { stdout, code } = await fewmask(['evaluate', 'run', '--csv', 'scores.csv', '--json'], root);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).summary).toEqual(JSON.parse(first.stdout).test);
  expect(await readCsv(at('scores.csv'))).toEqual(await readCsv(at('run/test.csv')));
});

test('several runs, views and scales, and masks as is asked for, are told above the scores', async () => {
  const several = ['--with', 'run', '--with', 'again', '--views', '4', '--scales', '1,2'];
  const masks = ['--mask-threshold', '0.4', '--fill-holes', '0.01', '--min-area', '0.001'];
  const { stdout, code, stderr } = await fewmask(['evaluate', 'run', ...several, ...masks], root);
  expect(code, stderr).toBe(0);
  expect(stdout.split('\n')[1]).toBe(
    'mean of 3 runs; 4 views; scales 1, 2; masks from 0.4 on; holes below 1 % of the image filled; parts below 0.1 % of the image removed',
  );
  const predicting = ['predict', 'run', '--with', 'again', 'data/images', '--out', 'masks', '--views', '8'];
  const predicted = await fewmask(predicting, root);
  expect(predicted.code, predicted.stderr).toBe(0);
  expect(predicted.stdout).toBe('10 png files in masks (best weights)\nmean of 2 runs; 8 views\n');
});

test('Ctrl-C keeps the weights after the step under way, and training goes on from them', async () => {
  const args = [...training, '--epochs', '100000', '--out', 'stopped'];
  const { code, stdout, stderr } = await fewmask(args, root, /epoch 2:/);
  expect(code, stderr).toBe(130);
  expect(stderr).toMatch(/stopping after this step/);
  expect(stdout).toMatch(/stopped; continue with: npx fewmask train --resume stopped\n/);
  const { metadata } = await readWeights(at('stopped'), 'last');
  expect(metadata.step).toBe(String((await readMetrics(at('stopped'))).steps.length));
  expect(await readdir(at('stopped'))).toContain('report.html');

  const init = at('stopped/weights/last.safetensors');
  const further = await fewmask(
    [...training, '--init', init, '--max-steps', '1', '--no-validation', '--out', 'on'],
    root,
  );
  expect(further.code, further.stderr).toBe(0);
  expect(further.stdout).toMatch(/^trained 1 steps on 8 images/);
});

test('killed without warning, it is resumed to the bytes of a run that was not', async () => {
  const long = [...training, '--epochs', '40', '--lr', '1e-2', '--no-pictures'];
  const whole = await fewmask([...long, '--out', 'undisturbed'], root);
  const rows = () =>
    readFile(at('cut/metrics.jsonl'), 'utf8').then(
      (text) => text.split('\n').length,
      () => 0,
    );
  // Three steps and the epoch make four rows: a kill after 42 is in the middle of an epoch.
  const signal = await fewmaskKilled([...long, '--out', 'cut'], root, async () => (await rows()) > 42);
  expect(signal).toBe('SIGKILL');
  const resumed = await fewmask(['train', '--resume', 'cut', '--no-pictures'], root);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(resumed.stdout.replace(/ in \d+ s|cut/g, '')).toBe(
    whole.stdout.replace(/ in \d+ s|undisturbed/g, ''),
  );
  for (const which of ['best', 'last'] as const) {
    expect(await weightHash(at('cut'), which)).toBe(await weightHash(at('undisturbed'), which));
  }
  expect((await readdir(at('cut'))).sort()).toEqual((await readdir(at('undisturbed'))).sort());

  const report = await stat(at('cut/report.html'));
  const again = await fewmask(['train', '--resume', 'cut'], root);
  expect([again.code, again.stdout], again.stderr).toEqual([0, resumed.stdout]);
  expect((await stat(at('cut/report.html'))).mtimeMs, 'what is done is left alone').toBe(report.mtimeMs);
});

test('a second Ctrl-C ends it at once, without a crash', async () => {
  const args = [...training, '--epochs', '100000', '--out', 'killed'];
  const { code, signal, stderr } = await fewmask(args, root, /epoch 1:/, /stopping after this step/);
  // It may have come to its end by itself in between.
  expect(signal ?? code, stderr).toSatisfy((end) => end === 'SIGINT' || end === 130);
  expect(stderr).not.toMatch(/terminate|Error/);
});
