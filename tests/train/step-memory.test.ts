import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import type { Architecture } from '../../src/nn/model.ts';
import { runPretraining } from '../../src/train/pretrain.node.ts';
import { expectStepMemory } from '../../src/train/step-memory.node.ts';
import { runTraining } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 4);
const architecture: Architecture = {
  ...{ encoder: mobileNetV2, decoder: 'unet', decoderChannels: [8, 8, 8, 8, 8], head: MASK_HEAD },
};

test('a size beyond any machine is refused before an image is read, with both amounts of memory', async () => {
  const wanted = { ...settings, data: join(root, 'nowhere'), size: 320_000 };
  for (const run of [runTraining, runPretraining]) {
    const message = await refusal(run(wanted, { out: join(root, 'run') }));
    expect(message).toMatch(
      /^size 320000x320000, 1 in a step: got [\d.]+ GB of memory that it takes at least, expected at most the [\d.]+ GB/,
    );
  }
});

test('so is a step of too many images, and usual ones are not', async () => {
  const size = { height: 256, width: 256 };
  expectStepMemory({ size, architecture }, 16);
  expect(await refusal(() => expectStepMemory({ size, architecture }, 10_000_000))).toMatch(
    /^size 256x256, 10000000 in a step: got /,
  );
});
