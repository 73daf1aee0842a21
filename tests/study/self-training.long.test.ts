import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { planStudy, type StudyOptions, study } from '../../src/index.ts';
import { trainInRounds } from '../../src/runs/self-training.node.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import { writeDataset, writeEncoder, writeList } from '../support/dataset.ts';
import { listening } from '../support/listening.ts';
import { weightHash } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const out = join(root, 'study');
const run = join(out, 'pseudo-masks', 'seed-0', 'train');
const steps: number[] = [];
let settings: StudyOptions;

beforeAll(async () => {
  const encoder = await writeEncoder(join(root, 'encoder.safetensors'));
  const data = join(root, 'data');
  const stems = await writeDataset(data, { count: 14, masks: 10 });
  await writeList(data, 'test.txt', stems.slice(0, 3));
  settings = {
    ...{ data, encoder, labels: 6, batch: 2, threads: 1, jobs: 1, audits: 0, ...tinyNetwork },
    ...{ steps: 3, epochSteps: 3, seeds: 1, arms: { averaged: {}, 'pseudo-masks': { plainCount: 4 } } },
  };
  const told = listening({
    step: ({ step }, { arm }) => {
      if (arm === 'pseudo-masks') steps.push(step);
    },
  });
  await study(settings, { out, pictures: false, ...told });
});

test('an arm in rounds is what it is by itself', async () => {
  const { kind, ...config } = parse(await readFile(join(run, 'config.yaml'), 'utf8'));
  expect(config).toMatchObject({ pseudoRounds: 1, consistency: 'off', average: 0.99, plainCount: 4 });
  const alone = join(root, 'alone');
  await trainInRounds(config as TrainOptions, { out: alone });
  for (const folder of ['', 'rounds/0'])
    expect(await weightHash(join(run, folder), 'last')).toBe(await weightHash(join(alone, folder), 'last'));
  for (const name of ['splits.json', 'test.csv', 'rounds/0/pseudo/index.json'])
    expect(await readFile(join(run, name), 'utf8'), name).toBe(await readFile(join(alone, name), 'utf8'));
});

test('its first round is the arm without plain images', async () => {
  const averaged = join(out, 'averaged', 'seed-0', 'train');
  expect(await weightHash(join(run, 'rounds', '0'), 'last')).toBe(await weightHash(averaged, 'last'));
});

test('the steps of its rounds are planned and told', async () => {
  expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
  const plan = await planStudy(settings, { out: join(root, 'planned') });
  expect(plan.steps).toBe(9);
  expect(plan.kinds.map(({ plain }) => plain).sort()).toEqual([0, 2]);
});

test('a study that has grown does none of its rounds again', async () => {
  const before = await weightHash(run, 'last');
  const arms: string[] = [];
  const told = listening({ step: (_, { arm }) => arms.push(arm) });
  const more = { ...settings, arms: { ...(settings.arms as object), frozen: {} } };
  await study(more, { out, resume: true, pictures: false, ...told });
  expect(new Set(arms)).toEqual(new Set(['frozen']));
  expect(await weightHash(run, 'last')).toBe(before);
  expect(existsSync(join(run, 'rounds', '1'))).toBe(false);
});
