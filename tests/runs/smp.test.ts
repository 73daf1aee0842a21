import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/shape.ts';
import { type Tensors, tensor } from '../../src/core/tensor.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { resNet18, resNet34, resNet50 } from '../../src/encoders/resnet.ts';
import type { Network } from '../../src/eval/predictor.ts';
import type { Encoder } from '../../src/nn/encoder.ts';
import { type Head, IMAGE_HEAD, MASK_HEAD } from '../../src/nn/head.ts';
import { parseSkips } from '../../src/nn/skips.ts';
import { evaluationGraph } from '../../src/nn/step-graph.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { exportRun } from '../../src/runs/export.node.ts';
import { smpStateDict } from '../../src/runs/smp.ts';
import { freshWeights } from '../../src/train/weights.ts';
import { refusal } from '../support/expect-user-error.ts';
import { runGraph } from '../support/run-graph.ts';
import { largestDifference } from '../support/shared.ts';
import { smpUnetShapes } from '../support/smp-unet.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { drawWeights, type NetworkName } from '../support/torchvision-reference.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (name: string) => join(root, name);
const { settings } = await tinySettings(root, 1);
const channels = [24, 16, 12, 8, 6];

async function encoderFile(network: NetworkName): Promise<string> {
  const file = at(`${network}.safetensors`);
  if (!existsSync(file))
    await writeFile(file, encodeSafetensors({ tensors: drawWeights(network), metadata: {} }));
  return file;
}

async function resNetRun(name: string, network: NetworkName) {
  const encoder = await encoderFile(network);
  return untrainedRun(at(name), 'train', { ...settings, encoder, decoderChannels: channels });
}

/** The header of a file: type and shape of each tensor. */
function headerOf(bytes: Buffer) {
  const { __metadata__: _, ...tensors } = JSON.parse(
    bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString(),
  ) as Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>;
  return tensors;
}

/** A network with an encoder of zeros. */
function madeUp(encoder: Encoder, head: Head, skips?: string): Network {
  const parsed = skips === undefined ? undefined : parseSkips(skips, 4);
  const architecture = { encoder, decoder: 'unet', decoderChannels: channels, head, skips: parsed } as const;
  const zeros = encoder.tensors.map(({ name, shape }) => [name, tensor(shape)] as const);
  return {
    architecture,
    encoder: new Map(zeros),
    weights: freshWeights(architecture, 3),
    size: { height: 32, width: 32 },
  };
}

test.each([
  ['resnet34', resNet34, MASK_HEAD],
  ['resnet50', resNet50, IMAGE_HEAD],
] as const)("%s: names and shapes of segmentation_models_pytorch's Unet", (name, encoder, head) => {
  const { tensors, counts } = smpStateDict(madeUp(encoder, head), 'r');
  const shapes = [...tensors].map(([name, { shape }]) => [name, shape]);
  const integers = [...counts].map(([name, count]) => [name, count === 0 ? [] : 'another count']);
  expect(Object.fromEntries([...shapes, ...integers])).toEqual(smpUnetShapes(name, channels, head.channels));
});

test('of an encoder that was trained the weights are those of the network, not of the file', () => {
  const network = madeUp(resNet18, MASK_HEAD);
  const own = network.encoder.get('conv1.bias')!;
  own.data.fill(7);
  const weights = new Map(network.weights).set('encoder.conv1.bias', own);
  const { tensors } = smpStateDict({ ...network, weights }, 'r');
  expect(tensors.get('encoder.bn1.bias')).toBe(own);
  expect(tensors.has('encoder.conv1.bias')).toBe(false);
});

