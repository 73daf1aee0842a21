import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/files.node.ts';
import { RandomStream } from '../../src/core/random.ts';
import type { Tensor, Tensors } from '../../src/core/tensor.ts';
import { formatOf } from '../../src/encoders/formats.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { describeEncoder, readEncoder } from '../../src/encoders/read.node.ts';
import { resNet18, resNet34, resNet50 } from '../../src/encoders/resnet.ts';
import type { Encoder } from '../../src/nn/encoder.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { KERNELS } from '../../src/runtime/kernels.ts';
import { refusal } from '../support/expect-user-error.ts';
import { fixture, pythonWith } from '../support/python.ts';
import { runGraph } from '../support/run-graph.ts';
import { largestDifference, readTensors } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { asTimm, drawWeights, forward, type NetworkName } from '../support/torchvision-reference.ts';

const root = await temporaryFolder();

/** Torchvision's networks, and the encoders that their files hold. */
const NETWORKS: readonly (readonly [NetworkName, string])[] = [
  ['resnet18', 'resnet18'],
  ['resnet34', 'resnet34'],
  ['resnet50', 'resnet50'],
  ['mobilenet_v2', 'mobilenetv2-pytorch'],
];

/** Of the largest value of a tap. */
const BOUND = 1e-4;

let files = 0;
async function written(tensors: Tensors): Promise<string> {
  const file = join(root, `${files++}.safetensors`);
  await writeFile(file, encodeSafetensors({ tensors, metadata: {} }));
  return file;
}

/** SHA-256 of each tensor: to compare millions of numbers. */
const bitsOf = (tensors: Tensors) =>
  Object.fromEntries([...tensors].map(([name, { data }]) => [name, sha256(new Uint8Array(data.buffer))]));

/** The taps of an image [1, 3, H, W] in [-1, 1] are those that are expected. */
async function expectTaps(
  file: string,
  image: Tensor,
  expected: (tap: string) => { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  kernels: (typeof KERNELS)[number] = 'auto',
): Promise<void> {
  const { encoder, weights } = await readEncoder(file);
  const [, , height, width] = image.shape;
  const { outputs } = encoderGraph(encoder, weights, { batch: 1, height, width });
  const taps = await runGraph(outputs, { image }, { kernels });
  for (const { name, channels, stride } of encoder.taps) {
    const { shape, data } = expected(name);
    expect(shape, name).toEqual([1, channels, height / stride, width / stride]);
    expect(taps[name].shape, name).toEqual(shape);
    const largest = largestDifference(data, new Float32Array(data.length));
    expect(largest, `${name} says something`).toBeGreaterThan(0.1);
    expect(largestDifference(taps[name].data, data) / largest, name).toBeLessThan(BOUND);
  }
}

describe.each(NETWORKS)('%s', (network, name) => {
  const tensors = drawWeights(network);
  const stream = new RandomStream('pixels', network);
  const image = {
    shape: [1, 3, 32, 64],
    data: Float32Array.from({ length: 3 * 32 * 64 }, () => 2 * stream.uniform() - 1),
  };
  const expected = forward(network, tensors, { ...image, data: Float64Array.from(image.data) });

  test('is known by its tensors, read of the header alone', async () => {
    for (const each of [tensors, asTimm(network, tensors)])
      expect(describeEncoder(await written(each)).name).toBe(name);
  });

  test.each(KERNELS)("has the taps of torchvision's file in float64, %s kernels", async (kernels) => {
    await expectTaps(await written(tensors), image, (tap) => expected[tap], kernels);
  });

  test("timm's file gives the same bits", async () => {
    const [ours, timms] = await Promise.all(
      [tensors, asTimm(network, tensors)].map(
        async (each) => (await readEncoder(await written(each))).weights,
      ),
    );
    expect(bitsOf(timms)).toEqual(bitsOf(ours));
  });

  test('weights that were read can be written and read again', async () => {
    const { weights } = await readEncoder(await written(tensors));
    const again = await readEncoder(await written(weights));
    if (network === 'mobilenet_v2') {
      // Their own names are those of TensorFlow's padding.
      expect(again.encoder.name).toBe('mobilenetv2');
      return;
    }
    expect(again.encoder.name).toBe(name);
    expect(bitsOf(again.weights)).toEqual(bitsOf(weights));
  });
});

describe('a file', () => {
  const tensors = drawWeights('mobilenet_v2');
  const name = 'mobilenetv2-pytorch';

  test.each([
    'module.',
    'model.',
    'module.encoder.',
    'backbone.',
  ])('all names may begin with %s', async (prefix) => {
    const renamed = new Map([...tensors].map(([tensor, content]) => [prefix + tensor, content]));
    const { encoder, weights } = await readEncoder(await written(renamed));
    expect(encoder.name).toBe(name);
    expect(bitsOf(weights)).toEqual(bitsOf((await readEncoder(await written(tensors))).weights));
    const last = [...tensors.keys()].filter((tensor) => tensor.endsWith('running_var')).at(-1)!;
    renamed.delete(prefix + last);
    expect(await refusal(readEncoder(await written(renamed)))).toContain(`tensor ${prefix}${last}: got none`);
  });

  test('a tensor of another shape is named', async () => {
    const other = [...tensors.keys()].find((tensor) => tensor.endsWith('running_mean'))!;
    const changed = new Map(tensors).set(other, { shape: [7], data: new Float32Array(7) });
    expect(await refusal(readEncoder(await written(changed)))).toContain(
      `tensor ${other}: got [7], expected [`,
    );
  });
});

test.each<[string, Encoder, string, string]>([
  ['more blocks, as ResNet-101', resNet50, 'layer3.6.conv1.weight', 'resnet50'],
  ['squeeze and excitation', resNet18, 'layer1.0.se.fc1.weight', 'resnet18'],
  ['a deeper stem', resNet34, 'conv1.0.weight', 'resnet34'],
  ['a deeper MobileNetV2', mobileNetV2, 'blocks.17.expand.weight', 'mobilenetv2'],
])('%s: refused by the first tensor that is too many', async (_, { tensors }, extra, name) => {
  const names = [...tensors.map((tensor) => tensor.name), 'fc.weight', extra];
  expect(await refusal(() => formatOf(names, 'f'))).toMatch(
    new RegExp(`^f: tensor ${extra}: got a tensor that no ${name} has.*docs/encoders.md`),
  );
});

const python = pythonWith('torch', 'torchvision');
const script = fixture('torchvision_taps.py');

describe.skipIf(!python).each(NETWORKS)("torchvision's own %s", (network) => {
  test.each([
    [64, 96],
    [128, 128],
  ])('at %i x %i', async (height, width) => {
    const out = join(root, `${network}-${height}`);
    execFileSync(python!, [script, network, `${height}`, `${width}`, out], { stdio: 'ignore' });
    const { image, ...taps } = Object.fromEntries(readTensors(join(out, 'taps.safetensors')));
    await expectTaps(join(out, 'weights.safetensors'), image, (tap) => taps[tap]);
    const renamed = asTimm(network, readTensors(join(out, 'weights.safetensors')));
    await expectTaps(await written(renamed), image, (tap) => taps[tap]);
  });
});
