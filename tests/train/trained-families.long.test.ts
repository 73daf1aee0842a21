import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { KERNELS } from '../../src/runtime/kernels.ts';
import { runTraining } from '../support/classic.ts';
import { readMetrics, readWeights } from '../support/read-run.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { drawWeights, type NetworkName } from '../support/torchvision-reference.ts';

const root = await temporaryFolder();
const { settings: tiny } = await tinySettings(root, 12);

/** An odd number of images, and images that are wider than high. */
const settings = {
  data: tiny.data,
  threads: 1,
  batch: 3,
  size: '32x64',
  maxSteps: 2,
  epochs: 1,
  optimizer: 'adam',
  lr: 1e-3,
  clipNorm: 0.5,
  trainEncoder: true,
} as const;

const CASES: readonly (readonly [NetworkName, 'unet' | 'pix2pix'])[] = [
  ['resnet18', 'unet'],
  ['resnet18', 'pix2pix'],
  ['resnet50', 'unet'],
  ['mobilenet_v2', 'pix2pix'],
];

describe.each(CASES)('%s, trained with %s', (network, decoder) => {
  const name = `${network}-${decoder}`;
  const out = (kernels: string) => join(root, `${name}-${kernels}`);

  test('blocked and plain kernels learn the same', async () => {
    const encoder = join(root, `${name}.safetensors`);
    await writeFile(encoder, encodeSafetensors({ tensors: drawWeights(network), metadata: {} }));
    const decoderChannels = decoder === 'unet' ? [16, 16, 8, 8, 8] : [16, 8, 8, 8];
    for (const kernels of KERNELS)
      await runTraining({ ...settings, encoder, decoder, decoderChannels, kernels }, { out: out(kernels) });
    const [auto, plain] = await Promise.all(KERNELS.map((kernels) => readMetrics(out(kernels))));
    for (const [i, row] of auto.steps.entries()) {
      expect(row['gradient_norm/encoder']).toBeGreaterThan(0);
      for (const [key, value] of Object.entries(row))
        expect(Math.abs(value / plain.steps[i][key] - 1), `${key} of step ${i + 1}`).toBeLessThan(5e-3);
    }
  });

  test('all of the encoder has moved, by no more than its rate lets it', async () => {
    const { tensors } = await readWeights(out('auto'), 'last');
    const { network: trained } = await openRun(out('auto'), { weights: 'last' });
    const { encoder } = trained.architecture;
    const { weights: before } = await readEncoder(join(root, `${name}.safetensors`));
    for (const { name: tensor } of encoder.tensors) {
      const moved = largestDifference(tensors.get(`encoder.${tensor}`)!.data, before.get(tensor)!.data);
      expect(moved, tensor).toBeGreaterThan(0);
      expect(moved, tensor).toBeLessThan(2.1e-4);
    }
  });
});
