import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { objectMap } from '../../src/data/masks/parts.ts';
import { METRIC_NAMES, OVERLAP_METRICS } from '../../src/eval/metrics.ts';
import type { TestSummary } from '../../src/objectives/segment.ts';
import type { TrainSummary } from '../../src/records/summaries.ts';
import { evaluate } from '../../src/runs/evaluate.node.ts';
import { runTraining } from '../support/classic.ts';
import { writeDataset, writeList, writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { decodeMask } from '../support/masks.ts';
import { readCsv, readSplits } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';
import { untrainedRun } from '../support/untrained-run.ts';

const root = await temporaryFolder();
const { settings, stems } = await tinySettings(root);
const run = join(root, 'run');
let trained: TrainSummary;
beforeAll(async () => {
  trained = await runTraining({ ...settings, lr: 0.01, epochs: 2 }, { out: run });
});

const sixDigits = (score: number) => String(Number(score.toPrecision(6)));

test('the test scores of a run come out again, image by image', async () => {
  const evaluation = await evaluate({ run });
  expect(evaluation).toMatchObject({ kind: 'segmentation', weights: 'best', split: 'test' });
  expect(evaluation.summary).toEqual(trained.test);
  const [head, ...rows] = await readCsv(join(run, 'test.csv'));
  expect(head).toEqual(['stem', ...METRIC_NAMES, ...OVERLAP_METRICS.map((metric) => `net_${metric}`)]);
  const scores = evaluation.kind === 'segmentation' ? evaluation.scores : [];
  expect(rows).toEqual(
    scores.map(({ stem, native, network }) => [
      stem,
      ...METRIC_NAMES.map((metric) => sixDigits(native[metric])),
      ...OVERLAP_METRICS.map((metric) => sixDigits(network[metric])),
    ]),
  );
});

test('objects are counted beside the pixels, which stay the same', async () => {
  const { objects: counted, ...pixels } = (await evaluate({ run, objects: true })).summary as TestSummary;
  expect(pixels).toEqual(trained.test);
  const evaluation = await evaluate({ run, objects: true, maskThreshold: 0.3 });
  if (evaluation.kind !== 'segmentation') throw new Error(`got ${evaluation.kind}`);
  for (const [i, { stem, objects }] of evaluation.scores.entries()) {
    const { found, missed, invented } = objects!;
    const { data, ...shape } = await decodeMask(join(settings.data, 'masks', `${stem}.png`));
    const truth = { ...shape, data: data.map((value) => (value === 255 ? 1 : 0)) };
    expect(found + missed).toBe(Math.max(...objectMap(truth.data, truth)));
    expect(evaluation.rows[i]).toMatchObject({ stem, found, missed, invented });
  }
  expect(counted!.found + counted!.missed).toBe(
    evaluation.scores.reduce((sum, { objects }) => sum + objects!.found + objects!.missed, 0),
  );
});

test('other parts of the data, split as the run splits them', async () => {
  const parts = await readSplits(run);
  for (const split of ['train', 'validation'] as const) {
    const { scores } = await evaluate({ run, split, weights: 'last' });
    expect(scores.map(({ stem }) => stem)).toEqual(parts[split]);
  }
  const { scores, weights } = await evaluate({ run, split: 'all', weights: 'last' });
  expect(weights).toBe('last');
  expect(scores.map(({ stem }) => stem)).toEqual(stems);
});

test('the validation Dice of the best weights comes out again', async () => {
  const { summary } = await evaluate({ run, split: 'validation' });
  expect('network' in summary && summary.network.dice.mean).toBeCloseTo(trained.best_val_dice!, 6);
});

test('an autoencoder is scored by what it paints', async () => {
  const autoencoder = await untrainedRun(join(root, 'autoencoder'), 'pretrain', settings);
  const evaluation = await evaluate({ run: autoencoder, split: 'all' });
  expect(evaluation.kind).toBe('reconstruction');
  if (evaluation.kind !== 'reconstruction') return;
  expect(evaluation.summary.images).toBe(10);
  for (const { mse, psnr } of evaluation.scores) {
    expect(mse).toBeGreaterThan(0);
    expect(psnr).toBeCloseTo(-10 * Math.log10(mse), 9);
  }
});

test('the test set of another folder, though it has fewer masks than the run was given', async () => {
  const other = join(root, 'other');
  const [, ...rest] = await writeDataset(other, { count: 4 });
  await writeList(other, 'test.txt', rest);
  const { scores } = await evaluate({ run, data: other });
  expect(scores.map(({ stem }) => stem)).toEqual(rest);
  expect(await refusal(evaluate({ run, data: other, split: 'train' }))).toMatch(
    /labels: got 1 mask to train with/,
  );
});

test('data elsewhere, no data at all, and no part of that name', async () => {
  await cp(settings.data, join(root, 'moved'), { recursive: true });
  await rm(join(root, 'moved', 'masks', 'image-00.png'));
  const { scores } = await evaluate({ run, data: join(root, 'moved'), split: 'all' });
  expect(scores).toHaveLength(9);
  expect(await refusal(evaluate({ run, data: join(root, 'nowhere') }))).toMatch(
    /got the data folder .*nowhere, which is not there.*--data/,
  );
  const plain = { ...settings, validation: false };
  const unvalidated = await untrainedRun(join(root, 'unvalidated'), 'train', plain);
  expect(await refusal(evaluate({ run: unvalidated, split: 'validation' }))).toMatch(
    /^the validation set of .*: got no images with masks.*--split/,
  );
});

test('another folder may have other values for the same class; what could be several is refused', async () => {
  const same = join(root, 'same');
  await cp(settings.data, same, { recursive: true });
  for (const stem of stems) {
    const path = join(same, 'masks', `${stem}.png`);
    const { data, info } = await sharp(path).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
    await sharp(
      data.map((value) => (value > 127 ? 1 : 0)),
      { raw: { width: info.width, height: info.height, channels: 1 } },
    )
      .toColourspace('b-w')
      .png()
      .toFile(path);
  }
  const [own, other] = [
    await evaluate({ run, split: 'all' }),
    await evaluate({ run, data: same, split: 'all' }),
  ];
  expect(other.rows).toEqual(own.rows);
  const [stem] = stems;
  await sharp(Uint8Array.of(0, 1, 2, 3), { raw: { width: 2, height: 2, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toFile(join(same, 'masks', `${stem}.png`));
  expect(await refusal(evaluate({ run, data: same, split: 'all' }))).toContain(
    'which may be numbers of classes',
  );
});

/** Masks of these values, in columns. */
async function writeColumns(folder: string, names: readonly string[], values: readonly number[]) {
  for (const stem of names) {
    const labels = Uint8Array.from(
      { length: 40 * 32 },
      (_, i) => values[Math.floor((values.length * (i % 40)) / 40)],
    );
    await writePicture(join(folder, 'masks', `${stem}.png`), 40, 32, labels);
  }
}

test('a copy of the data has the same scores: unknown pixels and several classes', async () => {
  const [data, copy] = [join(root, 'several'), join(root, 'several-copy')];
  const names = await writeDataset(data, { count: 4, sizes: [[40, 32]] });
  await writeColumns(data, names, [0, 1, 2, 255]);
  await writeFile(join(data, 'classes.txt'), 'background\na\nb\n');
  await cp(data, copy, { recursive: true });
  const out = join(root, 'several-run');
  await runTraining({ ...settings, data, ignore: 255, epochs: 1, validation: false }, { out });
  const [own, other] = [
    await evaluate({ run: out, split: 'all' }),
    await evaluate({ run: out, data: copy, split: 'all' }),
  ];
  expect(own.rows).toHaveLength(4);
  expect(other.rows).toEqual(own.rows);
});

test('another folder has numbers of objects, too, where the run was told that its masks have', async () => {
  const data = join(root, 'numbered');
  const names = await writeDataset(data, { count: 2, sizes: [[40, 32]] });
  await writeColumns(data, names, [0, 1, 2, 3]);
  const classes = [
    { number: 0, name: 'background', colour: '#000000' },
    { number: 1, name: 'cell', colour: '#ffffff' },
  ];
  const counted = await untrainedRun(join(root, 'counted'), 'train', {
    ...settings,
    data,
    maskValues: 'nonzero',
    classes,
  });
  const own = await evaluate({ run: counted, split: 'all' });
  expect((await evaluate({ run: counted, data, split: 'all' })).rows).toEqual(own.rows);
});

test('another folder is read as its own masks say: white on black, and classes whose numbers the run ignores', async () => {
  const [ones, white] = [join(root, 'ones'), join(root, 'white')];
  const names = await writeDataset(ones, { count: 2, sizes: [[40, 32]] });
  await cp(ones, white, { recursive: true });
  await writeColumns(ones, names, [0, 1, 1, 0]);
  await writeColumns(white, names, [0, 255, 255, 0]);
  // Saved with loss there are greys about the edges: below half they are background.
  for (const stem of names) {
    const png = join(white, 'masks', `${stem}.png`);
    await sharp(png).jpeg({ quality: 60 }).toFile(png.replace('.png', '.jpg'));
    await rm(png);
  }
  const classes = [
    { number: 0, name: 'background', colour: '#000000' },
    { number: 1, name: 'cell', colour: '#ffffff' },
  ];
  const run = await untrainedRun(join(root, 'of-ones'), 'train', {
    ...{ ...settings, data: ones, maskValues: 'nonzero', classes },
  });
  const rows = async (data: string) => (await evaluate({ run, data, split: 'all' })).rows;
  expect(await rows(white)).toEqual(await rows(ones));

  const own = join(root, 'own-numbers');
  await cp(ones, own, { recursive: true });
  await writeColumns(own, names, [0, 7, 255, 0]);
  await writeFile(join(own, 'classes.yaml'), '{ 0: background, 7: a, 255: b }');
  const numbered = join(root, 'numbered-classes');
  await cp(ones, numbered, { recursive: true });
  await writeColumns(numbered, names, [0, 1, 2, 0]);
  await writeFile(join(numbered, 'classes.txt'), 'background\na\nb\n');
  const of = join(root, 'ignoring');
  await runTraining({ ...settings, data: numbered, ignore: 255, epochs: 1, validation: false }, { out: of });
  const others = await evaluate({ run: of, data: own, split: 'all' });
  expect(others.rows).toEqual((await evaluate({ run: of, data: numbered, split: 'all' })).rows);
});
