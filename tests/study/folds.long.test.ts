import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { compareResults, type StudySummary, study, train } from '../../src/index.ts';
import { RUN, STUDY } from '../../src/records/entries.ts';
import { expectEntry } from '../../src/records/entry.node.ts';
import { readTables } from '../../src/records/study-tables.node.ts';
import { analyseStudy } from '../../src/study/analysis/analysis.ts';
import { writeDataset } from '../support/dataset.ts';
import { readSplits } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 1);
const data = join(root, 'patients');
const out = join(root, 'study');
const options = {
  ...{ ...settings, data, epochs: undefined, steps: 1, pretrainEpochs: 1, audits: 0, jobs: 1 },
  ...{ arms: 'scratch,identity', seeds: 1, folds: 2, validation: false, groupPattern: '-(.)' },
};
let summary: StudySummary;
let stems: string[];

beforeAll(async () => {
  // Six patients of two images.
  stems = [];
  for (let patient = 0; patient < 6; patient++)
    stems.push(...(await writeDataset(data, { count: 2, seed: patient, prefix: `p-${patient}x` })));
  summary = await study(options, { out, pictures: false });
});

const place = (arm: string, seed: number, run: string) => join(out, arm, `seed-${seed}`, run);

test('every image is tested once by each arm and seed, on networks that have not seen its patient', async () => {
  const { images, runs } = await readTables(out);
  expect(runs).toHaveLength(4);
  for (const arm of ['scratch', 'identity']) {
    const rows = images.filter((row) => row.arm === arm);
    expect(rows.map(({ image }) => image).sort()).toEqual([...stems].sort());
    for (const fold of [1, 2]) {
      const splits = await readSplits(place(arm, 0, `train-fold${fold}`));
      const tested = rows.filter((row) => row.fold === fold);
      expect(tested.map(({ image }) => image)).toEqual(splits.test);
      expect(tested.every(({ image, group }) => group === image[2])).toBe(true);
      const patients = new Set(splits.test.map((stem) => stem[2]));
      expect(splits.train.filter((stem) => patients.has(stem[2]))).toEqual([]);
      if (arm !== 'identity') continue;
      const before = await readSplits(place(arm, 0, `pretrain-fold${fold}`));
      expect(before.train.filter((stem) => patients.has(stem[2]))).toEqual([]);
    }
  }
});

test('the images of all folds count together, groups as one', async () => {
  const [{ images, groups, seeds }] = await compareResults({
    file: join(out, 'study.csv'),
    baseline: 'scratch',
  });
  expect({ images, groups, seeds }).toEqual({ images: 12, groups: 6, seeds: 1 });
  const { budgets, notes } = analyseStudy(await readTables(out), { baseline: 'scratch' });
  expect(notes).toEqual([]);
  expect(budgets[0].metrics[0].comparisons[0]).toMatchObject({ images: 12, groups: 6, seeds: 1 });
  expect(budgets[0].arms).toMatchObject([{ arm: 'scratch', seeds: [0], runs: 2 }, { runs: 2 }]);
  const [scratch] = summary.arms;
  expect(scratch.seeds.map(({ seed, test: { images: count } }) => [seed, count])).toEqual([[0, 12]]);
});

test('a run of a fold can be done again by itself', async () => {
  const run = place('scratch', 0, 'train-fold2');
  const { kind: _, ...config } = await expectEntry(run, RUN.settings);
  expect(config.fold).toBe('2/2');
  await train(config as Parameters<typeof train>[0], { out: join(root, 'again'), pictures: false });
  expect(await expectEntry(join(root, 'again'), RUN.test)).toEqual(await expectEntry(run, RUN.test));
});

test('what is known of its runs is not done again', async () => {
  const known = join(root, 'known');
  for (const name of ['config.yaml', 'study.csv', 'runs.csv', 'epochs.csv', 'times.csv'])
    await cp(join(out, name), join(known, name));
  const copy = join(root, 'copy');
  await study(options, { out: copy, known, pictures: false });
  for (const table of ['images', 'runs', 'epochs', 'times'] as const)
    expect(await expectEntry(copy, STUDY[table])).toEqual(await expectEntry(out, STUDY[table]));
  await rm(known, { recursive: true });
});
