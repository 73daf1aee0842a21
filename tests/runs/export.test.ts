import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/files.node.ts';
import { decodeImage } from '../../src/data/decode/decode.node.ts';
import { resizeBilinear } from '../../src/data/decode/resize.ts';
import { toPlanes } from '../../src/data/loading/pixels.ts';
import { KNOWN_ENCODERS } from '../../src/encoders/catalogue.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { evaluationGraph } from '../../src/nn/step-graph.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { exportRun } from '../../src/runs/export.node.ts';
import { encoderFacts } from '../../src/runs/model-facts.node.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { writeDataset } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { readNpy } from '../support/read-npy.ts';
import { readWeights } from '../support/read-run.ts';
import { runGraph } from '../support/run-graph.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings } = await tinySettings(root, 1);
const [height, width] = [64, 32];
const network = { ...settings, size: `${height}x${width}` };
const stems = await writeDataset(at('mixed'), { count: 3 });
const images = stems.map((stem) => at('mixed/images', `${stem}.png`));

/** A run whose running statistics are not those it began with, so that folding them in matters, and no signal dies. */
async function movedRun(name: string, kind: 'train' | 'pretrain', options: typeof network): Promise<string> {
  const run = await untrainedRun(at(name), kind, options);
  const { tensors, metadata } = await readWeights(run, 'last');
  for (const [tensor, { data }] of tensors) {
    const [scale, shift] = tensor.endsWith('running_var') ? [0.05, 0.15] : [0.3, 0];
    if (/running_|\.1\.bias$/.test(tensor))
      data.forEach((_, i) => {
        data[i] = shift + scale * Math.sin(i + 1);
      });
  }
  await writeFile(join(run, 'weights', 'last.safetensors'), encodeSafetensors({ tensors, metadata }));
  return run;
}

async function planesOf(pictures: readonly string[]): Promise<Float32Array> {
  const planes = await Promise.all(
    pictures.map(async (path) => toPlanes(resizeBilinear(await decodeImage(path), { height, width }).data)),
  );
  return new Float32Array(planes.flatMap((values) => [...values]));
}

/** What a stranger's program does: plain ONNX Runtime, its default options, an array of so many images. */
async function runModel(file: string, pictures: readonly string[], gates?: readonly number[]) {
  const input = await planesOf(pictures);
  const session = await ort.InferenceSession.create(file);
  const image = new ort.Tensor('float32', input, [pictures.length, 3, height, width]);
  const outputs = await session.run({
    image,
    ...(gates && { skip_gates: new ort.Tensor('float32', gates, [5]) }),
  });
  await session.release();
  return outputs;
}