describe('a file', async () => {
  const run = await resNetRun('run', 'resnet18');
  const { file, metadata } = await exportRun({ run, to: 'smp' }, { out: at('smp.safetensors') });
  const bytes = await readFile(file);

  test("has the names and shapes of segmentation_models_pytorch's Unet, no more and no fewer", async () => {
    const tensors = headerOf(bytes);
    const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual(smpUnetShapes('resnet18', channels, 1));
    for (const [name, { dtype, data_offsets: offsets }] of Object.entries(tensors)) {
      const integer = name.endsWith('.num_batches_tracked');
      expect(dtype, name).toBe(integer ? 'I64' : 'F32');
      expect(offsets[0] % (integer ? 8 : 4), `${name} is aligned`).toBe(0);
    }
  });

  test('has the folded weights of the encoder, and batch norms there that change nothing', async () => {
    const { tensors } = decodeSafetensors(bytes, file);
    const { weights } = await readEncoder(await encoderFile('resnet18'));
    const of = (name: string) => tensors.get(`encoder.${name}`)!.data;
    for (const norm of ['bn1', 'layer1.1.bn2', 'layer4.0.downsample.1']) {
      const factors = of(`${norm}.weight`).map(
        (gamma, o) => gamma / Math.sqrt(of(`${norm}.running_var`)[o] + 1e-5),
      );
      expect(new Set(factors), norm).toEqual(new Set([1]));
      expect(new Set(of(`${norm}.running_mean`)), norm).toEqual(new Set([0]));
    }
    expect(of('layer4.0.downsample.0.weight')).toEqual(weights.get('layer4.0.downsample.weight')!.data);
    expect(of('layer4.0.downsample.1.bias')).toEqual(weights.get('layer4.0.downsample.bias')!.data);
    expect(of('layer2.1.conv2.weight')).toEqual(weights.get('layer2.1.conv2.weight')!.data);
    expect(of('layer2.1.bn2.bias')).toEqual(weights.get('layer2.1.conv2.bias')!.data);
  });

  test('tells which network it is, and how images are scaled', () => {
    expect(decodeSafetensors(bytes, file).metadata).toEqual(metadata);
    expect(metadata).toMatchObject({
      model:
        'segmentation_models_pytorch.Unet("resnet18", encoder_weights=None, decoder_channels=(24, 16, 12, 8, 6), classes=1)',
      format: 'pt',
      input_mean: '0.485,0.456,0.406',
      input_std: '0.229,0.224,0.225',
      input_scaling: '(value / 255 - mean) / std',
      output_activation: 'sigmoid',
      output_range: '[0, 1], after sigmoid',
      encoder: 'resnet18',
      threshold: '0.5',
    });
  });

  test('with gates is refused', async () => {
    const out = at('gates.safetensors');
    expect(await refusal(exportRun({ run, to: 'smp', gates: true }, { out }))).toMatch(
      /^gates: got gates with smp/,
    );
    expect(existsSync(out)).toBe(false);
  });
});

test('skips that were dropped while training are all there: the weights as they are', () => {
  const network = madeUp(resNet18, MASK_HEAD, 'drop:0.5');
  const { tensors } = smpStateDict(network, 'r');
  for (const [name, content] of network.weights) expect(tensors.get(name), name).toBe(content);
});

test.each([
  'gated',
  '1,3',
])('skips %s: the decoder with all skips and the exported weights does the same', async (skips) => {
  const network = madeUp(resNet18, MASK_HEAD, skips);
  const { architecture, weights } = network;
  weights.get('decoder.skip_gates')?.data.set([0.5, -1, 0, 2]);
  const { tensors } = smpStateDict(network, 'r');
  expect([...tensors.keys()].filter((name) => name.includes('gates'))).toEqual([]);
  const stream = new RandomStream('taps');
  const taps = resNet18.taps.map(({ name, channels, stride }) => {
    const shape = [1, channels, 32 / stride, 32 / stride];
    return [
      name,
      { shape, data: Float32Array.from({ length: sizeOf(shape) }, () => stream.normal()) },
    ] as const;
  });
  const output = async (of: typeof architecture, by: Tensors) => {
    const { outputs } = evaluationGraph(of, undefined, {
      ...network.size,
      batch: 1,
      weights: by,
      outputName: 'p',
    });
    return (await runGraph(outputs, Object.fromEntries(taps))).p.data;
  };
  const whole = { ...architecture, skips: undefined };
  const ours = await output(architecture, weights);
  expect(largestDifference(await output(whole, tensors), ours)).toBeLessThan(1e-6);
  expect(largestDifference(await output(whole, weights), ours)).toBeGreaterThan(1e-4);
});

describe('refused, with nothing written', () => {
  const out = at('refused.safetensors');
  const refused = async (options: object, place: object = {}) => {
    const run = await untrainedRun(at(`refused-${Math.random()}`), 'train', { ...settings, ...options });
    const message = await refusal(exportRun({ run, to: 'smp' }, { out, ...place }));
    expect(existsSync(out)).toBe(false);
    return message;
  };

  test('MobileNetV2, whose taps are others there', async () => {
    expect(await refused({})).toMatch(
      /got the encoder mobilenetv2, which .*expected one of resnet18, resnet34, resnet50; export to ONNX/,
    );
  });

  test('another decoder', async () => {
    const encoder = await encoderFile('resnet18');
    const options = { encoder, decoder: 'pix2pix', decoderChannels: [8, 8, 8, 8] };
    expect(await refused(options)).toMatch(/got the decoder pix2pix, .*expected unet/);
  });

  test('another ending', async () => {
    expect(await refused({}, { out: at('refused.pth') })).toMatch(
      /expected a file name that ends in \.safetensors/,
    );
  });
});
