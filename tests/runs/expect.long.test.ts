import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { evaluate, expectationOf, predict, suspects, train } from '../../src/index.ts';
import { RUN } from '../../src/records/entries.ts';
import { expectEntry } from '../../src/records/entry.node.ts';
import { trainOnAll } from '../../src/runs/train-on-all.node.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import { writeDataset, writeEncoder, writeList, writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const encoder = await writeEncoder(at('encoder.safetensors'));
const stems = await writeDataset(at('data'), { count: 40 });
await writeList(at('data'), 'test.txt', stems.slice(0, 20));
const settings: TrainOptions = {
  ...{ recipe: 'classic', data: at('data'), encoder, batch: 4, steps: 40, lr: 0.03, normMomentum: 0.5 },
  ...{ ...tinyNetwork, threads: 1, validation: false },
};
const run = at('run');
const options = { run, folds: 2, threads: 1 } as const;

beforeAll(async () => {
  await train(settings, { out: run, pictures: false });
  await expectationOf(options);
}, 600_000);

const splitsOf = async (path: string) => {
  const { train: own, test: held } = await expectEntry(path, RUN.splits);
  return { train: own.map(({ stem }) => stem), test: held.map(({ stem }) => stem) };
};

test('each mask of the run is held out by one network, which has not seen it', async () => {
  const own = await splitsOf(run);
  const folds = await Promise.all(['1-of-2', '2-of-2'].map((fold) => splitsOf(join(run, 'folds', fold))));
  expect(folds.flatMap((fold) => fold.test).sort()).toEqual([...own.train].sort());
  for (const fold of folds) expect(fold.train.filter((stem) => fold.test.includes(stem))).toEqual([]);
  for (const fold of folds) expect(fold.train.concat(fold.test).sort()).toEqual([...own.train].sort());
  const rows = await expectEntry(run, RUN.heldOut);
  expect(rows.map(({ stem }) => stem).sort()).toEqual([...own.train].sort());
  const tested = await Promise.all(
    ['1-of-2', '2-of-2'].map((fold) => expectEntry(join(run, 'folds', fold), RUN.test)),
  );
  const dice = new Map(tested.flat().map((row) => [row.stem, Number(row.dice)]));
  // The network's own test sees one view of each image, this one four.
  for (const row of rows) expect(Math.abs(Number(row.dice) - dice.get(row.stem)!)).toBeLessThan(0.2);
});

test('what is there is used again, to the same bytes', async () => {
  const [record, weights] = [
    join(run, RUN.expectation.name),
    join(run, 'folds/1-of-2/weights/last.safetensors'),
  ];
  const [before, made] = [await readFile(record), (await stat(weights)).mtimeMs];
  await rm(record);
  await expectationOf(options);
  expect(await readFile(record)).toEqual(before);
  expect((await stat(weights)).mtimeMs).toBe(made);
});

test('what is expected of test images is checked by the masks that were held out', async () => {
  const { expectation, rows, summary } = await evaluate({ run, expect: true, threads: 1 });
  expect(expectation!.basis).toEqual({ of: 'held_out', images: 20, units: 20, level: 0.95 });
  expect(expectation!.images).toBe(20);
  expect(expectation!.true_dice).toBeCloseTo(
    (summary as { native: { dice: { mean: number } } }).native.dice.mean,
    6,
  );
  const bounded = rows.filter(({ lower_bound }) => lower_bound !== '');
  const held = bounded.filter(({ dice, lower_bound }) => Number(dice) >= Number(lower_bound));
  expect(expectation!.coverage).toBeCloseTo(held.length / bounded.length, 12);
});

test('of images without truth a table is written, whose bounds rest on the test images', async () => {
  const images = stems.map((stem) => join(at('data'), 'images', `${stem}.png`));
  const all = await predict({ run, images, expect: 0.9, threads: 1 }, { out: at('masks') });
  expect(all.expectation!.basis).toEqual({ of: 'test', images: 20, units: 20, level: 0.9 });
  const rows = (await readFile(all.expected!, 'utf8')).trim().split('\n');
  expect(rows).toHaveLength(41);
  expect(rows[0]).toBe('image,expected_dice,lower_bound,distance,unlike');
  // An image that was trained on is where it is.
  const known = all.predictions.find(({ image }) => image.includes(stems[25]))!;
  expect(known.expected!.distance).toBeLessThan(1e-6);
  expect(all.expectation!.known).toBe(20);
  expect(all.expectation!.warnings.join()).toContain('20 of 40 images are images of the training');
  for (const { expected } of all.predictions) {
    expect(expected!.unlike).toBe(expected!.bound === undefined);
    if (expected!.bound !== undefined) expect(expected!.bound).toBeLessThanOrEqual(expected!.dice);
  }
});

