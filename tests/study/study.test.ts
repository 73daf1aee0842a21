import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type RunOfStudy, type StudySummary, study } from '../../src/index.ts';
import { readTables } from '../../src/records/study-tables.node.ts';
import { analyseStudy } from '../../src/study/analysis/analysis.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { readCsv, readMetrics, readSplits } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root);
const { epochs: _, ...rest } = settings;
const shared = { ...rest, audits: 0 };
const out = join(root, 'study');
const place = (arm: string, seed: number, phase: string) => join(out, arm, `seed-${seed}`, phase);

describe('two arms under two seeds', () => {
  const started: RunOfStudy[] = [];
  let summary: StudySummary;

  beforeAll(async () => {
    summary = await study(
      {
        ...shared,
        labels: 4,
        arms: 'scratch,denoise',
        seeds: 2,
        epochs: 2,
        pretrainEpochs: 1,
        jobs: 1,
        audits: 1,
      },
      { out, pictures: false, ...listening({ start: (run) => started.push(run) }) },
    );
  });

  test('make a folder for each arm, seed and phase', async () => {
    expect((await readdir(out)).sort()).toEqual([
      'analysis.json',
      'comparisons.csv',
      'config.yaml',
      'denoise',
      'environment.json',
      'epochs.csv',
      'plan.csv',
      'report.html',
      'runs.csv',
      'scratch',
      'study.csv',
      'summary.json',
      'times.csv',
    ]);
    for (const seed of [0, 1]) {
      expect(await readdir(place('scratch', seed, ''))).toEqual(['train']);
      expect((await readdir(place('denoise', seed, ''))).sort()).toEqual(['pretrain', 'train']);
      expect(existsSync(join(place('denoise', seed, 'pretrain'), 'audit', 'audit.json'))).toBe(seed === 0);
    }
    expect(started.map(({ number, of, arm, phase }) => `${number}/${of} ${arm} ${phase}`)).toEqual([
      '1/6 scratch train',
      '2/6 denoise pretrain',
      '3/6 denoise train',
      '4/6 scratch train',
      '5/6 denoise pretrain',
      '6/6 denoise train',
    ]);
  });

  test('study.csv has a row for each arm, seed and test image', async () => {
    const [head, ...rows] = await readCsv(join(out, 'study.csv'));
    expect(head.slice(0, 4)).toEqual(['arm', 'seed', 'image', 'dice']);
    const { test: stems } = await readSplits(place('scratch', 0, 'train'));
    const expected = [0, 1].flatMap((seed) =>
      ['scratch', 'denoise'].flatMap((arm) => stems.map((stem) => [arm, String(seed), stem])),
    );
    expect(rows.map((row) => row.slice(0, 3))).toEqual(expected);
    const shares = head.flatMap((name, column) =>
      column < 3 || ['hd95', 'labels', 'draw'].includes(name) ? [] : [column],
    );
    for (const row of rows) {
      for (const column of shares) {
        expect(Number(row[column]), head[column]).toBeGreaterThanOrEqual(0);
        expect(Number(row[column]), head[column]).toBeLessThanOrEqual(1);
      }
      expect(Number(row[head.indexOf('hd95')])).toBeGreaterThanOrEqual(0);
    }
  });

  test('runs.csv, epochs.csv and times.csv have a row for each run, epoch, and run or pretraining', async () => {
    const keys = ['arm', 'seed', 'labels', 'draw'];
    const [head, ...runs] = await readCsv(join(out, 'runs.csv'));
    expect(head.slice(0, 4)).toEqual(keys);
    expect(runs.map((row) => row.slice(0, 5).join())).toEqual(
      [0, 1].flatMap((seed) => ['scratch', 'denoise'].map((arm) => `${arm},${seed},4,0,4`)),
    );
    const [epochHead, ...epochs] = await readCsv(join(out, 'epochs.csv'));
    expect(epochHead).toEqual([...keys, 'epoch', 'train_loss', 'val_loss', 'val_dice']);
    const { epochs: first } = await readMetrics(place('scratch', 0, 'train'));
    expect(epochs).toHaveLength(8);
    expect(epochs[0].slice(4).map(Number)).toEqual(
      ['epoch', 'train_loss', 'val_loss', 'val_dice'].map((key) => first[0][key]),
    );
    const [, ...times] = await readCsv(join(out, 'times.csv'));
    expect(times.map(([phase, arm, seed]) => `${phase} ${arm} ${seed}`)).toEqual(
      [0, 1].flatMap((seed) => [
        `train scratch ${seed}`,
        `pretrain denoise ${seed}`,
        `train denoise ${seed}`,
      ]),
    );
  });

  test('leave tables that can be analysed', async () => {
    const tables = await readTables(out);
    expect([tables.images, tables.runs, tables.epochs].map(({ length }) => length)).toEqual([8, 4, 8]);
    const { budgets, notes } = analyseStudy(tables, { baseline: 'scratch' });
    expect(notes).toEqual([]);
    expect(budgets).toMatchObject([{ labels: '4', masks: 4, reach: { seeds: 2, smallest_p: 0.5 } }]);
    const [{ metrics, lowest_val_loss }] = budgets;
    expect(metrics.slice(0, 2).map(({ metric }) => metric)).toEqual(['dice', 'iou']);
    for (const compared of [...metrics.map(({ comparisons }) => comparisons), lowest_val_loss])
      expect(compared.map(({ arm, seeds }) => [arm, seeds])).toEqual([['denoise', 2]]);
  });

  test('give all arms of a seed the same images and steps, and nothing kept back to pretraining', async () => {
    for (const seed of [0, 1]) {
      const [scratch, denoise] = ['scratch', 'denoise'].map((arm) => place(arm, seed, 'train'));
      const splits = await readFile(join(scratch, 'splits.json'), 'utf8');
      expect(await readFile(join(denoise, 'splits.json'), 'utf8')).toBe(splits);
      expect((await readMetrics(denoise)).steps).toHaveLength((await readMetrics(scratch)).steps.length);
      const { train, validation, test } = await readSplits(scratch);
      expect([train.length, validation.length, test.length]).toEqual([2, 2, 2]);
      const pretraining = await readSplits(place('denoise', seed, 'pretrain'));
      expect(pretraining.validation).toEqual(validation);
      expect(pretraining.train).toHaveLength(6);
      for (const stem of [...validation, ...test]) expect(pretraining.train).not.toContain(stem);
    }
    const train = async (seed: number) => (await readSplits(place('scratch', seed, 'train'))).train;
    expect(await train(0)).not.toEqual(await train(1));
  });

  test('sum up to what the runs say', async () => {
    expect(summary).toMatchObject({ kind: 'study', interrupted: false });
    expect(summary.arms.map(({ arm, seeds }) => [arm, seeds.map(({ steps }) => steps)])).toEqual([
      ['scratch', [2, 2]],
      ['denoise', [2, 2]],
    ]);
    for (const { arm, seeds, dice } of summary.arms) {
      const of = seeds.map(({ test }) => test!.native.dice.mean);
      expect(dice, arm).toBeCloseTo((of[0] + of[1]) / 2, 12);
      for (const { seed, lowest_val_loss } of seeds) {
        const losses = (await readMetrics(place(arm, seed, 'train'))).epochs.map((row) => row.val_loss);
        expect(lowest_val_loss).toBe(Math.min(...losses));
      }
    }
  });

  test('end in a report that needs no other file', async () => {
    for (const folder of [out, place('denoise', 0, 'pretrain'), place('denoise', 1, 'train')]) {
      const report = await readFile(join(folder, 'report.html'), 'utf8');
      expect(report).toMatch(/^<!doctype html>/i);
      expect(report).not.toMatch(/https?:|<script|<link|<img|NaN|undefined/);
    }
  });

  test('are not lost to a mistake in the next call', async () => {
    const next = { ...shared, encoder: join(root, 'nowhere'), arms: 'scratch' };
    expect(await refusal(study(next, { out, overwrite: true }))).toMatch(/nowhere: got no such file/);
    expect(await refusal(study({ ...shared, arms: 'scratch' }, { out }))).toMatch(/--overwrite/);
    expect(existsSync(join(out, 'study.csv'))).toBe(true);
  });
});

