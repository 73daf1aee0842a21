import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { mobileNetV2 } from '../../src/encoders/mobilenetv2.ts';
import { encoderGraph } from '../../src/nn/features.ts';
import { MASK_HEAD } from '../../src/nn/head.ts';
import { evaluationGraph } from '../../src/nn/step-graph.ts';
import { decodeSafetensors } from '../../src/onnx/safetensors.ts';
import { Engine } from '../../src/runtime/engine.node.ts';
import {
  type ImageInMemory,
  type NetworkFiles,
  openNetwork,
  openNetworkIn,
  type PageNetwork,
  type PageSample,
  type PageTrainingContext,
  prepareImage,
  serveNetwork,
} from '../../src/web.ts';
import { writeEncoder } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { squares, untrainedAutoencoder, untrainedFiles } from '../support/page-network.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const size = { height: 32, width: 32 };
const samples = squares(4);
const [
  {
    image,
    mask: { width, height },
  },
] = samples;

let files: NetworkFiles;
beforeAll(async () => {
  files = await untrainedFiles(root, { optimizer: 'sgd', lr: 0.05, augment: 'none' });
});
const open = () => openNetwork(files, { ort });

const largest = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

/** Of the steps of a training the losses. */
async function lossesOf(network: PageNetwork, steps: number, context: PageTrainingContext = {}) {
  const losses: number[] = [];
  await network.train(
    samples,
    { steps },
    {
      ...context,
      onEvent: (event) => {
        if (event.type === 'step') losses.push(event.loss);
        context.onEvent?.(event);
      },
    },
  );
  return losses;
}

describe('gates', () => {
  test('are factors of what comes from the encoder, as in Node', async () => {
    const network = await open();
    expect(network.facts).toMatchObject({
      ...{ kind: 'train', size, threads: 1 },
      paths: ['skip1', 'skip2', 'skip3', 'skip4', 'bottleneck'],
    });
    const architecture = { encoder: mobileNetV2, decoder: 'unet', head: MASK_HEAD, ...tinyNetwork } as const;
    // Freshly drawn weights hardly let anything through.
    await network.train(samples, { steps: 5 });
    const { tensors: weights } = decodeSafetensors(await network.weights(), 'weights');
    const { tensors: encoder } = decodeSafetensors(files.encoder, 'encoder');
    const engine = new Engine({ threads: 1, kernels: 'plain' });
    const session = await engine.load(
      evaluationGraph(architecture, encoder, { ...size, batch: 1, weights, gates: true }),
    );
    const plain = await network.predict(image);
    for (const gates of [
      [1, 1, 1, 1, 1],
      [0, 1, 0.5, 1, 1],
      [1, 0, 1, 1, 1],
    ]) {
      const { output } = await network.predict(image, { gates });
      const expected = await session.run({
        image: { shape: [1, 3, 32, 32], data: prepareImage(image, size) },
        skip_gates: { shape: [5], data: Float32Array.from(gates) },
      });
      expect(largest(output, expected.output.data)).toBeLessThan(1e-5);
      const differs = gates.some((gate) => gate !== 1);
      expect(largest(output, plain.output) > 1e-3).toBe(differs);
    }
    await engine.close();
    await network.close();
  });
});

describe('the bottleneck of another image', () => {
  test('is what the encoder makes of that image, and all else is of the image', async () => {
    const network = await open();
    await network.train(samples, { steps: 5 });
    const other = { ...image, data: Uint8Array.from(image.data, (value) => 255 - value) };
    const { tensors: weights } = decodeSafetensors(await network.weights(), 'weights');
    const { tensors: encoder } = decodeSafetensors(files.encoder, 'encoder');
    const architecture = { encoder: mobileNetV2, decoder: 'unet', head: MASK_HEAD, ...tinyNetwork } as const;
    const engine = new Engine({ threads: 1, kernels: 'plain' });
    const batches = { ...size, batch: 1 };
    const first = await engine.load(encoderGraph(mobileNetV2, encoder, batches));
    const second = await engine.load(evaluationGraph(architecture, undefined, { ...batches, weights }));
    const tapsOf = (each: ImageInMemory) =>
      first.run({ image: { shape: [1, 3, 32, 32], data: prepareImage(each, size) } });
    const [own, foreign] = [await tapsOf(image), await tapsOf(other)];
    const deepest = mobileNetV2.taps[4].name;
    // Random encoders hardly tell images apart: what they tell is made louder.
    const loud = 1000;
    const { shape, data } = foreign[deepest];
    const louder = { shape, data: data.map((value) => value * loud) };
    const expected = await second.run({ ...own, [deepest]: louder });
    const gates = [1, 1, 1, 1, loud];
    const { output } = await network.predict(image, { gates, bottleneckOf: other });
    expect(largest(output, expected.output.data)).toBeLessThan(1e-4);
    expect(largest(output, (await network.predict(image, { gates })).output)).toBeGreaterThan(1e-3);
    // Without the skips all comes from there.
    const deep = { gates: [0, 0, 0, 0, loud] };
    const swapped = await network.predict(image, { ...deep, bottleneckOf: other });
    expect(swapped.output).toEqual((await network.predict(other, deep)).output);
    await engine.close();
    await network.close();
  });
});

