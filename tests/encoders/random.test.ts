import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/files.node.ts';
import type { Size } from '../../src/core/size.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import { decodeImageTo } from '../../src/data/decode/decode.node.ts';
import { readImageFolder } from '../../src/data/folders/folder.node.ts';
import { toPlanes } from '../../src/data/loading/pixels.ts';
import { isEncoderName } from '../../src/encoders/catalogue.ts';
import { listEncoders } from '../../src/encoders/list.node.ts';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { randomEncoderFile, randomSeed } from '../../src/encoders/random.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { openRun } from '../../src/runs/open-run.node.ts';
import { withFullPaths } from '../../src/settings/resolve.node.ts';
import { trainSchema } from '../../src/settings/training.ts';
import { drawSyntheticSample } from '../../src/synthetic/sample.ts';
import { refusal } from '../support/expect-user-error.ts';
import { runGraph } from '../support/run-graph.ts';
import { describeWithShared, largestDifference, shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();

describe('the name', () => {
  test.each([
    ['random', 0],
    ['random:0', 0],
    ['random:17', 17],
    ['random:', undefined],
    ['random:-1', undefined],
    ['random:1.5', undefined],
    ['randomly', undefined],
    ['./random', undefined],
    ['random.safetensors', undefined],
  ])('%s stands for the seed %j', (name, seed) => {
    expect(randomSeed(name)).toBe(seed);
    expect(isEncoderName(name)).toBe(seed !== undefined);
    const written = withFullPaths(trainSchema, { encoder: name }).encoder;
    expect(written).toBe(seed === undefined ? resolve(name) : name);
  });

  test('is listed with a word about it', async () => {
    const { made } = await listEncoders();
    expect(made).toEqual([{ name: 'random', description: expect.stringContaining('control') }]);
  });
});

describe('the weights', () => {
  test('are the same bits everywhere, other ones for each seed', async () => {
    expect(sha256(randomEncoderFile(0))).toBe(
      '6783df3465be0e52d63c1ba3132dce49b5c85fd8faf06d6fa5871e5f08c75695',
    );
    expect(sha256(randomEncoderFile(1))).toBe(
      'd93fa976ba44257f60fe372ab51cc36efa0a1bad8b245c28a6373b21731d7523',
    );
    const { sha256: hash, weights } = await readEncoder('random');
    expect(hash).toBe('6783df3465be0e52d63c1ba3132dce49b5c85fd8faf06d6fa5871e5f08c75695');
    const other = (await readEncoder('random:1')).weights;
    for (const [name, { data }] of weights) {
      if (name.endsWith('.bias')) expect(data.every((value) => value === 0)).toBe(true);
      else expect(largestDifference(data, other.get(name)!.data), name).toBeGreaterThan(0.01);
    }
  });
});

/** Of each tap over all images: deviations, the share that ReLU6 cuts off at 6, and the share that is 0. */
async function tapFigures(encoder: Tensors, images: Float32Array, size: Size) {
  const batch = images.length / (3 * size.height * size.width);
  const { outputs } = encoderGraph(mobileNetV2, encoder, { ...size, batch });
  const taps = await runGraph(outputs, {
    image: { shape: [batch, 3, size.height, size.width], data: images },
  });
  return mobileNetV2.taps.map(({ name, channels }) => {
    const { data } = taps[name];
    const area = data.length / batch / channels;
    const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
    let [cut, silent] = [0, 0];
    for (const [i, x] of data.entries()) {
      const c = Math.floor(i / area) % channels;
      sums[c] += x;
      squares[c] += x * x;
      if (x >= 6) cut++;
      if (x === 0) silent++;
    }
    const means = sums.map((sum) => sum / (batch * area));
    const overall = means.reduce((sum, mean) => sum + mean, 0) / channels;
    const square = squares.reduce((sum, value) => sum + value, 0) / data.length;
    return {
      name,
      deviation: Math.sqrt(square - overall ** 2),
      // Of a channel over images and positions: what a decoder can tell them apart by.
      within: Math.sqrt(square - means.reduce((sum, mean) => sum + mean ** 2, 0) / channels),
      cut: cut / data.length,
      silent: silent / data.length,
    };
  });
}

/** @param least deviation of a channel */
function expectSane(figures: Awaited<ReturnType<typeof tapFigures>>, least: number): void {
  for (const { name, deviation, within, cut, silent } of figures) {
    expect(deviation, name).toBeLessThan(3);
    expect(within, name).toBeGreaterThan(least);
    expect(cut, name).toBeLessThan(0.01);
    expect(silent, name).toBeLessThan(0.7);
  }
}

const joined = (planes: readonly Float32Array[]) => Float32Array.from(planes.flatMap((each) => [...each]));

describe('signals neither die nor are cut off', () => {
  test.each([
    ['random', 0.1],
    ['random:1', 0.05],
    ['random:2', 0.05],
    ['random:3', 0.05],
  ])('%s, on synthetic images', async (name, least) => {
    const size = { height: 64, width: 96 };
    const { weights } = await readEncoder(name);
    const images = [1, 2, 3].map((index) => toPlanes(drawSyntheticSample({ seed: 0, index, ...size }).image));
    expectSane(await tapFigures(weights, joined(images), size), least);
  });

  describeWithShared('on photographs', () => {
    test('of Kvasir-SEG', async () => {
      const size = { height: 128, width: 128 };
      const samples = (await readImageFolder(shared.kvasir)).slice(0, 6);
      const images = await Promise.all(
        samples.map(async ({ image }) => toPlanes((await decodeImageTo(image, size)).image.data)),
      );
      const { weights } = await readEncoder('random');
      expectSane(await tapFigures(weights, joined(images), size), 0.1);
      const kernels = [weights, (await readEncoder(shared.encoder)).weights].map(
        (tensors) => tensors.get('stem.weight')!.data,
      );
      expect(largestDifference(kernels[0], kernels[1])).toBeGreaterThan(0.1);
    });
  });
});

test('a run keeps the name, and is opened again without any file', async () => {
  const { settings } = await tinySettings(root, 1);
  const run = await untrainedRun(join(root, 'run'), 'train', { ...settings, encoder: 'random:3' });
  const opened = await openRun(run);
  expect(opened.config.encoder).toBe('random:3');
  expect(opened.hashes.encoder).toBe(sha256(randomEncoderFile(3)));
  expect(await refusal(openRun(run, { encoder: 'random:4' }))).toMatch(
    /random:4: got an encoder with SHA-256 .*expected the one that the decoder was trained with/,
  );
});
