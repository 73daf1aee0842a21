import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/files.node.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { runTraining } from '../support/classic.ts';
import { readSplits, readWeights, weightHash } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root);
const out = (name: string) => ({ out: join(root, name) });
/** Room for no image at all: each is decoded whenever it is needed. */
const otherwise = { workers: 3, memory: 1 };

describe('training', () => {
  let encoderBefore: string;

  beforeAll(async () => {
    encoderBefore = sha256(await readFile(settings.encoder));
    await runTraining(settings, out('one'));
    await runTraining({ ...settings, ...otherwise }, out('elsewhere/two'));
    await runTraining({ ...settings, seed: 1 }, out('seed-1'));
  });

  test.each([
    'best',
    'last',
  ] as const)('%s weights are the same bytes with other workers, memory and folder', async (which) => {
    const hash = await weightHash(join(root, 'one'), which);
    expect(await weightHash(join(root, 'elsewhere/two'), which)).toBe(hash);
    expect(await weightHash(join(root, 'seed-1'), which)).not.toBe(hash);
  });

  test('so are the test scores and the splits', async () => {
    for (const name of ['test.csv', 'splits.json']) {
      const read = (run: string) => readFile(join(root, run, name), 'utf8');
      expect(await read('elsewhere/two'), name).toBe(await read('one'));
    }
    const [one, other] = [await readSplits(join(root, 'one')), await readSplits(join(root, 'seed-1'))];
    expect(other.train).not.toEqual(one.train);
    expect(other.test).toEqual(one.test);
  });

  test('weights say how they came about, but not where, when and with how many workers', async () => {
    const { metadata } = await readWeights(join(root, 'one'), 'best');
    expect(metadata).toMatchObject({ kind: 'train', size: '32x32', batch: '2', seed: '0', epoch: '1' });
    const text = Object.entries(metadata).flat().join('\n');
    expect(text).not.toContain(root);
    expect(text).not.toMatch(/[/\\]|workers|threads|memory|20\d\d-|seconds/);
  });

  test('the encoder is neither moved nor written', async () => {
    expect(sha256(await readFile(settings.encoder))).toBe(encoderBefore);
    const { metadata, tensors } = await readWeights(join(root, 'one'), 'last');
    expect(metadata.encoder_sha256).toBe(encoderBefore);
    for (const name of tensors.keys()) expect(name).toMatch(/^(decoder|segmentation_head)\./);
  });
});

test('pretraining with noise gives the same bytes, too, and noise is not what identity sees', async () => {
  const { epochs: _, ...pretraining } = { ...settings, maxSteps: 2, sigma: 0.3 };
  await runPretraining({ ...pretraining, pretext: 'denoise' }, out('noise'));
  await runPretraining({ ...pretraining, ...otherwise, pretext: 'denoise' }, out('noise-again'));
  await runPretraining({ ...pretraining, pretext: 'identity' }, out('identity'));
  for (const which of ['best', 'last'] as const) {
    const hash = await weightHash(join(root, 'noise'), which);
    expect(await weightHash(join(root, 'noise-again'), which), which).toBe(hash);
    expect(await weightHash(join(root, 'identity'), which), which).not.toBe(hash);
  }
  expect((await readWeights(join(root, 'noise'), 'last')).metadata).toMatchObject({
    kind: 'pretrain',
    outputs: '3',
    pretext: 'denoise',
    sigma: '0.3',
  });
});
