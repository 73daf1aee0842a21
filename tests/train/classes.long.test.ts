import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditRun } from '../../src/audit/audit.node.ts';
import { parseCsv } from '../../src/core/csv.ts';
import type { LabelMap } from '../../src/data/masks/labelling.ts';
import { readRawMask } from '../../src/data/masks/read-raw-mask.node.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { predict } from '../../src/runs/predict.node.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import { balancedWeights } from '../../src/train/class-weights.ts';
import { runTraining } from '../support/classic.ts';
import { writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings, stems } = await tinySettings(root, 12);
const maskOf = (stem: string) => join(settings.data, 'masks', `${stem}.png`);

/** Left of the middle an ellipse is of class 3, right of it of class 7; the first row is unknown. */
beforeAll(async () => {
  for (const stem of stems) {
    const { data, info } = await sharp(maskOf(stem))
      .extractChannel(0)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    const numbers = Uint8Array.from(data, (value, i) => {
      if (i < width) return 255;
      return value < 128 ? 0 : i % width < width / 2 ? 3 : 7;
    });
    await writePicture(maskOf(stem), width, height, numbers);
  }
});

const classes = [
  { number: 3, name: 'left', colour: '#ff0000' },
  { number: 7, name: 'right', colour: '#0000ff' },
];
const ofClasses: TrainOptions = { ...settings, classes, ignore: 255, lr: 0.01, epochs: 3 };

describe('classes of which each pixel has one', () => {
  const run = join(root, 'run');
  const notices: string[] = [];
  beforeAll(async () => {
    const listener = listening({ notice: (text) => notices.push(text) });
    await runTraining({ ...ofClasses, classWeights: 'auto' }, { out: run, ...listener });
  });

  test('what masks mean is told and written down', async () => {
    expect(notices).toContain('masks: 0 = background, 3 = left, 7 = right, 255 = unknown');
    expect(notices.find((text) => text.startsWith('class weights: background 0.'))).toBeDefined();
    const config = await readFile(join(run, 'config.yaml'), 'utf8');
    expect(config).toContain('maskValues: classes\n');
    expect(config).toContain('loss: cross-entropy+dice\n');
  });

  test('each class is scored; of the set the shares of a confusion', async () => {
    const { summary, rows } = await evaluate({ run });
    if (!('classes' in summary)) throw new Error('no classes');
    expect(Object.keys(summary.classes!)).toEqual(['left', 'right']);
    const pixels = summary.confusion!.flat().reduce((sum, count) => sum + count, 0);
    const right = summary.confusion!.reduce((sum, row, k) => sum + row[k], 0);
    expect(summary.set!.accuracy).toBeCloseTo(right / pixels, 12);
    // The unknown row of each image counts nowhere.
    const test = await Promise.all(rows.map(({ stem }) => sharp(maskOf(String(stem))).metadata()));
    expect(pixels).toBe(test.reduce((sum, { width, height }) => sum + width * (height - 1), 0));
    const [first] = parseCsv(await readFile(join(run, 'test.csv'), 'utf8'));
    for (const row of rows) {
      const each = [row['dice:left'], row['dice:right']].filter((value) => value !== '');
      const mean = each.reduce<number>((sum, value) => sum + Number(value), 0) / each.length;
      expect(Number(row.dice)).toBeCloseTo(mean, 5);
    }
    expect(Object.keys(first)).toEqual(Object.keys(rows[0]));
  });

  test('predictions are numbers in the colours of the classes, and can be learned from', async () => {
    const out = join(root, 'predicted');
    const image = join(settings.data, 'images', `${stems[0]}.png`);
    const { predictions } = await predict({ run, images: [image], objects: true }, { out });
    const bytes = await readFile(predictions[0].file!);
    const { kind, data, palette } = await readRawMask(bytes, 'predicted');
    expect(kind).toBe('index');
    for (const value of data) expect([0, 3, 7]).toContain(value);
    expect([palette![3], palette![7]]).toEqual(['#ff0000', '#0000ff']);
    for (const each of predictions[0].objects!) expect(['left', 'right']).toContain(each.class);
  });

  test('an audit of one class is about its channel and its pixels', async () => {
    const { result: all } = await auditRun({ run });
    const { result: left } = await auditRun({ run, class: 'left' });
    expect(left.class).toBe('left');
    expect('class' in all).toBe(false);
    expect(left.reference.mse).not.toBe(all.reference.mse);
    expect(left.levels.map(({ auc }) => auc)).not.toEqual(all.levels.map(({ auc }) => auc));
    expect(await refusal(auditRun({ run, class: 'lft' }))).toMatch(
      /^--class lft: got no class of the run, expected one of left, right; did you mean left\?/,
    );
  });

  test('the same settings give the same weights', async () => {
    const again = join(root, 'again');
    await runTraining({ ...ofClasses, classWeights: 'auto' }, { out: again });
    const last = join('weights', 'last.safetensors');
    expect(await readFile(join(again, last))).toEqual(await readFile(join(run, last)));
  });
});