test('a study that is interrupted keeps the runs that are finished', async () => {
  const stopped = join(root, 'stopped');
  const stop = new AbortController();
  const summary = await study(
    { ...shared, arms: 'scratch', seeds: 3, epochs: 1, jobs: 1 },
    {
      out: stopped,
      pictures: false,
      ...listening({
        signal: stop.signal,
        start: ({ number }) => {
          if (number === 2) stop.abort();
        },
      }),
    },
  );
  expect(summary.interrupted).toBe(true);
  expect(summary.arms.map(({ seeds }) => seeds.map(({ seed }) => seed))).toEqual([[0]]);
  const [, ...rows] = await readCsv(join(stopped, 'study.csv'));
  expect(rows.map(([arm, seed]) => `${arm} ${seed}`)).toEqual(['scratch 0', 'scratch 0']);
  expect(existsSync(join(stopped, 'scratch', 'seed-0', 'train', 'report.html'))).toBe(true);
  expect(existsSync(join(stopped, 'scratch', 'seed-2'))).toBe(false);
  expect(JSON.parse(await readFile(join(stopped, 'summary.json'), 'utf8')).interrupted).toBe(true);
  expect(existsSync(join(stopped, 'report.html'))).toBe(true);
});

test('arms that start from the same pretraining share it', async () => {
  const out = join(root, 'sharing');
  const runs: string[] = [];
  const summary = await study(
    { ...shared, arms: 'matched,no-skips,partial:2', seeds: 1, epochs: 1, pretrainEpochs: 1, jobs: 1 },
    { out, pictures: false, ...listening({ start: ({ arm, phase }) => runs.push(`${arm} ${phase}`) }) },
  );
  expect(runs).toEqual([
    'identity pretrain',
    'matched train',
    'partial-2 train',
    'no-skips pretrain',
    'no-skips train',
  ]);
  expect(summary.arms.map(({ arm }) => arm)).toEqual(['matched', 'no-skips', 'partial-2']);
  const config = await readFile(join(out, 'partial-2', 'seed-0', 'train', 'config.yaml'), 'utf8');
  expect(config).toMatch(/^transfer: partial:2$/m);
  expect(config).toMatch(/^pretrained: .*identity.seed-0.pretrain$/m);
  const skips = await readFile(join(out, 'no-skips', 'seed-0', 'pretrain', 'config.yaml'), 'utf8');
  expect(skips).toMatch(/^skips: none$/m);
  const report = await readFile(join(out, 'report.html'), 'utf8');
  expect(report).not.toMatch(/NaN|undefined/);
});
