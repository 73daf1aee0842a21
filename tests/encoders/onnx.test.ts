import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, StringStringEntryProtoSchema, TensorProto_DataLocation } from 'onnx-buf';
import * as ort from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { type EncoderOptions, readEncoder } from '../../src/encoders/read.node.ts';
import { loadEncoder } from '../../src/encoders/session.ts';
import { encodeModel } from '../../src/onnx/model.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { convolutions, transformer, writeModel } from '../support/onnx-encoder.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const at = (name: string) => join(root, name);
const square = (size: number): EncoderOptions => ({ size: { height: size, width: size } });

/** Images [n, 3, size, size] in [-1, 1]. */
function images(n: number, size: number): Tensor {
  const stream = new RandomStream('images');
  const shape = [n, 3, size, size];
  return { shape, data: Float32Array.from({ length: n * 3 * size * size }, () => 2 * stream.uniform() - 1) };
}

async function tapsOf(file: string, n: number, size: number, options = square(size)) {
  const { encoder, weights } = await readEncoder(file, {}, options);
  const engine = new Engine({ threads: 1 });
  try {
    const session = await loadEncoder(engine, encoder, weights, { batch: n, height: size, width: size });
    return await session.run({ image: images(n, size) });
  } finally {
    await engine.close();
  }
}

