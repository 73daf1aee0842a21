import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { Tensor, Tensors } from '../../src/core/tensor.ts';
import { Ensemble } from '../../src/eval/ensemble.node.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { exportRun } from '../../src/runs/export.node.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { train } from '../support/classic.ts';
import { fixture, pythonWith } from '../support/python.ts';
import { randomEncoder } from '../support/random-encoder.ts';
import { readWeights } from '../support/read-run.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { drawWeights, type NetworkName } from '../support/torchvision-reference.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const python = pythonWith('torch');
const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings } = await tinySettings(root, 6);
const [height, width] = [64, 96];

/** Values in [0, 1]. */
const stream = new RandomStream('pixels');
const image: Tensor = {
  shape: [2, 3, height, width],
  data: Float32Array.from({ length: 2 * 3 * height * width }, () => stream.uniform()),
};

const written = async (name: string, tensors: Tensors) => {
  await writeFile(at(name), encodeSafetensors({ tensors, metadata: {} }));
  return at(name);
};
const images = await written('image.safetensors', new Map([['image', image]]));

/** A run whose batch norms say something. */
async function runOf(name: string, encoder: string, kind: 'train' | 'pretrain', options: object = {}) {
  const run = await untrainedRun(at(name), kind, {
    ...settings,
    encoder,
    size: `${height}x${width}`,
    decoderChannels: [24, 16, 16, 8, 8],
    ...options,
  });
  const { tensors, metadata } = await readWeights(run, 'last');
  for (const [tensor, { data }] of tensors) {
    const [scale, shift] = tensor.endsWith('running_var') ? [0.05, 0.15] : [0.3, 0];
    if (/running_|\.1\.bias$/.test(tensor)) data.set(data.map((_, i) => shift + scale * Math.sin(i + 1)));
    if (tensor === 'decoder.skip_gates') data.set([0.5, 1.5, 0, 1]);
  }
  await writeFile(join(run, 'weights', 'last.safetensors'), encodeSafetensors({ tensors, metadata }));
  return run;
}

/** A run whose encoder has moved, far enough to be noticed. */
async function trainedRun(name: string, encoder: string): Promise<string> {
  const options = { ...settings, encoder, size: `${height}x${width}`, trainEncoder: true, encoderLr: 1 };
  await train({ ...options, lr: 0.01, decoderChannels: [24, 16, 16, 8, 8] }, { out: at(name) });
  const { tensors } = await readWeights(at(name), 'last');
  expect([...tensors.keys()].filter((tensor) => tensor.startsWith('encoder.')).length).toBeGreaterThan(0);
  return at(name);
}

/** What fewmask makes of the images. */
async function ours(run: string): Promise<number[]> {
  const { network } = await openRun(run, { weights: 'last' });
  const ensemble = await Ensemble.open([network], { batch: 2, threads: 1 });
  try {
    const outputs = await ensemble.run([image.data.map((value) => 2 * value - 1)]);
    return outputs.flatMap((output) => [...output]);
  } finally {
    await ensemble.close();
  }
}

async function expectAlike(run: string, output: string): Promise<void> {
  const [expected, bytes] = [await ours(run), await readFile(output)];
  const found = new Float32Array(new Uint8Array(bytes).buffer);
  expect(found.length).toBe(expected.length);
  expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.01);
  expect(largestDifference(found, expected)).toBeLessThan(1e-4);
}

describe.skipIf(!python)('in PyTorch', () => {
  test.each<[string, NetworkName, 'train' | 'pretrain', object]>([
    ['resnet34', 'resnet34', 'train', {}],
    ['resnet18, gated skips', 'resnet18', 'train', { skips: 'gated' }],
    ['resnet18, some skips', 'resnet18', 'train', { skips: '2,4' }],
    ['resnet18, an autoencoder', 'resnet18', 'pretrain', {}],
    ['resnet18, fed [0, 1]', 'resnet18', 'train', { encoderInput: 'unit' }],
  ])("%s: segmentation_models_pytorch's Unet, loaded strictly, gives the same", async (name, network, kind, options) => {
    const encoder = await written(`${network}.safetensors`, drawWeights(network));
    const run = await runOf(name, encoder, kind, options);
    const { file } = await exportRun(
      { run, to: 'smp', weights: 'last' },
      { out: at(`${name} for smp.safetensors`) },
    );
    const output = at(`${name}.bin`);
    execFileSync(python!, [fixture('smp_unet.py'), file, images, output]);
    await expectAlike(run, output);
  });

  test("a trained encoder goes along to segmentation_models_pytorch's Unet", async () => {
    const encoder = await written('resnet18.safetensors', drawWeights('resnet18'));
    const run = await trainedRun('resnet18, trained', encoder);
    const { file } = await exportRun(
      { run, to: 'smp', weights: 'last' },
      { out: at('trained for smp.safetensors') },
    );
    const output = at('trained.bin');
    execFileSync(python!, [fixture('smp_unet.py'), file, images, output]);
    await expectAlike(run, output);
  });

  test.each([
    false,
    true,
  ])('the script of docs/export.md gives the probabilities of a run, encoder trained: %s', async (trained) => {
    const document = await readFile(fileURLToPath(new URL('../../docs/export.md', import.meta.url)), 'utf8');
    const script = [...document.matchAll(/^```python\n(.*?)^```/gms)].at(-1)![1];
    const encoder = await written('mobilenet.safetensors', randomEncoder());
    const run = trained
      ? await trainedRun('default, trained', encoder)
      : await runOf('default', encoder, 'train');
    const placed = script
      .replace('"ENCODER"', JSON.stringify(encoder))
      .replaceAll('"RUN/weights/', JSON.stringify(join(run, 'weights/')).slice(0, -1));
    expect(placed.match(/RUN|ENCODER/)).toBeNull();
    const output = at('script.bin');
    await writeFile(
      at('script.py'),
      `${placed}
image = 2 * read(${JSON.stringify(images)})["image"] - 1
network(image).numpy().tofile(${JSON.stringify(output)})
`,
    );
    execFileSync(python!, [at('script.py')]);
    await expectAlike(run, output);
  });
});
