import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { resizePlane } from '../../src/data/decode/resize.ts';
import type { ThresholdRecord } from '../../src/records/run-records.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import { runTraining } from '../support/classic.ts';
import { writeDataset, writeList } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const at = (name: string) => join(root, name);
const { settings } = await tinySettings(root);
const run = await untrainedRun(at('run'), 'train', settings);
const other = await untrainedRun(at('other'), 'train', { ...settings, seed: 1 });
// The same weights, at another size.
const large = await untrainedRun(at('large'), 'train', { ...settings, size: 64 });
const oblong = await untrainedRun(at('oblong'), 'train', { ...settings, size: '32x64' });
const autoencoder = await untrainedRun(at('autoencoder'), 'pretrain', settings);

const stream = new RandomStream('pictures');
const [small, big] = [32, 64].map((side) => ({ height: side, width: side }));
const AREA = 32 * 32;

/** An image in memory of the network's size, so that nothing is resized. */
const picture = {
  ...small,
  channels: 3 as const,
  data: Uint8Array.from({ length: 3 * AREA }, () => stream.integer(256)),
};

type Options = Omit<Parameters<typeof predict>[0], 'images'>;

async function probabilitiesOf(options: Options, image = picture): Promise<Float32Array> {
  const { predictions } = await predict({ ...options, images: [image] });
  return predictions[0].probabilities!.data;
}

/** Of each run alone. */
const alone = await probabilitiesOf({ run });
const ofOther = await probabilitiesOf({ run: other });
const ofLarge = await probabilitiesOf({ run: large });

const meanOf = (...maps: readonly Float32Array[]) =>
  maps[0].map((_, i) => maps.reduce((sum, map) => sum + map[i], 0) / maps.length);

/** Mirrored from left to right, from top to bottom, or both. */
function flipped<T extends Uint8Array | Float32Array>(data: T, channels: number, x: boolean, y: boolean): T {
  return data.map((_, i) => {
    const [pixel, c] = [Math.floor(i / channels), i % channels];
    const [row, column] = [Math.floor(pixel / 32), pixel % 32];
    return data[channels * ((y ? 31 - row : row) * 32 + (x ? 31 - column : column)) + c];
  }) as T;
}

describe('the mean of several networks', () => {
  test('a run with itself is that run, bit by bit', async () => {
    expect(await probabilitiesOf({ run, with: [run, run] })).toEqual(alone);
    expect(Math.max(...alone) - Math.min(...alone)).toBeGreaterThan(0.01);
  });

  test('of two runs', async () => {
    expect(ofOther).not.toEqual(alone);
    expect(await probabilitiesOf({ run, with: [other] })).toEqual(meanOf(alone, ofOther));
  });

  test('of two sizes: each sees the image at its own, and the first says at which the mean is', async () => {
    expect(ofLarge).toHaveLength(4 * AREA);
    expect(await probabilitiesOf({ run, with: [large] })).toEqual(
      meanOf(alone, resizePlane(ofLarge, big, small)),
    );
    expect(await probabilitiesOf({ run: large, with: [run] })).toEqual(
      meanOf(ofLarge, resizePlane(alone, small, big)),
    );
  });

  test('of padded images, of which each member sees another border: image lies on image', async () => {
    const wide = { height: 24, width: 40, channels: 3 as const, data: picture.data.subarray(0, 3 * 24 * 40) };
    const runs: string[] = [];
    for (const size of ['32', '32x64'])
      runs.push(await untrainedRun(at(`padded-${size}`), 'train', { ...settings, size, fit: 'pad' }));
    const [square, other] = [
      await probabilitiesOf({ run: runs[0] }, wide),
      await probabilitiesOf({ run: runs[1] }, wide),
    ];
    const [first, second] = [
      { height: 19, width: 32 },
      { height: 32, width: 53 },
    ];
    expect([square.length, other.length]).toEqual([19 * 32, 32 * 53]);
    expect(await probabilitiesOf({ run: runs[0], with: [runs[1]] }, wide)).toEqual(
      meanOf(square, resizePlane(other, second, first)),
    );
    const [alone, both] = [
      await evaluate({ run: runs[0], split: 'all' }),
      await evaluate({ run: runs[0], split: 'all', with: [runs[1]] }),
    ];
    expect(both.rows).not.toEqual(alone.rows);
  });

  test('scales are sizes of one network; of those that come to one size the first counts', async () => {
    expect(await probabilitiesOf({ run, scales: [1, 1.2, 2, 1.9] })).toEqual(
      meanOf(alone, resizePlane(ofLarge, big, small)),
    );
    expect(await probabilitiesOf({ run, scales: 2 })).toEqual(resizePlane(ofLarge, big, small));
    expect(await probabilitiesOf({ run: large, scales: '.01' })).toEqual(resizePlane(alone, small, big));
  });

  test('views are those of the flipped images, turned back', async () => {
    const maps: Float32Array[] = [];
    for (const y of [false, true])
      for (const x of [false, true]) {
        const found = await probabilitiesOf({ run }, { ...picture, data: flipped(picture.data, 3, x, y) });
        maps.push(flipped(found, 1, x, y));
      }
    expect(new Set(maps.map(String)).size).toBe(4);
    expect(await probabilitiesOf({ run, views: 4 })).toEqual(meanOf(...maps));
    const turned = await probabilitiesOf({ run, views: 8 });
    const again = await probabilitiesOf(
      { run, views: 8 },
      { ...picture, data: flipped(picture.data, 3, true, false) },
    );
    expect(flipped(again, 1, true, false)).toEqual(turned);
  });

  test('of autoencoders, too', async () => {
    const alone = await probabilitiesOf({ run: autoencoder });
    expect(await probabilitiesOf({ run: autoencoder, with: [autoencoder] })).toEqual(alone);
    expect(await probabilitiesOf({ run: autoencoder, views: 8 })).not.toEqual(alone);
  });
});

