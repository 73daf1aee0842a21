import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { exportRun } from '../../src/runs/export.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

/** The examples import the built package by its name: `npm test` builds it first. */
const examples = new URL('../../examples/', import.meta.url);

const root = await temporaryFolder();
const at = (name: string) => join(root, name);
let settings: Awaited<ReturnType<typeof tinySettings>>['settings'];
let photo: string;
let metadata: Readonly<Record<string, string>>;

beforeAll(async () => {
  const tiny = await tinySettings(root);
  settings = tiny.settings;
  photo = join(settings.data, 'images', `${tiny.stems[1]}.png`);
  await untrainedRun(at('untrained'), 'train', settings);
  ({ metadata } = await exportRun({ run: at('untrained'), rawInput: true }, { out: at('model.onnx') }));
  await exportRun({ run: at('untrained') }, { out: at('plain.onnx') });
});

/** Runs an example in the temporary folder; `interrupt` sends it Ctrl-C at the first match in what it prints. */
function run(example: string, args: readonly string[], interrupt?: RegExp) {
  return new Promise<{ readonly code: number | null; readonly said: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL(example, examples)), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    let interrupted = false;
    const listen = (text: string) => {
      said += text;
      if (interrupted || !interrupt?.test(said)) return;
      interrupted = true;
      child.kill('SIGINT');
    };
    child.stdout.setEncoding('utf8').on('data', listen);
    child.stderr.setEncoding('utf8').on('data', listen);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, said }));
  });
}

test('train.mjs tells its progress, stops at Ctrl-C, and continues', async () => {
  const args = [JSON.stringify({ ...settings, epochs: 3 }), at('seg')];
  const stopped = await run('train.mjs', args, /step 1 of/);
  expect(stopped).toMatchObject({ code: 0 });
  expect(stopped.said).toMatch(/stopped after \d+ steps; the same command continues\n$/);
  const done = await run('train.mjs', args);
  expect(done).toMatchObject({ code: 0 });
  expect(done.said).toMatch(/epoch 3 of 3: loss \d\.\d{3}(, validation Dice [01]\.\d{3})?\n/);
  expect(done.said).toMatch(/test Dice [01]\.\d{3}; see .*report\.html\n$/);
});

test('train.mjs tells what a user has mistaken, without a stack', async () => {
  const { code, said } = await run('train.mjs', ['{"data": "nowhere"}', at('nothing')]);
  expect(code).toBe(2);
  expect(said).toMatch(/got .+, expected .+/);
  expect(said).not.toMatch(/^ +at /m);
});

test('predict.mjs shows mask and probabilities of an image in memory', async () => {
  const { code, said } = await run('predict.mjs', [at('untrained'), photo]);
  expect(code, said).toBe(0);
  const { width, height } = await sharp(photo).metadata();
  expect(said).toContain(`mask: ${width} x ${height} pixels`);
  expect(said).toContain('probabilities: 1 x 32 x 32');
  expect(await sharp(at('mask.png')).metadata()).toMatchObject({ width, height, channels: 1 });
});

test('onnx-node.mjs reads an exported model and its metadata, and agrees with the library', async () => {
  const { code, said } = await run('onnx-node.mjs', [at('model.onnx'), photo, at('from-onnx.png')]);
  expect(code, said).toBe(0);
  expect(said).toContain("output_name: 'probability'");
  const { predictions } = await predict({ run: at('untrained'), images: [photo] });
  const { mask, probabilities } = predictions[0];
  const written = await sharp(at('from-onnx.png')).extractChannel(0).raw().toBuffer();
  expect([...written]).toEqual([...mask!.data]);
  const mean = probabilities!.data.reduce((sum, p) => sum + p, 0) / probabilities!.data.length;
  expect(Number(/mean probability: (.+)/.exec(said)![1])).toBeCloseTo(mean, 5);
  const refused = await run('onnx-node.mjs', [at('plain.onnx'), photo, at('from-plain.png')]);
  expect(refused.said).toContain('export it with --raw-input');
});

test('metadata.mjs reads what the export has written', async () => {
  const { readMetadata } = await import(new URL('metadata.mjs', examples).href);
  expect(readMetadata(new Uint8Array(await readFile(at('model.onnx'))))).toEqual(metadata);
});

test('the page turns probabilities into a picture', async () => {
  const { overlayOf } = await import(new URL('browser/pixels.mjs', examples).href);
  expect([...overlayOf(new Float32Array([0.4, 0.5]), 0.5)]).toEqual([0, 0, 0, 0, 230, 120, 0, 140]);
});
