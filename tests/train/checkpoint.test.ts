import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Tensors } from '../../src/core/tensor.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { IMAGE_HEAD, MASK_HEAD } from '../../src/nn/head.ts';
import { type Architecture, HEAD_PREFIX, parametersOf } from '../../src/nn/model.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/records/checkpoint.node.ts';
import { RunFolder } from '../../src/records/run-folder.node.ts';
import { Checkpoints } from '../../src/train/checkpoints.node.ts';
import { completeWeights, freshWeights, transferDecoder } from '../../src/train/weights.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const mask: Architecture = {
  encoder: mobileNetV2,
  decoder: 'unet',
  decoderChannels: [8, 8, 8, 8, 8],
  head: MASK_HEAD,
};
const image: Architecture = { ...mask, head: IMAGE_HEAD };
const wider: Architecture = { ...mask, decoderChannels: [16, 8, 8, 8, 8] };
const isHead = (name: string) => name.startsWith(HEAD_PREFIX);
/** Equal values; comparing them one by one as a matcher does takes seconds. */
const expectSame = (a: Float32Array, b: Float32Array, name: string) =>
  expect(Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)), name).toBe(0);
const without = (tensors: Tensors, ...names: string[]) =>
  new Map([...tensors].filter(([name]) => !names.includes(name)));

test('fresh weights depend on the seed and the name alone, so that decoders of different heads start alike', () => {
  const [forMask, forImage] = [freshWeights(mask, 1), freshWeights(image, 1)];
  const [again, otherwise] = [freshWeights(mask, 1), freshWeights(mask, 2)];
  for (const [name, { data }] of forMask) {
    expectSame(again.get(name)!.data, data, name);
    if (!isHead(name)) expectSame(forImage.get(name)!.data, data, name);
    if (name.endsWith('.0.weight')) expect(otherwise.get(name)!.data[0], name).not.toBe(data[0]);
  }
});

test('an encoder of others in a file to start from is refused: a part of it would be left out', () => {
  const pretrained = new Map(freshWeights(image, 9));
  pretrained.set('encoder.bn1.running_mean', { shape: [1], data: new Float32Array(1) });
  expect(() => transferDecoder(mask, freshWeights(mask, 1), pretrained, 'file')).toThrow(
    /^file: got a tensor encoder\.bn1\.running_mean, which the encoder \S+ does not have/,
  );
});

test('a pretrained decoder comes with an output layer that is as fresh as without pretraining', () => {
  const fresh = freshWeights(mask, 5);
  const pretrained = freshWeights(image, 9);
  const started = transferDecoder(mask, fresh, pretrained, 'file');
  expect([...started.keys()].sort()).toEqual([...fresh.keys()].sort());
  for (const [name, { data, shape }] of started) {
    const source = isHead(name) ? fresh : pretrained;
    expectSame(data, source.get(name)!.data, name);
    expect(shape, name).toEqual(fresh.get(name)!.shape);
  }
});

test('a decoder of another architecture is refused with its first tensor that does not fit', async () => {
  const attempt = () => transferDecoder(mask, freshWeights(mask, 0), freshWeights(wider, 0), 'w.safetensors');
  expect(await refusal(attempt)).toMatch(
    /w\.safetensors: tensor decoder\.blocks\.0\.conv1\.0\.weight: got \D*16\D.*, expected \D*8\D/,
  );
});

test('complete weights: statistics may be missing, parameters not, strangers are named', async () => {
  const weights = freshWeights(mask, 3);
  const statistics = 'decoder.blocks.1.conv1.1.running_var';
  const lean = without(weights, statistics);
  expect(completeWeights(mask, lean, 'f').get(statistics)!.data).toEqual(new Float32Array(8).fill(1));
  const counter = new Map([
    ...weights,
    ['decoder.blocks.0.conv1.1.num_batches_tracked', { shape: [], data: Float32Array.of(6) }] as const,
  ]);
  expect(completeWeights(mask, counter, 'f').size).toBe(parametersOf(mask).length);

  const headless = without(weights, 'segmentation_head.0.bias');
  expect(await refusal(() => completeWeights(mask, headless, 'f'))).toMatch(
    /^f: tensor segmentation_head\.0\.bias: got none, expected/,
  );
  const strange = new Map([...weights, ['stem.weight', { shape: [1], data: Float32Array.of(0) }] as const]);
  expect(await refusal(() => completeWeights(mask, strange, 'f'))).toMatch(
    /^f: tensor stem\.weight: got a tensor that this network does not have/,
  );
});

test('of the state, what is written as last weights are the weights and nothing else', async () => {
  const weights = freshWeights(mask, 4);
  const folder = await RunFolder.create(join(root, 'rescued'), false);
  const checkpoints = new Checkpoints(
    {
      folder,
      provenance: { kind: 'train', architecture: mask, encoderSha256: 'ab', start: 'random', settings: {} },
      names: [...weights.keys()],
      better: { score: 'val_dice', sign: 1 },
    },
    {},
  );
  const state = new Map([
    ...weights,
    ['decoder.blocks.0.conv1.0.weight.m', { shape: [1], data: Float32Array.of(1) }] as const,
  ]);
  const { tensors } = await readCheckpoint(await checkpoints.writeLast(state, { rescued: true }));
  expect([...tensors.keys()]).toEqual([...weights.keys()].sort());
});

test('a file holds the weights, and the same bytes each time', async () => {
  const weights = freshWeights(mask, 4);
  const provenance = {
    kind: 'train',
    architecture: mask,
    encoderSha256: 'ab',
    start: 'random',
    settings: {
      ...{ lr: 0.1, clipNorm: 0, workers: 3, data: '/home/someone/data', patience: undefined },
      ...{ size: [64, 96], classes: [{ number: 1, name: 'polyp' }] },
    },
  } as const;
  const paths = ['one', 'other'].map((name) => join(root, name, 'w.safetensors'));
  for (const path of paths) await writeCheckpoint(path, weights, provenance, { epoch: 2 });
  expect((await readFile(paths[0])).equals(await readFile(paths[1]))).toBe(true);
  const { tensors, metadata } = await readCheckpoint(paths[0]);
  expect([...tensors.keys()]).toEqual([...weights.keys()].sort());
  for (const [name, { data, shape }] of tensors) {
    expect(shape, name).toEqual(weights.get(name)!.shape);
    expectSame(data, weights.get(name)!.data, name);
  }
  expect(metadata).toEqual({
    format: 'fewmask 1',
    kind: 'train',
    decoder: 'unet',
    decoder_channels: '8,8,8,8,8',
    outputs: '1',
    encoder: 'mobilenetv2',
    encoder_sha256: 'ab',
    start: 'random',
    lr: '0.1',
    clip_norm: '0',
    size: '64,96',
    classes: '[{"number":1,"name":"polyp"}]',
    epoch: '2',
  });
});