describe('scores', () => {
  let trained: Awaited<ReturnType<typeof runTraining>>;
  beforeAll(async () => {
    trained = await runTraining({ ...settings, lr: 0.01, views: 4 }, { out: at('trained') });
  });

  test('a run that was tested with views is evaluated with them to the same scores', async () => {
    const [plain, viewed] = [
      await evaluate({ run: at('trained'), views: 1 }),
      await evaluate({ run: at('trained') }),
    ];
    expect(viewed.summary).toEqual(trained.test);
    expect(viewed.summary).not.toEqual(plain.summary);
    expect(viewed.applied).toEqual({
      ...{ runs: 1, views: 4, scales: [1], mask_threshold: 0.5, fill_holes: 0, min_area: 0 },
    });
  });

  test('with itself, a run has its own scores; with a larger one others', async () => {
    const alone = await evaluate({ run, split: 'all' });
    expect((await evaluate({ run, split: 'all', with: [run] })).rows).toEqual(alone.rows);
    const both = await evaluate({ run, split: 'all', with: [large] });
    expect(both.rows).not.toEqual(alone.rows);
    expect((await evaluate({ run, split: 'all', scales: [1, 2] })).rows).toEqual(both.rows);
    expect(both.applied.runs).toBe(2);
  });

  test('masks are made as is asked for: by evaluate as by predict', async () => {
    const images = join(settings.data, 'images');
    const alone = await predict({ run, images: [images] });
    const maps = alone.predictions.flatMap(({ probabilities }) => [...probabilities!.data]);
    const middle = maps.toSorted((a, b) => a - b)[Math.floor(maps.length / 2)];
    const rule = { maskThreshold: middle, fillHoles: 0.02, minArea: 0.05 };
    const { predictions } = await predict({ run, images: [images], ...rule });
    const { rows, applied } = await evaluate({ run, split: 'all', ...rule });
    expect(applied).toMatchObject({ mask_threshold: middle, fill_holes: 0.02, min_area: 0.05 });
    const clearer = await evaluate({ run, split: 'all', maskThreshold: middle });
    expect(rows).not.toEqual(clearer.rows);
    for (const [i, { mask, probabilities, area }] of predictions.entries()) {
      const marked = mask!.data.filter((value) => value === 255).length;
      expect(marked).not.toBe(probabilities!.data.filter((p) => p >= middle).length);
      expect(area).toBeCloseTo(marked / mask!.data.length, 1);
      // Calibration is of probabilities, whatever the masks.
      expect(rows[i].brier).toBe(clearer.rows[i].brier);
    }
  });
});