test.each([
  'stretch',
  'pad',
] as const)('a prepared image is predicted as the image itself (%s)', async (fit) => {
  const network = await openNetwork({ ...files, settings: { ...files.settings, fit } }, { ort });
  const prepared = await network.prepare(image);
  expect([prepared.width, prepared.height]).toEqual([32, fit === 'pad' ? 29 : 32]);
  const [short, long] = [await network.predict(prepared), await network.predict(image)];
  expect(short.output).toEqual(long.output);
  expect(short.masks![0].mask).toHaveLength(prepared.width * prepared.height);
  await network.close();
});

describe('training', () => {
  test('goes on from what was learned, and what is predicted is what it has learned so far', async () => {
    const network = await open();
    const before = await network.predict(image);
    let during: ReturnType<PageNetwork['predict']> | undefined;
    const [first] = await lossesOf(network, 12, {
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 6) during = network.predict(image);
      },
    });
    const after = await network.predict(image);
    for (const { output } of [before, after])
      expect(largest((await during!).output, output)).toBeGreaterThan(1e-4);
    const [next] = await lossesOf(network, 1);
    expect(next).toBeLessThan(first - 0.01);

    const again = await openNetwork({ ...files, weights: await network.weights() }, { ort });
    const { output } = await again.predict(image);
    expect(output).toEqual((await network.predict(image)).output);
    expect(after.masks![0].mask).toHaveLength(width * height);
  });

  test('ends after the step in which it is stopped', async () => {
    const network = await open();
    const stopping = new AbortController();
    const stop: PageTrainingContext['onEvent'] = (event) => {
      if (event.type === 'step' && event.step === 3) stopping.abort();
    };
    const done = network.train(samples, { steps: 50 }, { signal: stopping.signal, onEvent: stop });
    expect(await refusal(network.train(samples))).toMatch(/training: got two at once/);
    expect(await done).toEqual({ steps: 3, interrupted: true });
  });

  test('keeps the weights before a step that is not finite', async () => {
    const network = await open();
    const { output } = await network.predict(image);
    expect(await refusal(network.train(samples, { steps: 9, lr: 1e38 }))).toMatch(
      /step \d, .*expected finite numbers.*kept in the network/,
    );
    const kept = await network.predict(image);
    expect(kept.output.every(Number.isFinite)).toBe(true);
    expect(kept.output).toHaveLength(output.length);
  });

  test('unknown pixels do not count', async () => {
    const [known, unknown] = [await open(), await open()];
    const marked = samples.map(({ mask, ...sample }, i) => ({
      ...sample,
      mask: { ...mask, data: mask.data.map((label, k) => (i === 0 && k < 20 * width ? 255 : label)) },
    }));
    const losses = await Promise.all(
      [[known, samples] as const, [unknown, marked] as const].map(async ([network, given]) => {
        const told: number[] = [];
        await network.train(
          given,
          { steps: 1, shuffle: false },
          {
            onEvent: (event) => event.type === 'step' && told.push(event.loss),
          },
        );
        return told[0];
      }),
    );
    expect(losses[1]).toBeGreaterThan(0);
    expect(Math.abs(losses[0] - losses[1])).toBeGreaterThan(1e-3);
  });
});

