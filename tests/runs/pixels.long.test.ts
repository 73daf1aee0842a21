import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ImageInMemory } from '../../src/data/decode/memory.ts';
import { prepareImage } from '../../src/data/loading/prepare.ts';
import { readCheckpoint } from '../../src/records/checkpoint.node.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { exportRun } from '../../src/runs/export.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { train } from '../support/classic.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { encodeTiff } from '../support/tiff.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const { settings } = await tinySettings(root, 1);
const side = 40;

/** Blobs in 12 bits, from 100 to about 4000. */
function microscopy(seed: number): ImageInMemory & { readonly data: Uint16Array } {
  const value = (i: number) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    return 100 + 3800 * Math.exp(-((x - 12 - seed) ** 2 + (y - 15 - seed) ** 2) / 60) + ((i * 7919) % 97);
  };
  const data = Uint16Array.from({ length: side * side }, (_, i) => value(i));
  return { width: side, height: side, channels: 1, data };
}

beforeAll(async () => {
  await Promise.all(['images', 'masks'].map((name) => mkdir(at('cells', name), { recursive: true })));
  for (let i = 0; i < 8; i++) {
    const image = microscopy(i);
    await writeFile(
      at('cells', 'images', `c${i}.tif`),
      encodeTiff({ ...image, data: image.data, format: 1 }),
    );
    const mask = Uint8Array.from(image.data, (value) => (value > 2000 ? 255 : 0));
    const file = at('cells', 'masks', `c${i}.png`);
    await sharp(mask, { raw: { width: side, height: side, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(file);
  }
});

describe('a training by the range that its images use', () => {
  const run = at('run');
  let told: string[] = [];
  beforeAll(async () => {
    const { onEvent, texts } = noticing();
    await train({ ...settings, data: at('cells'), intensity: 'used' }, { out: run, onEvent });
    told = texts;
  });

  test('finds it once, says so, and writes it down', async () => {
    expect(told.filter((text) => text.startsWith('pixels:'))).toEqual([
      'pixels: 16 bits, all of them from 100 to 3977, which become black to white',
    ]);
    expect(await readFile(at('run', 'config.yaml'), 'utf8')).toMatch(/^intensity: 100:3977$/m);
    const { metadata } = await readCheckpoint(at('run', 'weights', 'last.safetensors'));
    expect(JSON.stringify(metadata)).toContain('100:3977');
    const looks = JSON.parse(await readFile(at('run', 'looks.json'), 'utf8'));
    expect(looks).toMatchObject({ area: { low: 1600, high: 1600 } });
    expect(looks.contrast.low).toBeGreaterThan(200);
  });

  test('predict reads files and pixels in memory so, without a word about them', async () => {
    const { onEvent, texts } = noticing();
    const image = microscopy(3);
    const [file, memory] = (
      await predict({ run, images: [at('cells', 'images', 'c3.tif'), image] }, { onEvent })
    ).predictions;
    expect(memory.probabilities).toEqual(file.probabilities);
    expect(texts).toEqual([]);
  });

  test('tile by tile, too: what is unlike is told, but no size, as the scale is the own one', async () => {
    const told = async (...images: (string | ImageInMemory)[]) => {
      const { onEvent, texts } = noticing();
      const { predictions } = await predict({ run, tile: true, images }, { onEvent });
      return { predictions, unlike: texts.filter((text) => text.includes('unlike')) };
    };
    const image = microscopy(3);
    const { predictions, unlike } = await told(at('cells', 'images', 'c3.tif'), image);
    expect(predictions[1].probabilities).toEqual(predictions[0].probabilities);
    expect(unlike).toEqual([]);
    const dark = { ...image, data: image.data.map((value) => value >> 4) };
    expect((await told(dark)).unlike).toEqual([expect.stringMatching(/a range that is hardly used/)]);
  });

  test('what it is not made for is told: bytes, and sixteen bits in full', async () => {
    const bytes = { ...microscopy(3), data: Uint8Array.from(microscopy(3).data, (value) => value / 16) };
    const full = { ...microscopy(3), data: microscopy(3).data.map((value) => value * 16) };
    for (const [image, text] of [
      [bytes, /1 image unlike .*a range that is hardly used/],
      [full, /1 image unlike .*far brighter/],
    ] as const) {
      const { onEvent, texts } = noticing();
      await predict({ run, images: [image] }, { onEvent });
      expect(texts).toEqual([expect.stringMatching(text)]);
    }
  });

  test('evaluate scores them so', async () => {
    const { onEvent, texts } = noticing();
    expect((await evaluate({ run }, { onEvent })).rows.length).toBeGreaterThan(0);
    expect(texts.filter((text) => text.includes('unlike'))).toEqual([]);
  });

  test.each([
    'float32',
    'uint16',
  ] as const)('an exported model takes its values as they are, in %s', async (rawType) => {
    const out = at(`${rawType}.onnx`);
    const { metadata } = await exportRun({ run, rawInput: true, rawType }, { out });
    expect(metadata).toMatchObject({
      intensity: '100:3977',
      input_low: '100,100,100',
      input_high: '3977,3977,3977',
    });
    const image = microscopy(5);
    const data = rawType === 'uint16' ? image.data : Float32Array.from(image.data);
    const session = await ort.InferenceSession.create(out);
    const { probability } = await session.run({ image: new ort.Tensor(rawType, data, [1, side, side, 1]) });
    const [{ probabilities }] = (await predict({ run, images: [image] })).predictions;
    const difference = probabilities!.data.map((value, i) =>
      Math.abs(value - (probability.data as Float32Array)[i]),
    );
    expect(Math.max(...difference)).toBeLessThan(1e-3);
  });

  test('its values fit no bytes', async () => {
    expect(await refusal(exportRun({ run, rawInput: true }, { out: at('no.onnx') }))).toMatch(
      /^rawType: got uint8 for values from 100 to 3977.*--raw-type float32/,
    );
  });

  test('it is not averaged with a run that reads images otherwise', async () => {
    const other = await untrainedRun(at('other'), 'train', settings);
    expect(await refusal(predict({ run, with: [other], images: [microscopy(0)] }))).toMatch(
      /got images that are read with --intensity full --channels auto, expected .*--intensity 100:3977/,
    );
  });
});

test('a training on 12 bits in 16 says what is left of them', async () => {
  const { onEvent, texts } = noticing();
  await train(
    { ...settings, data: at('cells'), maxSteps: 1, validation: false },
    { out: at('dark'), onEvent },
  );
  expect(texts.filter((text) => text.includes('--intensity used'))).toEqual([
    expect.stringMatching(/^images of 16 bits use the values 100 to 3977 only, of which 16 levels/),
  ]);
  expect(await readFile(at('dark', 'config.yaml'), 'utf8')).toMatch(/^intensity: full$/m);
});

test('channels that are chosen are what an exported model takes, too', async () => {
  const run = await untrainedRun(at('channels'), 'train', {
    ...settings,
    channels: '4,2',
    intensity: '0:900',
  });
  const data = Float32Array.from({ length: side * side * 5 }, (_, i) => (i * 37) % 1000);
  const image = { width: side, height: side, channels: 5, data };
  const out = at('channels.onnx');
  await exportRun({ run, rawInput: true, rawType: 'float32' }, { out });
  const session = await ort.InferenceSession.create(out);
  const { probability } = await session.run({ image: new ort.Tensor('float32', data, [1, side, side, 5]) });
  const [{ probabilities }] = (await predict({ run, images: [image] })).predictions;
  const difference = probabilities!.data.map((value, i) =>
    Math.abs(value - (probability.data as Float32Array)[i]),
  );
  expect(Math.max(...difference)).toBeLessThan(1e-3);
});

test('16 bits in full are their upper 8, in an exported model, too', async () => {
  const run = await untrainedRun(at('words'), 'train', settings);
  const image = { ...microscopy(2), data: microscopy(2).data.map((value) => value * 16) };
  const out = at('words.onnx');
  await exportRun({ run, rawInput: true, rawType: 'uint16' }, { out });
  const session = await ort.InferenceSession.create(out);
  const { probability } = await session.run({
    image: new ort.Tensor('uint16', image.data, [1, side, side, 1]),
  });
  const [{ probabilities }] = (await predict({ run, images: [image] })).predictions;
  const difference = probabilities!.data.map((value, i) =>
    Math.abs(value - (probability.data as Float32Array)[i]),
  );
  expect(Math.max(...difference)).toBeLessThan(1e-5);
  const bytes = { ...image, data: Uint8Array.from(image.data, (value) => value >> 8) };
  const size = { height: 32, width: 32 };
  expect(prepareImage(image, size)).toEqual(prepareImage(bytes, size));
});

function noticing() {
  const texts: string[] = [];
  const tell = (text: string) => texts.push(text);
  const { onEvent } = listening({ notice: tell, warning: tell });
  return { onEvent, texts };
}