/** What ONNX Runtime makes of image i, scaled by hand. */
async function reference(file: string, i: number, size: number, mean: number[], std: number[]) {
  const { data } = images(i + 1, size);
  const area = size * size;
  const image = data.slice(3 * i * area).map((value, at) => {
    const c = Math.floor(at / area);
    return (0.5 * value + 0.5 - mean[c]) / std[c];
  });
  const session = await ort.InferenceSession.create(file);
  const made = await session.run({
    [session.inputNames[0]]: new ort.Tensor('float32', image, [1, 3, size, size]),
  });
  return (name: string) => made[name].data as Float32Array;
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

test('feature maps are taps, shallow to deep, of images scaled as the metadata say', async () => {
  const file = await writeModel(at('conv.onnx'), convolutions(32));
  const { encoder } = await readEncoder(file, {}, square(32));
  expect(encoder.taps).toEqual([
    { name: 'stride_4', channels: 4, stride: 4 },
    { name: 'stride_8', channels: 6, stride: 8 },
    { name: 'stride_16', channels: 8, stride: 16 },
  ]);
  const taps = await tapsOf(file, 3, 32);
  for (const i of [0, 1, 2]) {
    const made = await reference(file, i, 32, [0.4, 0.5, 0.6], [0.2, 0.25, 0.3]);
    for (const [tap, name] of [
      ['stride_4', 'low'],
      ['stride_8', 'middle'],
      ['stride_16', 'high'],
    ]) {
      const { data } = taps[tap];
      const own = data.subarray((i * data.length) / 3, ((i + 1) * data.length) / 3);
      expect(largestDifference(own, made(name))).toBeLessThan(1e-6);
      expect(Math.max(...own)).toBeGreaterThan(0.01);
    }
  }
});

test.each([
  [14, 28, 0],
  [16, 64, 4],
])('tokens of patches of %i become a map, those before them left out', async (patch, size, registers) => {
  const file = await writeModel(at(`vit${patch}.onnx`), transformer(size, patch, registers));
  const { encoder } = await readEncoder(file, {}, square(size));
  expect(encoder.taps).toEqual([{ name: `stride_${patch}`, channels: 8, stride: patch }]);
  const taps = await tapsOf(file, 1, size);
  const made = (await reference(file, 0, size, IMAGENET.mean, IMAGENET.std))('mixed');
  const side = size / patch;
  const map = taps[`stride_${patch}`].data;
  const wanted = map.map((_, i) => {
    const [c, place] = [Math.floor(i / side ** 2), i % side ** 2];
    return made[(1 + registers + place) * 8 + c];
  });
  expect(largestDifference(map, wanted)).toBeLessThan(1e-6);
});

test('outputs are chosen by name; two of one stride are put together', async () => {
  const file = await writeModel(at('chosen.onnx'), transformer(32, 16, 4));
  const options = { ...square(32), taps: 'mixed@5,last_hidden_state@5' };
  const { encoder } = await readEncoder(file, {}, options);
  expect(encoder.taps).toEqual([{ name: 'stride_16', channels: 16, stride: 16 }]);
  const { data } = (await tapsOf(file, 1, 32, options)).stride_16;
  const made = await reference(file, 0, 32, IMAGENET.mean, IMAGENET.std);
  expect(data[0]).toBeCloseTo(made('mixed')[5 * 8], 5);
  expect(data[8 * 4]).toBeCloseTo(made('last_hidden_state')[5 * 8], 5);
  expect(await refusal(readEncoder(file, {}, { ...square(32), taps: 'other' }))).toMatch(/no such output/);
  expect(await refusal(readEncoder(file, {}, { ...square(32), taps: 'mixed@9' }))).toMatch(/tokens/);
});

test.each([
  ['unit', [0, 0, 0], [1, 1, 1]],
  ['symmetric', [0.5, 0.5, 0.5], [0.5, 0.5, 0.5]],
  ['imagenet', IMAGENET.mean, IMAGENET.std],
  ['0.1,0.2,0.3/0.4,0.5,0.6', [0.1, 0.2, 0.3], [0.4, 0.5, 0.6]],
])('the scale of its input may be told: %s', async (input, mean, std) => {
  const file = await writeModel(at('scaled.onnx'), convolutions(32));
  const { stride_4: found } = await tapsOf(file, 1, 32, { ...square(32), input });
  const wanted = (await reference(file, 0, 32, mean, std))('low');
  expect(largestDifference(found.data, wanted)).toBeLessThan(1e-5);
});

test.each(['none', '0.5,0.5,0.5', '1,1,1/1,0,1', '1,1/1,1', 'toString'])('no scale: %s', async (input) => {
  const file = await writeModel(at('unscaled.onnx'), convolutions(32));
  expect(await refusal(readEncoder(file, {}, { ...square(32), input }))).toMatch(/encoderInput: got/);
});

test('the image itself may be the first tap', async () => {
  const file = await writeModel(at('pixels.onnx'), convolutions(32));
  const { pixels, stride_4 } = await tapsOf(file, 2, 32, { ...square(32), imageSkip: true });
  expect(pixels).toEqual(images(2, 32));
  expect(stride_4).toEqual((await tapsOf(file, 2, 32)).stride_4);
});

test('its identity is the content of all its files', async () => {
  const model = convolutions(32);
  const [a, b] = [await writeModel(at('a.onnx'), model), await writeModel(at('b.onnx'), model)];
  const other = await writeModel(at('c.onnx'), { ...model, description: 'another' });
  const hash = async (file: string) => (await readEncoder(file, {}, square(32))).sha256;
  expect(await hash(a)).toBe(await hash(b));
  expect(await hash(a)).not.toBe(await hash(other));
});

/** A model whose first weight lies in another file. */
async function withExternalData(file: string, location: string): Promise<string> {
  const proto = fromBinary(ModelProtoSchema, encodeModel(convolutions(32)));
  const [weight] = proto.graph!.initializer;
  weight.dataLocation = TensorProto_DataLocation.EXTERNAL;
  weight.externalData = [create(StringStringEntryProtoSchema, { key: 'location', value: location })];
  await writeFile(resolve(dirname(file), location), weight.rawData);
  weight.rawData = new Uint8Array();
  await writeFile(file, toBinary(ModelProtoSchema, proto));
  return file;
}

test('external data lie in the same folder, and belong to the identity', async () => {
  await mkdir(at('external'));
  const file = await withExternalData(at('external/model.onnx'), 'model.data');
  const inside = await tapsOf(await writeModel(at('whole.onnx'), convolutions(32)), 1, 32);
  const outside = await tapsOf(file, 1, 32);
  expect(largestDifference(outside.stride_16.data, inside.stride_16.data)).toBe(0);
  const { sha256 } = await readEncoder(file, {}, square(32));
  await writeFile(at('external/model.data'), new Float32Array(4 * 3 * 4 * 4));
  expect((await readEncoder(file, {}, square(32))).sha256).not.toBe(sha256);

  for (const location of ['../stolen.data', 'below/model.data', at('absolute.data')]) {
    await mkdir(at('external/below'), { recursive: true });
    const leaving = at('external/leaving.onnx');
    await withExternalData(leaving, location);
    expect(await refusal(readEncoder(leaving, {}, square(32)))).toMatch(
      /external data: got .*expected a file in the same folder/,
    );
  }
});

test('what cannot be used is refused, with what can be done', async () => {
  const read = (file: string, size = 32) => refusal(readEncoder(file, {}, square(size)));
  await writeFile(at('damaged.onnx'), 'nothing of the kind');
  expect(await read(at('damaged.onnx'))).toMatch(/damaged.onnx: got a file that is no ONNX model/);
  expect(await read(at('missing.onnx'))).toMatch(/no such file/);

  const conv = convolutions(32);
  const fixed = await writeModel(at('size.onnx'), conv);
  expect(await read(fixed, 64)).toMatch(/inputs: got image float32 .*; pass --size 32x32/);
  const four = { ...conv, inputs: [{ name: 'image', shape: [4, 3, 32, 32] }] };
  expect(await read(await writeModel(at('batch.onnx'), four))).toMatch(
    /got image float32 \[4,3,32,32\].*for batches/,
  );
  const pooled = { ...conv, outputs: conv.outputs.slice(0, 1) };
  expect(await read(await writeModel(at('pooled.onnx'), pooled))).toMatch(
    /outputs: got pooled .*expected feature maps/,
  );
  const two = { ...conv, inputs: [...conv.inputs, { name: 'more', shape: [1] }] };
  expect(await read(await writeModel(at('two.onnx'), two))).toMatch(/one for images.*with one input/);

  // The first axis is that of images: two maps of one image are none.
  const join = {
    operator: 'Concat',
    domain: '',
    inputs: ['high', 'high'],
    outputs: ['twice'],
    attributes: { axis: 0 },
  };
  const twice = { ...conv, nodes: [...conv.nodes, join], outputs: [{ name: 'twice', shape: [2, 8, 2, 2] }] };
  expect(await read(await writeModel(at('twice.onnx'), twice))).toMatch(/outputs: got twice \[2, 8, 2, 2\]/);
});

test('a mean over the image is no map where there are larger ones, unless it is chosen', async () => {
  const conv = convolutions(64);
  const mean = { name: 'mean', shape: [1, 8, 1, 1] };
  const file = await writeModel(at('mean.onnx'), { ...conv, outputs: [mean, ...conv.outputs] });
  const strides = async (options: EncoderOptions) =>
    (await readEncoder(file, {}, options)).encoder.taps.map(({ stride }) => stride);
  expect(await strides(square(64))).toEqual([4, 8, 16]);
  expect(await strides({ ...square(64), taps: 'high,mean' })).toEqual([16, 64]);
  // Half as large as the deepest map, but of its channels.
  const small = convolutions(32);
  const half = await writeModel(at('half.onnx'), { ...small, outputs: [mean, ...small.outputs] });
  const { encoder } = await readEncoder(half, {}, square(32));
  expect(encoder.taps.map(({ stride }) => stride)).toEqual([4, 8, 16]);
});

test('in an image as small as the largest stride the deepest map is one of a single pixel', async () => {
  const conv = convolutions(16);
  const file = await writeModel(at('small.onnx'), conv);
  const { encoder } = await readEncoder(file, {}, square(16));
  expect(encoder.taps.map(({ stride }) => stride)).toEqual([4, 8, 16]);
});

/** A model of a single convolution, whose output goes through one more node. */
async function through(name: string, operator: string, output = 'made') {
  const conv = convolutions(32);
  const last = { operator, domain: '', inputs: ['low'], outputs: [output], attributes: {} };
  const outputs = [{ name: output, shape: [1, 4, 8, 8] }];
  return writeModel(at(name), { ...conv, nodes: [...conv.nodes.slice(0, 2), last], outputs });
}

test('a model that is random is refused', async () => {
  const file = await through('random.onnx', 'RandomNormalLike');
  expect(await refusal(readEncoder(file, {}, square(32)))).toMatch(
    /output made: got other numbers when it is run again.*evaluation mode/,
  );
});

test('numbers that are not finite are told of the model, not of the training', async () => {
  const file = await through('undefined.onnx', 'Log');
  await readEncoder(file, {}, square(32)).catch(() => {});
  expect(await refusal(tapsOf(file, 1, 32))).toMatch(
    /undefined.onnx: output made: got values that are not finite/,
  );
});

test('an ending in capitals, and an output whose own name ends as a number of tokens does', async () => {
  const file = await through('UPPER.ONNX', 'Relu', 'features@3');
  const { encoder } = await readEncoder(file, {}, { ...square(32), taps: 'features@3' });
  expect(encoder.taps).toEqual([{ name: 'stride_4', channels: 4, stride: 4 }]);
});
