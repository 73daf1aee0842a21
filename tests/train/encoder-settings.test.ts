import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { runTraining } from '../support/classic.ts';
import { writeEncoder } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 12);
const trained = { ...settings, trainEncoder: true } as const;
const at = (name: string) => ({ out: join(root, name) });

describe('what cannot be', () => {
  test('a decoder of another encoder is refused', async () => {
    await runPretraining({ ...settings, epochs: 1, maxSteps: 1 }, at('pre-other'));
    const other = await writeEncoder(join(root, 'other.safetensors'), 7);
    expect(await readFile(other)).not.toEqual(await readFile(settings.encoder));
    const message = await refusal(
      runTraining({ ...settings, encoder: other, pretrained: join(root, 'pre-other') }, at('no')),
    );
    expect(message).toMatch(/pre-other.*encoder: got one with SHA-256 .*expected .*name that encoder/s);
  });

  test.each([
    [
      { trainEncoder: 'deep:6' },
      /trainEncoder: got deep:6, expected all, none or deep:K with K from 1 to the 5/,
    ],
    [{ trainEncoder: 'deep:0' }, /trainEncoder: got deep:0/],
    [{ trainEncoder: 'some' }, /trainEncoder: got some/],
    [{ freezeEpochs: 2 }, /freezeEpochs: got 2 without --train-encoder/],
    [{ encoderLr: 0.5 }, /encoderLr: got 0.5 without --train-encoder/],
  ])('%j', async (given, message) => {
    expect(await refusal(runTraining({ ...settings, ...given }, at('no')))).toMatch(message);
  });

  test('a pretraining that learns nothing has no encoder to train', async () => {
    expect(await refusal(runPretraining({ ...trained, method: 'statistics' }, at('no')))).toMatch(
      /trainEncoder: got all with --method statistics/,
    );
  });
});
