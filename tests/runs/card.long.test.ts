import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { exportRun, pretrain, train, writeCard } from '../../src/index.ts';
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