describe('other networks', () => {
  const colours = ['#000000', '#ff0000', '#00ff00'];
  const named = (...names: string[]) =>
    names.map((name, number) => ({ number, name, colour: colours[number] }));
  const area = width * height;

  test.each([
    [
      'of exclusive classes',
      { classes: named('background', 'a', 'b') },
      1,
      (label: number, k: number) => (k % width < 12 ? 2 * label : label),
    ],
    [
      'of classes that overlap',
      { classes: named('a', 'b'), multilabel: true },
      2,
      (label: number, k: number) => (k < area || k % width < 12 ? label : 0),
    ],
  ] as const)('%s learn', async (_, masks, planes, labelOf) => {
    const { classes, ...rest } = masks;
    const network = await openNetwork(
      await untrainedFiles(root, { maskValues: 'classes', classes: [...classes], ...rest, lr: 0.01 }),
      { ort },
    );
    const given = samples.map(({ mask, ...sample }) => ({
      ...sample,
      mask: {
        ...{ width, height, planes },
        data: Uint8Array.from({ length: planes * area }, (_, k) => labelOf(mask.data[k % area], k)),
      },
    }));
    const losses: number[] = [];
    await network.train(
      given,
      { steps: 8 },
      {
        onEvent: (event) => event.type === 'step' && losses.push(event.loss),
      },
    );
    expect(losses[7]).toBeLessThan(losses[0] - 0.05);
    const { masks: found, pictures } = await network.predict(image);
    expect(found!.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(pictures).toHaveLength(planes);
    await network.close();
  });

  test('an autoencoder paints', async () => {
    const network = await openNetwork(await untrainedAutoencoder(root), { ort });
    expect(network.facts.kind).toBe('pretrain');
    const { output, pictures, masks } = await network.predict(image);
    expect(output).toHaveLength(3 * 32 * 32);
    expect(masks).toBeUndefined();
    expect(pictures[0]).toMatchObject({ channels: 3 });
    expect(pictures[0].data).toHaveLength(3 * area);
    expect(await refusal(network.train(samples))).toMatch(/training: got an autoencoder/);
  });
});

test('a worker does the same', async () => {
  const here = await open();
  const { port1, port2 } = new MessageChannel();
  serveNetwork(port1, { ort });
  const there = await openNetworkIn(port2, files);
  expect(there.facts).toEqual(here.facts);
  expect(await lossesOf(there, 3)).toEqual(await lossesOf(here, 3));
  expect(await there.predict(image)).toEqual(await here.predict(image));
  expect(Buffer.from(await there.weights()).equals(await here.weights())).toBe(true);

  const stopping = new AbortController();
  const { steps, interrupted } = await there.train(
    samples,
    { steps: 400 },
    {
      signal: stopping.signal,
      onEvent: () => stopping.abort(),
    },
  );
  expect(steps).toBeLessThan(400);
  expect(interrupted).toBe(true);
  expect(await refusal(there.predict(image, { gates: [1] }))).toMatch(/gates: got \[1\], expected 5 numbers/);
  await there.close();
  port1.close();
});

describe('what cannot be used is refused', () => {
  const [sample] = samples;
  const { mask } = sample;
  test.each<[string, PageSample[], RegExp]>([
    ['no sample', [], /samples: got none/],
    ['a name twice', [sample, sample], /sample image-0: got the name twice/],
    [
      'a mask of another size',
      [{ ...sample, mask: { ...mask, width: 20 } }],
      /mask: got 20x36 pixels, expected 40x36/,
    ],
    ['too few labels', [{ ...sample, mask: { ...mask, data: new Uint8Array(9) } }], /mask: got 9 values/],
    [
      'an unknown label',
      [{ ...sample, mask: { ...mask, data: mask.data.map(() => 2) } }],
      /the label 2, expected 0 to 1/,
    ],
    [
      'no image',
      [{ ...sample, image: { ...image, data: new Uint8Array(5) } }],
      /sample image-0: got 5 values/,
    ],
  ])('%s', async (_, given, told) => {
    expect(await refusal((await open()).train(given))).toMatch(told);
  });

  test.each<[string, Partial<NetworkFiles> & { changes?: object }, RegExp]>([
    ['settings of nothing', { settings: {} }, /settings: kind: got undefined/],
    ['an encoder that is none', { encoder: new Uint8Array(20) }, /encoder: got/],
    ['weights that are none', { weights: new Uint8Array(20) }, /weights: got/],
  ])('%s', async (_, given, told) => {
    expect(await refusal(openNetwork({ ...files, ...given }, { ort }))).toMatch(told);
  });

  test('weights of another encoder, pieces of images, what is settled, threads that are not there', async () => {
    const encoder = await readFile(await writeEncoder(join(root, 'other.safetensors'), 7));
    const weights = await (await open()).weights();
    expect(await refusal(openNetwork({ ...files, encoder, weights }, { ort }))).toMatch(
      /encoder: got one with SHA-256/,
    );
    const settings = { ...files.settings, crop: true };
    expect(await refusal(openNetwork({ ...files, settings }, { ort }))).toMatch(
      /a network of pieces of images/,
    );
    const changes = { size: 64 } as object;
    expect(await refusal((await open()).train(samples, changes))).toMatch(
      /the setting size, expected one of steps/,
    );
    expect(await refusal((await open()).train(samples, { lr: -1 }))).toMatch(/lr: got -1/);
    expect(await refusal(openNetwork(files, { ort, threads: 2 }))).toMatch(
      /threads: got 2 in a page that is not/,
    );
    expect(await refusal((await open()).predict(image, { rule: { threshold: 2 } }))).toMatch(
      /threshold: got 2/,
    );
  });
});
