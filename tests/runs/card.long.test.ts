import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { exportRun, pretrain, study, subgroups, train, writeCard } from '../../src/index.ts';
import { RUN } from '../../src/records/entries.ts';
import { expectEntry } from '../../src/records/entry.node.ts';
import { writeList } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const run = join(root, 'run');
const { stems, settings } = await tinySettings(root, 14);
await writeList(join(root, 'data'), 'test.txt', stems.slice(0, 6));

beforeAll(async () => {
  await train({ recipe: 'classic', ...settings, steps: 4 }, { out: run, pictures: false });
}, 120_000);

test('a card tells what the run recorded, and the same each time', async () => {
  const { card, file } = await writeCard({ run, dataLicence: 'CC0-1.0' });
  const [rows, splits] = [await expectEntry(run, RUN.test), await expectEntry(run, RUN.splits)];
  const dice = rows.map((row) => Number(row.dice));
  expect(card.data).toMatchObject({
    train: splits.train.length,
    test: 6,
    plain: 0,
    groups: 0,
    licence: 'CC0-1.0',
  });
  const [told] = card.test!.scores;
  expect(told.mean).toBeCloseTo(dice.reduce((sum, value) => sum + value, 0) / 6, 12);
  expect(told.ci95![0]).toBeLessThanOrEqual(told.mean);
  expect(told.ci95![1]).toBeGreaterThanOrEqual(told.mean);
  expect(card.test!.worst[0].dice).toBe(Math.min(...dice));
  expect(card.test!.below_half).toBe(dice.filter((value) => value < 0.5).length / 6);
  expect(Object.keys(card.baselines!)).toEqual(['otsu', 'mean_mask', 'nearest']);
  const text = await readFile(file, 'utf8');
  expect(text).toContain('licence of the data: CC0-1.0');
  expect(text).not.toContain('undefined');
  await writeCard({ run, dataLicence: 'CC0-1.0' });
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('an exported model holds it, if it is of the same weights', async () => {
  const { metadata } = await exportRun({ run }, { out: join(root, 'model.onnx') });
  expect(JSON.parse(metadata.model_card)).toMatchObject({ name: 'run', data: { test: 6 } });
  const warnings: string[] = [];
  const listener = listening({ warning: (text) => warnings.push(text) });
  const other = await exportRun({ run, weights: 'last' }, { out: join(root, 'last.onnx'), ...listener });
  const best = JSON.parse(metadata.model_card).network.weights_sha256;
  const same = other.metadata.weights_sha256 === best;
  expect(other.metadata.model_card === undefined).toBe(!same);
  expect(warnings.some((text) => text.includes('of other weights'))).toBe(!same);
});

test('an autoencoder has none', async () => {
  const { data, encoder, size, decoderChannels } = { ...settings };
  await pretrain(
    { data, encoder, size, decoderChannels, maxSteps: 2, batch: 2, threads: 1 },
    { out: join(root, 'painter'), pictures: false },
  );
  expect(await refusal(writeCard({ run: join(root, 'painter') }))).toContain('an autoencoder');
});

test('of a run of a study all its seeds are told, which is the median, and what was found', async () => {
  const out = join(root, 'study');
  await study(
    {
      ...{ ...settings, labels: 4, epochs: 1, audits: 0, jobs: 1 },
      ...{ arms: 'scratch,denoise', seeds: 3, pretrainEpochs: 1 },
    },
    { out, pictures: false },
  );
  const { card, file } = await writeCard({ run: join(out, 'denoise/seed-1/train') });
  const { arm, labels, seeds, median_seed, found } = card.study!;
  expect([arm, labels, seeds.map(({ seed }) => seed)]).toEqual(['denoise', '4', [0, 1, 2]]);
  const [own] = card.test!.scores;
  expect(seeds[1].dice).toBeCloseTo(own.mean, 6);
  const middle = seeds.map(({ dice }) => dice).sort((a, b) => a - b)[1];
  expect(seeds.find(({ seed }) => seed === median_seed)!.dice).toBe(middle);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain('denoise');
  const text = await readFile(file, 'utf8');
  expect(text).toContain(found[0]);
  expect(text).not.toContain('this is one training');
  // Of the baseline what was found of the others, beside it.
  expect((await writeCard({ run: join(out, 'scratch/seed-0/train') })).card.study!.found).toEqual(found);
  expect((await writeCard({ run })).card.study).toBeUndefined();
});

test('what was found of parts of the images is told', async () => {
  const before = await writeCard({ run });
  expect(before.card.subgroups).toBeUndefined();
  expect(await readFile(before.file, 'utf8')).toContain('`fewmask subgroups`');
  const table = join(root, 'columns.csv');
  await writeFile(
    table,
    `stem,device\n${stems.map((stem, i) => `${stem}.png,${i % 2 ? 'a' : 'b'}`).join('\n')}\n`,
  );
  const found = await subgroups({ run, columns: table });
  expect(found.of).toBe('test');
  const devices = found.subgroups.filter(({ division }) => division === 'device');
  expect(devices.map(({ name, images }) => [name, images])).toEqual([
    ['a', 3],
    ['b', 3],
  ]);
  const rows = await expectEntry(run, RUN.test);
  const dice = (name: string) =>
    rows.filter(({ stem }) => (stems.indexOf(stem) % 2 ? 'a' : 'b') === name).map((row) => Number(row.dice));
  for (const { name, mean, interval } of devices) {
    expect(mean).toBeCloseTo(dice(name).reduce((sum, value) => sum + value, 0) / 3, 12);
    expect(interval).toBeUndefined();
  }
  expect(found.subgroups.filter(({ division }) => division === 'size').length).toBeGreaterThan(1);
  const { card, file } = await writeCard({ run });
  expect(card.subgroups).toEqual({ compared: 0 });
  expect(await readFile(file, 'utf8')).toContain('of 0 parts of the images');
  await writeFile(table, 'stem,device\nnobody,a\n');
  expect(await refusal(subgroups({ run, columns: table }))).toContain('no row of an image that is scored');
  expect(await refusal(subgroups({ run, metric: 'dize' }))).toContain('dice');
});