test('plain images are learned from, also with several classes', async () => {
  const out = join(root, 'consistency');
  const plain = { consistency: 'teacher', consistencyThreshold: 0.5, average: 0.9, labels: 6 } as const;
  await runTraining({ ...ofClasses, ...plain }, { out });
  const rows = (await readFile(join(out, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n');
  const steps = rows.map((row) => JSON.parse(row)).filter(({ step }) => step !== undefined);
  expect(steps.every(({ pseudo_share: share }) => share >= 0 && share <= 1)).toBe(true);
  expect(steps.some(({ pseudo_share: share }) => share > 0)).toBe(true);
});

test('classes that overlap have a probability each, and a folder of predictions', async () => {
  const data = join(root, 'overlapping');
  for (const folder of ['images', 'masks/one', 'masks/other'])
    await mkdir(join(data, folder), { recursive: true });
  for (const stem of stems) {
    await copyFile(join(settings.data, 'images', `${stem}.png`), join(data, 'images', `${stem}.png`));
    const numbers = sharp(maskOf(stem)).extractChannel(0);
    const { data: values, info } = await numbers.raw().toBuffer({ resolveWithObject: true });
    const of = (wanted: readonly number[]) => values.map((value) => (wanted.includes(value) ? 255 : 0));
    await writePicture(join(data, 'masks/one', `${stem}.png`), info.width, info.height, of([3, 7]));
    await writePicture(join(data, 'masks/other', `${stem}.png`), info.width, info.height, of([7]));
  }
  const run = join(root, 'multilabel');
  await runTraining({ ...settings, data, multilabel: true }, { out: run });
  const { summary } = await evaluate({ run });
  expect(Object.keys((summary as { classes?: object }).classes!)).toEqual(['one', 'other']);
  const out = join(root, 'two');
  await predict({ run, images: [join(data, 'images', `${stems[0]}.png`)] }, { out });
  for (const name of ['one', 'other'])
    expect((await sharp(join(out, name, `${stems[0]}.png`)).metadata()).format).toBe('png');
  await rm(join(data, 'masks/other'), { recursive: true });
});

test('weights of classes that are not there, and rules for one class alone, are refused', async () => {
  const out = join(root, 'none');
  expect(await refusal(runTraining({ ...ofClasses, classWeights: '1,2' }, { out }))).toMatch(
    /^classWeights: got 1,2, expected auto, none, or 3 numbers from 0, not all of them 0, one for each of background, left, right/,
  );
});

test('a class of a quarter of the pixels counts three times as much as one of three quarters', () => {
  const map = (data: readonly number[]): LabelMap => ({
    width: 4,
    height: 1,
    planes: 1,
    data: Uint8Array.from(data),
  });
  // Shares of the known pixels of the images that have the class: 3/4 and 1/4; nobody has the third.
  const [most, rare, none] = balancedWeights([map([0, 0, 0, 1])], 3);
  expect(rare / most).toBeCloseTo(3, 12);
  expect(none).toBe(1);
  const unknown = balancedWeights([map([0, 0, 1, 255])], 2);
  expect(unknown[1] / unknown[0]).toBeCloseTo(2, 12);
});
