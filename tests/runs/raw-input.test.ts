import { join } from 'node:path';
import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../src/core/shape.ts';
import type { ImageInMemory } from '../../src/data/decode/memory.ts';
import { resizePlane } from '../../src/data/decode/resize.ts';
import { toPlanes } from '../../src/data/loading/pixels.ts';
import { prepareImage } from '../../src/data/loading/prepare.ts';
import { encodeModel } from '../../src/onnx/model.ts';
import { exportRun } from '../../src/runs/export.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { BYTES, type RawInput, withRawInput } from '../../src/runs/raw-input.ts';
import { refusal } from '../support/expect-user-error.ts';
import { largestDifference } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings } = await tinySettings(root, 1);
const network = { height: 64, width: 32 };
const run = await untrainedRun(at('run'), 'train', { ...settings, size: '64x32' });

/** Waves under noise, other ones in each channel. */
function picture(width: number, height: number, channels: 1 | 2 | 3 | 4 = 3): ImageInMemory {
  const value = (i: number) => {
    const [c, x, y] = [i % channels, Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    return 128 + 90 * Math.sin((c + 1) * (x / 9 + y / 7)) + (((i + 1) * 7919) % 37);
  };
  return {
    width,
    height,
    channels,
    data: Uint8Array.from({ length: width * height * channels }, (_, i) => value(i)),
  };
}

type Element = RawInput['type'];

function tensorOf(images: readonly ImageInMemory[], type: Element): ort.Tensor {
  const [{ width, height, channels }] = images;
  const values = images.flatMap(({ data }) => [...data]);
  const data = type === 'uint8' ? Uint8Array.from(values) : Float32Array.from(values);
  return new ort.Tensor(type, data, [images.length, height, width, channels]);
}

const float32 = (tensor: ort.Tensor) => tensor.data as Float32Array;

const sizes = [
  [1, 1],
  [1, 90],
  [90, 1],
  [7, 5],
  [32, 64],
  [64, 32],
  [33, 63],
  [211, 157],
  [2, 1500],
  [640, 481],
] as const;
const images = [
  ...sizes.map(([width, height]) => picture(width, height)),
  ...([1, 2, 4] as const).map((channels) => picture(50, 40, channels)),
];
// All at once: starting takes the longest.
const { predictions } = await predict({ run, images });

describe.each(['uint8', 'float32'] as const)('a model of pixels as %s', async (rawType) => {
  const file = at(`${rawType}.onnx`);
  const { metadata } = await exportRun({ run, rawInput: true, rawType }, { out: file });
  const session = await ort.InferenceSession.create(file);

  test.each(
    images.map((image, i) => ({ ...image, i })),
  )('says of $width x $height pixels of $channels channels what `predict` says', async ({ i }) => {
    const [image, { probabilities, mask }] = [images[i], predictions[i]];
    const { probability, probability_native: native } = await session.run({
      image: tensorOf([image], rawType),
    });
    expect(probability.dims).toEqual([1, 1, 64, 32]);
    expect(native.dims).toEqual([1, 1, image.height, image.width]);
    expect(largestDifference(float32(probability), probabilities!.data)).toBeLessThan(1e-5);
    const large = resizePlane(probabilities!.data, network, image);
    expect(largestDifference(float32(native), large)).toBeLessThan(1e-5);
    const isOther = (p: number, i: number) => p >= 0.5 !== mask!.data[i] > 0 && Math.abs(p - 0.5) > 1e-5;
    expect(float32(native).findIndex(isOther)).toBe(-1);
  });

  test('takes several images of one size', async () => {
    const pair = [1, 2].map((n) => picture(50 * n, 40 / n)).map(({ data }) => ({ ...picture(50, 40), data }));
    const together = await session.run({ image: tensorOf(pair, rawType) });
    const apart = await Promise.all(pair.map((each) => session.run({ image: tensorOf([each], rawType) })));
    for (const name of ['probability', 'probability_native']) {
      const expected = apart.flatMap((outputs) => [...float32(outputs[name])]);
      expect(largestDifference(float32(together[name]), expected), name).toBeLessThan(1e-5);
    }
    expect(together.probability_native.dims).toEqual([2, 1, 40, 50]);
  });

  test('says of itself what it takes', () => {
    expect(metadata).toMatchObject({
      ...{ input_name: 'image', input_layout: 'NHWC', input_type: rawType, input_height: 'any' },
      ...{ input_low: '0,0,0', input_high: '255,255,255', network_height: '64', network_width: '32' },
      ...{ output_name: 'probability', output_native_name: 'probability_native' },
    });
  });
});

test('an autoencoder gives its images at both sizes, gates go along', async () => {
  const painter = await untrainedRun(at('painter'), 'pretrain', settings);
  await exportRun({ run: painter, rawInput: true, gates: true }, { out: at('painter.onnx') });
  const image = picture(45, 61);
  const session = await ort.InferenceSession.create(at('painter.onnx'));
  const gates = new ort.Tensor('float32', [1, 1, 1, 1, 1], [5]);
  const { reconstruction, reconstruction_native: native } = await session.run({
    image: tensorOf([image], 'uint8'),
    skip_gates: gates,
  });
  const [{ probabilities }] = (await predict({ run: painter, images: [image] })).predictions;
  expect(largestDifference(float32(reconstruction), probabilities!.data)).toBeLessThan(1e-5);
  expect(native.dims).toEqual([1, 3, 61, 45]);
});

/** A model that gives what its network is fed. */
async function feeds(raw: RawInput, { height, width }: typeof network) {
  const shape = [1, 3, height, width];
  const model = withRawInput(
    {
      inputs: [{ name: 'image', shape }],
      outputs: [{ name: 'fed', shape }],
      nodes: [{ operator: 'Identity', domain: '', inputs: ['image'], outputs: ['fed'], attributes: {} }],
      initializers: [],
    },
    raw,
  );
  const session = await ort.InferenceSession.create(encodeModel(model), { logSeverityLevel: 3 });
  return async (tensor: ort.Tensor) => float32((await session.run({ image: tensor })).fed);
}

test('any bytes of any size become what `prepareImage` makes of them', async () => {
  const size = { height: 13, width: 20 };
  const fed = await feeds({ type: 'uint8', intensity: BYTES }, size);
  const side = fc.integer({ min: 1, max: 90 });
  const images = fc.record({
    width: side,
    height: side,
    channels: fc.constantFrom(1, 2, 3, 4),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(images, async ({ seed, ...shape }) => {
      const length = sizeOf(Object.values(shape));
      // Few values, so that sums lie often halfway between two bytes.
      const data = Uint8Array.from({ length }, (_, i) => (((i + seed) * 40503) % 5) * 51);
      const image = { ...shape, data } as ImageInMemory;
      expect(
        largestDifference(await fed(tensorOf([image], 'uint8')), prepareImage(image, size)),
      ).toBeLessThan(1e-6);
    }),
    { numRuns: 150, seed: 1 },
  );
});

test('values of another range become bytes first: rounded, cut off beyond it, channel by channel', async () => {
  const size = { height: 1, width: 4 };
  const fed = await feeds({ type: 'float32', intensity: { low: [0, 100, -1], high: [4095, 300, 1] } }, size);
  const data = [-5, 100, -1, 2047.5, 200, 0, 4095, 300, 1, 9000, 101, 0.5].map(Math.fround);
  const expected = [0, 0, 0, 128, 128, 128, 255, 255, 255, 255, 1, 191];
  const given = await fed(new ort.Tensor('float32', Float32Array.from(data), [1, 1, 4, 3]));
  expect(largestDifference(given, toPlanes(Uint8Array.from(expected)))).toBeLessThan(1e-6);
});

test('with a border images lie in the middle, and outputs are of the image alone', async () => {
  const padded = await untrainedRun(at('padded'), 'train', { ...settings, size: '64x32', fit: 'pad' });
  const { metadata } = await exportRun({ run: padded, rawInput: true }, { out: at('padded.onnx') });
  expect(metadata.output_size).toContain('in the middle of network_height and network_width');
  const session = await ort.InferenceSession.create(at('padded.onnx'));
  const wanted = (await predict({ run: padded, images })).predictions;
  for (const [i, image] of images.entries()) {
    const { probability, probability_native: native } = await session.run({
      image: tensorOf([image], 'uint8'),
    });
    const { probabilities } = wanted[i];
    const [, height, width] = probabilities!.shape;
    expect(probability.dims).toEqual([1, 1, height, width]);
    expect(native.dims).toEqual([1, 1, image.height, image.width]);
    expect(largestDifference(float32(probability), probabilities!.data)).toBeLessThan(1e-5);
    const large = resizePlane(probabilities!.data, { height, width }, image);
    expect(largestDifference(float32(native), large)).toBeLessThan(1e-5);
  }
  const pieces = await untrainedRun(at('pieces'), 'train', { ...settings, crop: true });
  expect(await refusal(exportRun({ run: pieces, rawInput: true }, { out: at('pieces.onnx') }))).toMatch(
    /^rawInput: got .*a network of pieces of images \(--crop\)/,
  );
});

test('settings that mean nothing together are refused', async () => {
  const refused = (options: object) => refusal(exportRun({ run, ...options }, { out: at('no.safetensors') }));
  expect(await refused({ to: 'smp', rawInput: true })).toMatch(
    /^rawInput: got rawInput with smp.*export to onnx/,
  );
  const out = at('no.onnx');
  expect(await refusal(exportRun({ run, rawType: 'float32' }, { out }))).toMatch(
    /^rawType: got float32.*--raw-input/,
  );
});

test('`prepareImage` refuses what is no size', async () => {
  const image = picture(4, 4);
  expect(await refusal(() => Promise.resolve(prepareImage(image, { height: 0, width: 4 })))).toMatch(
    /^size: got 0x4/,
  );
  const attempt = () => Promise.resolve(prepareImage({ ...image, width: 5 }, network));
  expect(await refusal(attempt)).toMatch(/^image: got 48 values for width 5/);
});