describe.each([
  ['train', 'unet', [8, 8, 8, 8, 8], 'probability', 1],
  ['train', 'pix2pix', [8, 8, 8, 8], 'probability', 1],
  ['pretrain', 'unet', [8, 8, 8, 8, 8], 'reconstruction', 3],
  ['pretrain', 'pix2pix', [8, 8, 8, 8], 'reconstruction', 3],
] as const)('%s, %s', async (kind, decoder, decoderChannels, output, channels) => {
  const options = { ...network, decoder, decoderChannels: [...decoderChannels] };
  const run = await movedRun(`${kind}-${decoder}`, kind, options);
  const file = at(`${kind}-${decoder}.onnx`);

  test('the exported file says what `predict` says, of one image and of three', async () => {
    await exportRun({ run }, { out: file });
    const out = at(`${kind}-${decoder}-npy`);
    await predict({ run, images }, { out, format: 'npy' });
    const expected = await Promise.all(
      stems.map(async (stem) => readNpy(await readFile(join(out, `${stem}.npy`))).data),
    );
    const all = await runModel(file, images);
    expect(Object.keys(all)).toEqual([output]);
    expect(all[output].dims).toEqual([3, channels, height, width]);
    const together = expected.flatMap((values) => [...values]);
    expect(Math.max(...together) - Math.min(...together)).toBeGreaterThan(0.01);
    expect(largestDifference(all[output].data as Float32Array, together)).toBeLessThan(1e-4);
    const one = await runModel(file, images.slice(1, 2));
    expect(one[output].dims).toEqual([1, channels, height, width]);
    expect(largestDifference(one[output].data as Float32Array, expected[1])).toBeLessThan(1e-4);
  });

  test('with gates: what fewmask makes of taps that are multiplied', async () => {
    const gated = at(`${kind}-${decoder}-gates.onnx`);
    await exportRun({ run, gates: true }, { out: gated });
    const whole = (await runModel(file, images))[output].data as Float32Array;
    const ones = await runModel(gated, images, [1, 1, 1, 1, 1]);
    expect(ones[output].dims).toEqual([3, channels, height, width]);
    expect(largestDifference(ones[output].data as Float32Array, whole)).toBeLessThan(1e-5);

    const gates = [0.5, 0, 2, 1, 0.25];
    const { network } = await openRun(run);
    const size = { height, width, batch: images.length };
    const image = { shape: [images.length, 3, height, width], data: await planesOf(images) };
    const taps = await runGraph(encoderGraph(mobileNetV2, network.encoder, size).outputs, { image });
    const multiplied = mobileNetV2.taps.map(({ name }, i) => {
      const { shape, data } = taps[name];
      return [name, { shape, data: data.map((x) => x * gates[i]) }];
    });
    const { architecture, weights } = network;
    const { outputs } = evaluationGraph(architecture, undefined, { ...size, weights });
    const expected = (await runGraph(outputs, Object.fromEntries(multiplied))).output.data;
    const found = (await runModel(gated, images, gates))[output].data as Float32Array;
    expect(largestDifference(found, expected)).toBeLessThan(1e-4);
    for (const i of gates.keys()) {
      const without = await runModel(gated, images, new Array(5).fill(1).with(i, 0));
      expect(largestDifference(without[output].data as Float32Array, whole), `gate ${i}`).toBeGreaterThan(
        1e-3,
      );
    }
  });
});

test('the model says what it is, what it takes and what it gives', async () => {
  const run = await untrainedRun(at('told'), 'train', network);
  const { file, bytes, metadata } = await exportRun({ run }, { out: at('told.onnx') });
  const content = await readFile(file);
  const model = fromBinary(ModelProtoSchema, content);
  expect(bytes).toBe(content.length);
  expect(Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]))).toEqual(metadata);
  expect(metadata).toMatchObject({
    kind: 'segmentation',
    input_height: '64',
    input_width: '32',
    input_scaling: 'value / 127.5 - 1',
    class_names: '["object"]',
    threshold: '0.5',
    decoder: 'unet',
    encoder_sha256: sha256(await readFile(settings.encoder)),
    weights: 'last',
    weights_sha256: sha256(await readFile(join(run, 'weights', 'last.safetensors'))),
  });
  expect(model).toMatchObject({ producerName: 'fewmask', irVersion: 8n });
  expect(model.producerVersion).toBe(metadata.fewmask_version);
  expect(model.docString).toBe('segmentation: image [N, 3, 64, 32], RGB in [-1, 1] -> probability');
  const shapes = [...model.graph!.input, ...model.graph!.output].map(({ name, type }) => {
    const { value } = type!.value as { value: { shape: { dim: { value: { value: unknown } }[] } } };
    return [name, ...value.shape.dim.map((dim) => dim.value.value)];
  });
  expect(shapes).toEqual([
    ['image', 'N', 3n, 64n, 32n],
    ['probability', 'N', 1n, 64n, 32n],
  ]);
  expect(model.opsetImport).toMatchObject([{ domain: '', version: 17n }]);
});

