import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Tensor } from '../../src/core/tensor.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { runTraining } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 6);
const run = await untrainedRun(join(root, 'run'), 'train', settings);
const autoencoder = await untrainedRun(join(root, 'autoencoder'), 'pretrain', settings);
const weightsOf = (folder: string) => join(folder, 'weights', 'last.safetensors');
const out = join(root, 'out');

/** What training is refused with; nothing may be written. */
async function refused(options: {
  encoder?: string;
  init?: string;
  pretrained?: string;
  decoderChannels?: number[];
}) {
  const message = await refusal(runTraining({ ...settings, ...options }, { out }));
  expect(existsSync(out)).toBe(false);
  return message;
}

async function fileWith(name: string, content: Uint8Array | ReadonlyMap<string, Tensor>): Promise<string> {
  const path = join(root, name);
  const bytes =
    content instanceof Uint8Array ? content : encodeSafetensors({ tensors: content, metadata: {} });
  await writeFile(path, bytes);
  return path;
}

test('an encoder that is a decoder', async () => {
  expect(await refused({ encoder: weightsOf(run) })).toMatch(
    /last\.safetensors: got tensors such as decoder\.blocks.*, expected the weights of an encoder: mobilenetv2, /,
  );
});

test('an encoder with one tensor of another shape, the first of two named', async () => {
  const tensors = new Map(randomEncoder());
  const narrow = { shape: [95, 16, 1, 1], data: new Float32Array(95 * 16) };
  for (const name of ['blocks.9.expand.weight', 'blocks.1.expand.weight']) tensors.set(name, narrow);
  expect(await refused({ encoder: await fileWith('narrow.safetensors', tensors) })).toMatch(
    /narrow\.safetensors: tensor blocks\.1\.expand\.weight: got \D*95\D+16\D+1\D+1\D*, expected \D*96\D+16\D+1\D+1\D/,
  );
});

test('files that are cut, empty, something else or missing', async () => {
  const whole = await readFile(settings.encoder);
  const cut = async (name: string, bytes: Uint8Array) => refused({ encoder: await fileWith(name, bytes) });
  expect(await cut('half', whole.subarray(0, whole.length / 2))).toMatch(/half: tensor .*the file is cut/);
  expect(await cut('header', whole.subarray(0, 100))).toMatch(/header: got 100 bytes without a whole header/);
  expect(await cut('nothing', new Uint8Array())).toMatch(/nothing: got 0 bytes/);
  expect(await cut('text', Buffer.from('not a tensor in sight, but long enough'))).toMatch(/text: got /);
  expect(await refused({ encoder: join(root, 'nowhere') })).toMatch(/nowhere: got no such file/);
  expect(await refused({ encoder: root })).toMatch(/EISDIR/);
});

test('a start from another architecture, from an encoder, from nowhere', async () => {
  expect(await refused({ init: weightsOf(run), decoderChannels: [16, 8, 8, 8, 8] })).toMatch(
    /tensor decoder\.blocks\.0\.conv1\.0\.weight: got \D*8\D.*expected \D*16\D/,
  );
  expect(await refused({ init: weightsOf(autoencoder) })).toMatch(
    /tensor segmentation_head\.0\.weight: got \D*3\D.*expected \D*1\D/,
  );
  expect(await refused({ init: settings.encoder })).toMatch(
    /tensor \S+: got a tensor that this network does not have/,
  );
  expect(await refused({ pretrained: settings.encoder })).toMatch(/tensor decoder\S+: got none/);
  expect(await refused({ pretrained: join(root, 'nowhere') })).toMatch(/nowhere: got no such file or folder/);
  expect(await refused({ pretrained: join(root, 'data') })).toMatch(/last\.safetensors: got no such file/);
});

/** A file's tensors, one number of them another. */
async function withNumber(path: string, name: string, at: number, value: number) {
  const { tensors } = decodeSafetensors(await readFile(path), path);
  tensors.get(name)!.data[at] = value;
  return tensors;
}

test.each([
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
])('weights and encoders with a number that is %d, its place named', async (value) => {
  const kernel = 'decoder.blocks.1.conv1.0.weight';
  const decoder = await withNumber(weightsOf(run), kernel, 9 * 200 + 4, value);
  const file = await fileWith('not-finite', decoder);
  const told = `not-finite: tensor ${kernel}: got ${value} at [1, 0, 1, 1], expected finite numbers`;
  expect(await refused({ init: file })).toContain(told);
  expect(await refused({ pretrained: file })).toContain(told);
  const encoder = await withNumber(settings.encoder, 'stem.bias', 7, value);
  expect(await refused({ encoder: await fileWith('encoder', encoder) })).toContain(
    `encoder: tensor stem.bias: got ${value} at [7], expected finite numbers`,
  );
  const damaged = await untrainedRun(join(root, `damaged${value}`), 'train', settings);
  await writeFile(weightsOf(damaged), encodeSafetensors({ tensors: decoder, metadata: {} }));
  expect(await refusal(openRun(damaged))).toContain(
    `last.safetensors: tensor ${kernel}: got ${value} at [1, 0`,
  );
});

test('a decoder that no memory holds, with both amounts', async () => {
  expect(await refused({ decoderChannels: [1e6, 8, 8, 8, 8] })).toMatch(
    /decoderChannels 1000000,8,8,8,8: got \d+\.\d GB of memory .*, expected at most the \d+\.\d GB/,
  );
});