test('images of another kind have no bound, and it is told', async () => {
  await mkdir(at('other'), { recursive: true });
  const colours = ['ff00ff', '00ff00', '0000ff', 'ffff00', '00ffff', 'ffffff'].map((hex) =>
    Buffer.from(hex, 'hex'),
  );
  for (const [i, colour] of colours.entries()) {
    const pixels = Uint8Array.from({ length: 48 * 48 * 3 }, (_, k) => colour[k % 3]);
    await writePicture(at('other', `${i}.png`), 48, 48, pixels);
  }
  const warnings: string[] = [];
  const { onEvent } = listening({ warning: (text) => warnings.push(text) });
  const { expectation } = await predict(
    { run, images: [at('other')], expect: true, threads: 1 },
    { onEvent },
  );
  // By chance 5 % of them would be; three of six are more than that.
  expect(expectation!.unlike).toBeGreaterThanOrEqual(3);
  expect(warnings.join('\n')).toContain(
    `${expectation!.unlike} of 6 images are unlike those of the training`,
  );
});

test('where it was not found out, or masks are made in another way, it is refused', async () => {
  expect(
    await refusal(predict({ run: join(run, 'folds/1-of-2'), images: [at('data/images')], expect: true })),
  ).toContain('npx fewmask expect');
  for (const changes of [
    { views: 8 },
    { views: 1 },
    { minArea: 0.1 },
    { scales: '0.5,1' },
    { tile: true },
  ] as const) {
    const refused = await refusal(predict({ run, images: [at('data/images')], expect: true, ...changes }));
    expect(refused).toContain('--expect with --');
  }
  expect(existsSync(at('masks/expected.csv'))).toBe(true);
});

test('masks are listed by how suspicious they are, shown, and wrong ones that were planted stay copies', async () => {
  const before = await readFile(at('data/masks', `${stems[25]}.png`));
  const found = await suspects({ run, folds: 2, count: 3, plant: 4, threads: 1 });
  const suspicions = found!.suspects.map(({ suspicion }) => suspicion);
  expect(suspicions).toHaveLength(20);
  expect(suspicions).toEqual([...suspicions].sort((a, b) => b - a));
  for (const { dice, expected, suspicion } of found!.suspects)
    expect(suspicion).toBeCloseTo((expected - dice) / Math.max(0.05, 1 - expected), 9);
  const { planted, listed, found: right, false_alarms, kinds } = found!.planted!;
  expect([planted, listed]).toEqual([4, 8]);
  expect(kinds.map((kind) => kind.planted)).toEqual([1, 1, 1, 1]);
  expect(kinds.reduce((sum, kind) => sum + kind.found, 0)).toBe(right);
  expect(false_alarms).toBeCloseTo((8 - right) / 8, 12);
  expect((await readFile(found!.table, 'utf8')).trim().split('\n')).toHaveLength(21);
  expect((await readFile(found!.page, 'utf8')).match(/<img /g)).toHaveLength(3);
  expect(await readFile(at('data/masks', `${stems[25]}.png`))).toEqual(before);
});

test('more wrong masks than half of them are refused', async () => {
  expect(await refusal(suspects({ run, folds: 2, plant: 11, threads: 1 }))).toContain('at most 10');
});

test('of a data folder all masks are listed, by a network that was trained on all of them first', async () => {
  const out = at('all');
  const own = { data: at('data'), encoder, threads: 1 };
  const tiny = { ...tinyNetwork, ...own, recipe: 'classic', batch: 4, steps: 4, lr: 0.03 } as const;
  expect(await trainOnAll(tiny, { out })).toBe(true);
  const found = await suspects({ run: at('data'), out, folds: 2, count: 0, encoder, threads: 1 });
  expect(found!.suspects.map(({ stem }) => stem).sort()).toEqual([...stems].sort());
  expect(found!.table).toBe(join(out, 'suspects.csv'));
  expect(await refusal(suspects({ run: at('data'), folds: 2, threads: 1 }))).toContain('--out');
});