describe('--mask-threshold auto', () => {
  const chosen = at('chosen');
  beforeAll(async () => {
    const data = at('many');
    const stems = await writeDataset(data, { count: 14 });
    await writeList(data, 'train.txt', stems.slice(0, 2));
    await writeList(data, 'val.txt', stems.slice(2, 12));
    await writeList(data, 'test.txt', stems.slice(12));
    await runTraining({ ...settings, data, lr: 0.01, epochs: 3, views: 4 }, { out: chosen });
  });
  const noted = async (options: Parameters<typeof evaluate>[0]) => {
    const notes: string[] = [];
    const found = await evaluate(options, listening({ notice: (text) => notes.push(text) }));
    return { ...found, notes };
  };

  test('takes what was best on the validation images, and says on how many', async () => {
    const record = JSON.parse(await readFile(join(chosen, 'threshold.json'), 'utf8')) as ThresholdRecord;
    expect(record).toMatchObject({ images: 10, views: 4, weights: 'best' });
    const { applied, summary, notes } = await noted({
      ...{ run: chosen, split: 'validation', views: 4, maskThreshold: 'auto' },
    });
    expect(applied.mask_threshold).toBe(record.threshold);
    expect(applied.thresholds).toEqual([{ run: chosen, ...record }]);
    expect(notes.join()).toMatch(
      /masks from 0\.\d+ on, chosen on 10 validation images, .*on others expect less/,
    );
    const diceWith = async (maskThreshold: number) => {
      const found = await evaluate({ run: chosen, split: 'validation', views: 4, maskThreshold });
      return 'native' in found.summary ? found.summary.native.dice.mean : Number.NaN;
    };
    expect('native' in summary && summary.native.dice.mean).toBeCloseTo(record.dice, 12);
    expect(await diceWith(0.5)).toBeCloseTo(record.dice_at_half, 12);
    for (const threshold of [0.2, 0.35, 0.45, 0.6, 0.8])
      expect(await diceWith(threshold)).toBeLessThanOrEqual(record.dice + 1e-12);
  });

  test('is 0.5 where there is none, or it is that of other weights, and the mean of several runs', async () => {
    const { threshold } = JSON.parse(
      await readFile(join(chosen, 'threshold.json'), 'utf8'),
    ) as ThresholdRecord;
    const auto = { maskThreshold: 'auto', split: 'all' } as const;
    const none = await noted({ run, ...auto });
    expect(none.applied).toMatchObject({ mask_threshold: 0.5, thresholds: [] });
    expect(none.notes.join()).toMatch(
      /run: masks from 0.5 on: it has not chosen a threshold.* 10 validation/,
    );
    const last = await noted({ run: chosen, weights: 'last', ...auto });
    expect(last.applied.mask_threshold).toBe(0.5);
    expect(last.notes.join()).toMatch(/its threshold is that of its best weights/);
    const both = await noted({ run: chosen, with: [run], ...auto });
    expect(both.applied.mask_threshold).toBeCloseTo((threshold + 0.5) / 2, 12);
  });
});

test.each<[Options, RegExp]>([
  [
    { run, with: [autoencoder] },
    /autoencoder: got reconstruction, .*expected what .*run makes: segmentation/,
  ],
  [{ run: autoencoder, maskThreshold: 'auto' }, /got an autoencoder, which makes no masks/],
  [{ run: autoencoder, minArea: 0.1 }, /got an autoencoder, which makes no masks.*--min-area/],
  [{ run: oblong, views: 8 }, /^views: got 8, with quarter turns, of images of 32x64/],
  [{ run, with: [oblong], views: 8 }, /^views: got 8/],
  [{ run, scales: '1,x' }, /^scales: got "1,x", expected factors above 0/],
  [{ run, scales: [] }, /^scales: got \[\]/],
  [{ run, scales: -1 }, /^scales: got -1/],
  [{ run, with: [at('nothing')] }, /nothing/],
])('%o is refused', async (options, message) => {
  expect(await refusal(predict({ ...options, images: [picture] }))).toMatch(message);
});

test.each([
  [{ views: 2 }, /^views: got 2, expected one of .*4/],
  [{ maskThreshold: 1 }, /^maskThreshold: got 1, expected number <1/],
  [{ fillHoles: 2 }, /^fillHoles: got 2/],
])('%j is refused', async (options, message) => {
  expect(await refusal(evaluate({ run, ...options } as never))).toMatch(message);
});

test('training for quarter turns of oblong images is refused before it begins', async () => {
  expect(await refusal(runTraining({ ...settings, size: '32x64', views: 8 }, { out: at('never') }))).toMatch(
    /^views: got 8/,
  );
});
