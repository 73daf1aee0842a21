import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeImageTo } from '../../src/data/decode/decode.node.ts';
import { placeIn, planesWithBorder, withBorder, withoutBorder } from '../../src/data/decode/fit.ts';
import { readSamples } from '../../src/data/folders/folder.node.ts';
import { Loader } from '../../src/data/loading/loader.node.ts';
import { ONE_OBJECT, UNKNOWN } from '../../src/data/masks/labelling.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { writeDataset } from '../support/dataset.ts';
import { decodeMask } from '../support/masks.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const side = fc.integer({ min: 1, max: 300 });

test('an image with a border keeps its aspect ratio within half a pixel, and lies in the middle', () => {
  fc.assert(
    fc.property(side, side, side, side, (height, width, h, w) => {
      const size = { height: h, width: w };
      const place = placeIn({ height, width }, size, 'pad');
      const scale = Math.min(h / height, w / width);
      expect(Math.abs(place.height - Math.max(1, height * scale))).toBeLessThanOrEqual(0.5 + 1e-9);
      expect(Math.abs(place.width - Math.max(1, width * scale))).toBeLessThanOrEqual(0.5 + 1e-9);
      expect(place.height === h || place.width === w).toBe(true);
      expect(Math.abs(2 * place.top + place.height - h)).toBeLessThanOrEqual(1);
      expect(placeIn({ height, width }, size, 'stretch')).toEqual({ ...size, top: 0, left: 0 });
    }),
    { numRuns: 200 },
  );
});

test('what gets a border is what is left without it', () => {
  const [size, native] = [
    { height: 8, width: 6 },
    { height: 10, width: 20 },
  ];
  const place = placeIn(native, size, 'pad');
  const planes = Uint8Array.from({ length: 2 * place.height * place.width }, (_, i) => i);
  const bordered = planesWithBorder(planes, size, place, 9);
  expect(bordered).toHaveLength(96);
  expect([...withoutBorder(Float32Array.from(bordered), size, place)]).toEqual([...planes]);
  const image = withBorder({ ...place, channels: 2, data: planes }, size, place);
  expect([...image.data].filter((value) => value === 127)).toHaveLength(96 - planes.length);
});

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
await writeDataset(at('wide'), { count: 1, sizes: [[80, 40]] });
const size = { height: 32, width: 32 };

test('nothing is known of the border, in training; predictions are of the image alone', async () => {
  const samples = await readSamples(at('wide'));
  const options = { samples, size, labelling: ONE_OBJECT, reading: {}, workers: 1, memoryBytes: 2 ** 20 };
  const loader = await Loader.open({ ...options, fit: 'pad' });
  try {
    const { input, mask } = await loader.batch({ indices: [0], seed: 0, epoch: 0 });
    const rows = [...Array(32).keys()];
    const unknown = rows.filter((y) =>
      mask!.subarray(y * 32, (y + 1) * 32).every((value) => value === UNKNOWN),
    );
    expect(unknown).toEqual(rows.filter((y) => y < 8 || y >= 24));
    expect(mask!.filter((value) => value === UNKNOWN)).toHaveLength(32 * 16);
    expect(input[0]).toBeCloseTo(127 / 127.5 - 1, 6);
    const { image } = await decodeImageTo(samples[0].image, { height: 16, width: 32 });
    const bytes = Array.from(input.subarray(8 * 32, 24 * 32), (value) => Math.round((value + 1) * 127.5));
    expect(bytes).toEqual([...image.data].filter((_, i) => i % 3 === 0));
  } finally {
    await loader.close();
  }
  const { settings } = await tinySettings(root, 1);
  const run = await untrainedRun(at('run'), 'train', { ...settings, fit: 'pad' });
  const images = [samples[0].image];
  const [{ probabilities }] = (await predict({ run, images })).predictions;
  expect(probabilities!.shape).toEqual([1, 16, 32]);
  await predict({ run, images }, { out: at('masks') });
  expect(await decodeMask(at('masks/image-00.png'))).toMatchObject({ width: 80, height: 40 });
});