test('a model with gates says what they are; one of a run with learned gates has those, too', async () => {
  const gated = { ...network, skips: 'gated' };
  const run = await untrainedRun(at('learned'), 'train', gated);
  const { tensors, metadata: told } = await readWeights(run, 'last');
  tensors.get('decoder.skip_gates')!.data.set([0, 0.5, 1, 1]);
  await writeFile(join(run, 'weights', 'last.safetensors'), encodeSafetensors({ tensors, metadata: told }));
  const { file, metadata } = await exportRun({ run, gates: true }, { out: at('learned.onnx') });
  expect(metadata).toMatchObject({
    skips: 'gated',
    gates_name: 'skip_gates',
    gates_order: 'skip1,skip2,skip3,skip4,bottleneck',
    gates_strides: '2,4,8,16,32',
  });
  const model = fromBinary(ModelProtoSchema, await readFile(file!));
  expect(model.graph!.input.map(({ name }) => name).sort()).toEqual(['image', 'skip_gates']);
  const output = async (gates: number[]) =>
    (await runModel(file, images, gates)).probability.data as Float32Array;
  const whole = await output([1, 1, 1, 1, 1]);
  expect(largestDifference(await output([0, 1, 1, 1, 1]), whole), 'a gate that is 0').toBeLessThan(1e-6);
  expect(largestDifference(await output([1, 0, 1, 1, 1]), whole)).toBeGreaterThan(1e-5);
  const { predictions } = await predict({ run, images }, { out: at('learned-npy'), format: 'npy' });
  const predicted = await Promise.all(
    predictions.map(async (each) => readNpy(await readFile(each.file!)).data),
  );
  expect(
    largestDifference(
      predicted.flatMap((values) => [...values]),
      whole,
    ),
  ).toBeLessThan(1e-4);
});

test('the same run gives the same bytes, without a path in them', async () => {
  const run = await untrainedRun(at('equal'), 'train', network);
  const files = await Promise.all(
    ['a.onnx', 'deep/er/b.onnx'].map(async (name) =>
      readFile((await exportRun({ run }, { out: at(name) })).file),
    ),
  );
  expect(files[0].equals(files[1])).toBe(true);
  expect(files[0].includes(root)).toBe(false);
});

test('nothing is written over unless asked for, and nothing at all after a mistake', async () => {
  const run = await untrainedRun(at('run'), 'train', network);
  await mkdir(at('taken'));
  const out = at('taken', 'model.onnx');
  await writeFile(out, 'mine');
  const attempt = (place: object, options: object = {}) =>
    refusal(exportRun({ run, ...options }, { out, ...place }));
  expect(await attempt({})).toMatch(/model\.onnx: got a file in the way.*--overwrite/);
  expect(await attempt({ out: run, overwrite: true })).toMatch(/run: got another ending.*\.onnx/);
  expect(await attempt({ overwrite: true }, { weights: 'best' })).toMatch(
    /best\.safetensors: got no such file/,
  );
  expect(await attempt({ overwrite: true }, { run: at('nowhere') })).toMatch(
    /expected a run folder or a study folder/,
  );
  expect(await readdir(at('taken'))).toEqual(['model.onnx']);
  expect(await readFile(out, 'utf8')).toBe('mine');
  expect(await attempt({ out: at('new.onnx') }, { weights: 'best' })).toMatch(/--weights last/);
  expect(existsSync(at('new.onnx'))).toBe(false);
  await exportRun({ run }, { out, overwrite: true });
  expect((await readFile(out)).length).toBeGreaterThan(1e6);
});

test('a known encoder is named with its origin and licence, another by its hash alone', async () => {
  const run = await untrainedRun(at('named'), 'train', network);
  const { metadata } = await exportRun({ run }, { out: at('named.onnx') });
  expect(metadata.encoder).toBe('mobilenetv2');
  expect(metadata).not.toHaveProperty('encoder_licence');
  const [known] = KNOWN_ENCODERS;
  expect(encoderFacts(known.sha256, 'mobilenetv2')).toEqual({
    encoder: known.name,
    encoder_sha256: known.sha256,
    encoder_source: `npm ${known.package}@${known.version}`,
    encoder_licence: known.licence,
  });
});
