import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { planStudy, type StudyOptions, type StudySummary, study } from '../../src/index.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import { runTraining } from '../support/classic.ts';
import { writeDataset, writeEncoder, writeList } from '../support/dataset.ts';
import { listening } from '../support/listening.ts';
import { readCsv, weightHash } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const out = join(root, 'study');
const data = join(root, 'data');
const own = { consistencyThreshold: 0.55 };
let settings: StudyOptions;
let summary: StudySummary;

beforeAll(async () => {
  const encoder = await writeEncoder(join(root, 'encoder.safetensors'));
  const stems = await writeDataset(data, { count: 20, masks: 14 });
  await writeList(data, 'test.txt', stems.slice(0, 3));
  settings = {
    ...{ data, encoder, labels: 6, batch: 2, threads: 1, jobs: 1, audits: 0, ...tinyNetwork },
    ...{ steps: 3, epochSteps: 2, validation: 'auto', seeds: 2 },
    arms: {
      frozen: { seeds: 2 },
      consistency: { ...own, plainCount: 7 },
      few: { consistency: 'teacher', plainCount: 4, seeds: 1 },
    },
  };
  summary = await study(settings, { out, pictures: false });
});

const place = (arm: string, seed: number) => join(out, arm, `seed-${seed}`, 'train');

test('a run with plain images is in a study what it is by itself', async () => {
  const { kind, ...config } = parse(await readFile(join(place('consistency', 1), 'config.yaml'), 'utf8'));
  expect(kind).toBe('train');
  expect(config).toMatchObject({ consistency: 'teacher', average: 0.99, augment: 'light', steps: 3 });
  const alone = join(root, 'alone');
  await runTraining(config as TrainOptions, { out: alone });
  expect(await weightHash(place('consistency', 1), 'last')).toBe(await weightHash(alone, 'last'));
  for (const name of ['splits.json', 'test.csv'])
    expect(await readFile(join(place('consistency', 1), name), 'utf8'), name).toBe(
      await readFile(join(alone, name), 'utf8'),
    );
});

test('fewer plain images are among more, and each seed draws its own', async () => {
  const plainOf = async (arm: string, seed: number) => {
    const splits = JSON.parse(await readFile(join(place(arm, seed), 'splits.json'), 'utf8'));
    return (splits.plain as { stem: string }[]).map(({ stem }) => stem);
  };
  const [few, more, other] = [
    await plainOf('few', 0),
    await plainOf('consistency', 0),
    await plainOf('consistency', 1),
  ];
  expect([few.length, more.length, other.length]).toEqual([4, 7, 7]);
  expect(more).toEqual([...more].sort());
  for (const stem of few) expect(more).toContain(stem);
  expect(other).not.toEqual(more);
});

test('where no image validates, tables have empty cells, and nothing is claimed of it', async () => {
  const column = async (table: string, name: string) => {
    const [head, ...rows] = await readCsv(join(out, table));
    return new Set(rows.map((row) => row[head.indexOf(name)]));
  };
  for (const name of ['best_epoch', 'best_val_dice', 'lowest_val_loss'])
    expect(await column('runs.csv', name), name).toEqual(new Set(['']));
  for (const name of ['val_loss', 'val_dice'])
    expect(await column('epochs.csv', name), name).toEqual(new Set(['']));
  expect(await column('epochs.csv', 'epoch')).toEqual(new Set(['1', '2']));
  expect(await column('runs.csv', 'dice')).not.toContain('');
  expect(summary.arms[0].seeds[0].best_epoch).toBeUndefined();
  const report = await readFile(join(out, 'report.html'), 'utf8');
  expect(report).toContain('No image validates: there is the training loss alone.');
  expect(report).not.toMatch(/NaN|undefined|Infinity/);
});

test('a plan times every kind of step, and more plain images take as much longer', async () => {
  const arms = {
    frozen: {},
    trained: { trainEncoder: 'all' },
    consistency: { plainCount: 7 },
    more: { ...own, trainEncoder: 'all', consistency: 'teacher', plainBatch: 4 },
  } as const;
  const planned = { out: join(root, 'planned') };
  const plan = await planStudy({ ...settings, arms, seeds: 1 }, planned);
  const msOf = (trainEncoder: string, plain: number) =>
    plan.kinds.find((kind) => kind.trainEncoder === trainEncoder && kind.plain === plain)!.step_ms;
  expect(plan.kinds).toHaveLength(4);
  expect(msOf('none', 0)).toBeGreaterThan(0);
  const [none, two, four] = [msOf('all', 0), msOf('all', 2), msOf('all', 4)];
  expect((four - none) / (two - none)).toBeCloseTo(2, 9);
  // Three steps each; the rest of a run takes some seconds.
  const steps = 3 * (msOf('none', 0) + none + two + four);
  expect(plan.seconds).toBeGreaterThan(steps / 1000 + 4);
});

test('its tables are enough to go on elsewhere', async () => {
  const [tables, elsewhere] = [join(root, 'tables'), join(root, 'elsewhere')];
  await mkdir(tables);
  const names = ['study.csv', 'runs.csv', 'epochs.csv'];
  for (const name of [...names, 'times.csv', 'config.yaml'])
    await copyFile(join(out, name), join(tables, name));
  const started: string[] = [];
  await study(settings, {
    ...{ out: elsewhere, known: tables, pictures: false },
    ...listening({ start: ({ arm }) => started.push(arm) }),
  });
  expect(started).toEqual([]);
  for (const name of names)
    expect(await readFile(join(elsewhere, name), 'utf8')).toBe(await readFile(join(out, name), 'utf8'));
});
