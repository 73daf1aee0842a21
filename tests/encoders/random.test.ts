import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/core/files.node.ts';
import type { Tensors } from '../../src/core/tensor.ts';
import { toPlanes } from '../../src/data/batch.ts';
import { decodeImageTo } from '../../src/data/decode.node.ts';
import { readImageFolder } from '../../src/data/folder.node.ts';
import { drawSyntheticSample } from '../../src/data/synthetic/sample.ts';
import { isEncoderName } from '../../src/encoders/catalogue.ts';
import { listEncoders } from '../../src/encoders/list.node.ts';
import { randomEncoderFile, randomSeed } from '../../src/encoders/random.ts';
import { readEncoder } from '../../src/encoders/read.node.ts';
import { ENCODER_TAPS } from '../../src/nn/encoder.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { evaluateRun } from '../../src/runs/evaluate.node.ts';
import { resolveTrain } from '../../src/train/resolve.node.ts';
import { runFineTuning } from '../../src/train/train.node.ts';
import { runGraph } from '../support/run-graph.ts';
import { describeWithShared, largestDifference, shared } from '../support/shared.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

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
    const written = resolveTrain({ data: 'd', encoder: name }, 1).encoder;
    expect(written).toBe(seed === undefined ? resolve(name) : name);
  });

  test('is listed with a word about it', async () => {
    const { made } = await listEncoders();
    expect(made).toEqual([{ name: 'random', description: expect.stringContaining('control') }]);
  });
});

describe('the weights', () => {
  test('are the same bits everywhere, other ones for each seed', async () => {
    expect(sha256(randomEncoderFile(0))).toBe('RANDOM_0');
    expect(sha256(randomEncoderFile(1))).toBe('RANDOM_1');
    const { sha256: hash, weights } = await readEncoder('random');
    expect(hash).toBe('RANDOM_0');
    const other = (await readEncoder('random:1')).weights;
    for (const [name, { data }] of weights) {
      if (name.endsWith('.bias')) expect(data.every((value) => value === 0)).toBe(true);
      else expect(largestDifference(data, other.get(name)!.data), name).toBeGreaterThan(0.01);
    }
  });
});

/** Mean and deviation of each tap over all images, and the share of values that ReLU6 lets through as they are. */
async function tapFigures(encoder: Tensors, images: Float32Array, size: { height: number; width: number }) {
  const batch = images.length / (3 * size.height * size.width);
  const shape = [batch, 3, size.height, size.width];
  const taps = await runGraph(encoderGraph(encoder, { ...size, batch }).outputs, {
    image: { shape, data: images },
  });
  return ENCODER_TAPS.map(({ name, channels }) => {
    const { data } = taps[name];
    const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
    const area = data.length / batch / channels;
    // Of a channel over images and positions: what a decoder can tell them apart by.
    let within = 0;
    for (let c = 0; c < channels; c++) {
      const values = data.filter((_, i) => Math.floor(i / area) % channels === c);
      const centre = values.reduce((sum, x) => sum + x, 0) / values.length;
      within += values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / data.length;
    }
    return {
      name,
      deviation: Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length),
      within: Math.sqrt(within),
      cut: data.filter((x) => x >= 6).length / data.length,
      silent: data.filter((x) => x === 0).length / data.length,
    };
  });
}

function expectSane(figures: Awaited<ReturnType<typeof tapFigures>>): void {
  for (const { name, deviation, within, cut, silent } of figures) {
    expect(deviation, name).toBeGreaterThan(0.1);
    expect(deviation, name).toBeLessThan(3);
    expect(within, name).toBeGreaterThan(0.1);
    expect(cut, name).toBeLessThan(0.01);
    expect(silent, name).toBeLessThan(0.7);
  }
}

describe('signals neither die nor are cut off', () => {
  const size = { height: 96, width: 128 };

  test.each(['random', 'random:1', 'random:2'])('%s, on synthetic images', async (name) => {
    const { weights } = await readEncoder(name);
    const images = [1, 2, 3, 4].map((index) =>
      toPlanes(drawSyntheticSample({ seed: 0, index, ...size }).image),
    );
    expectSane(await tapFigures(weights, Float32Array.from(images.flatMap((planes) => [...planes])), size));
  });

  describeWithShared('on photographs', () => {
    test('of Kvasir-SEG', async () => {
      const samples = (await readImageFolder(shared.kvasir)).slice(0, 8);
      const images = await Promise.all(
        samples.map(async ({ image }) => toPlanes((await decodeImageTo(image, size)).image.data)),
      );
      const { weights } = await readEncoder('random');
      const figures = await tapFigures(
        weights,
        Float32Array.from(images.flatMap((planes) => [...planes])),
        size,
      );
      expectSane(figures);
      const imagenet = (await readEncoder(shared.encoder)).weights;
      expect(
        largestDifference(weights.get('stem.weight')!.data, imagenet.get('stem.weight')!.data),
      ).toBeGreaterThan(0.1);
    });
  });
});

test('a run keeps the name, and is opened again without any file', async () => {
  const { settings } = await tinySettings(root);
  const run = { out: join(root, 'run') };
  const { test: scores } = await runFineTuning({ ...settings, encoder: 'random:3', maxSteps: 2 }, run);
  expect((await evaluateRun({ run: run.out })).summary).toEqual(scores);
  expect((await runFineTuning({} as typeof settings, { ...run, resume: true })).steps).toBe(2);
});
