import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { train as trainAndReport } from '../../src/index.ts';
import { trainInRounds } from '../../src/runs/self-training.node.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import { runTraining } from '../../src/train/train.node.ts';
import { writeDataset, writeEncoder, writePartlyMasked } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { outcome, weightHash } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const encoder = await writeEncoder(join(root, 'encoder.safetensors'));

/** Of the masks six are used: four train, two validate. */
const folderOf = (name: string) => writePartlyMasked(join(root, name));

const { data, stems } = await folderOf('data');
const alone: TrainOptions = {
  ...{
    recipe: 'classic',
    data,
    encoder,
    labels: 6,
    batch: 2,
    steps: 10,
    epochSteps: 5,
    lr: 0.03,
    normMomentum: 0.5,
    threads: 1,
  },
  ...{ ...tinyNetwork, augment: 'light', views: 4 },
};
const settings: TrainOptions = { ...alone, pseudoRounds: 2 };
const at = (...names: string[]) => join(root, ...names);
const train = (name: string, changes: Partial<TrainOptions> = {}) =>
  trainInRounds({ ...settings, ...changes }, { out: at(name) });

type Splits = Record<'train' | 'validation' | 'test' | 'pseudo', { stem: string; mask: string }[]>;
const splitsOf = async (out: string) =>
  JSON.parse(await readFile(join(out, 'splits.json'), 'utf8')) as Splits;
const filesIn = async (folder: string) => {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, (await readFile(join(folder, name))).toString('base64')]),
    ),
  );
};
/** All that a self-training came to: its rounds, and what they marked. */
async function allOf(out: string, rounds = 2) {
  const each = Array.from({ length: rounds }, (_, round) => join(out, 'rounds', String(round)));
  return {
    last: await outcome(out),
    rounds: await Promise.all(each.map(outcome)),
    pseudo: await Promise.all(each.map((round) => filesIn(join(round, 'pseudo')))),
  };
}

describe('a training in rounds', () => {
  let whole: Awaited<ReturnType<typeof allOf>>;
  const out = at('whole');
  const steps: number[] = [];

  beforeAll(async () => {
    const told = listening({ step: ({ step }: { step: number }) => steps.push(step) });
    const summary = await trainInRounds(settings, { out, ...told });
    expect(summary).toMatchObject({ images: 4, masks: 6, plain: 11, steps: 10, interrupted: false });
    whole = await allOf(out);
  });

  test('begins with masks alone, and each round is what a training with as many is', async () => {
    await runTraining(alone, { out: at('alone') });
    expect(whole.rounds[0]).toEqual(await outcome(at('alone')));
    await train('one', { pseudoRounds: 1 });
    const { rounds, last, pseudo } = await allOf(at('one'), 1);
    expect(rounds).toEqual([whole.rounds[0]]);
    expect(pseudo).toEqual([whole.pseudo[0]]);
    expect(last).toEqual(whole.rounds[1]);
    expect(new Set([whole.rounds[0].last, whole.rounds[1].last, whole.last.last]).size).toBe(3);
  });

  test('tells the steps of all rounds as one', () => {
    expect(steps).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  test('marks plain images at their own sizes, and nothing that validates or tests', async () => {
    const { train: trained, validation, test: tested, pseudo } = await splitsOf(out);
    const others = new Set([...trained, ...validation, ...tested].map(({ stem }) => stem));
    const plain = stems.filter((stem) => !others.has(stem));
    expect(pseudo.map(({ stem }) => stem).sort()).toEqual(plain);
    const folder = join(out, 'rounds', '1', 'pseudo');
    expect(Object.keys(whole.pseudo[1])).toEqual([...plain.map((stem) => `${stem}.png`), 'index.json']);
    for (const stem of plain) {
      const [mask, image] = await Promise.all(
        [join(folder, `${stem}.png`), join(data, 'images', `${stem}.png`)].map((path) =>
          sharp(path).metadata(),
        ),
      );
      expect([mask.width, mask.height, mask.channels]).toEqual([image.width, image.height, 1]);
    }
    const first = join(out, 'rounds', '0', 'pseudo');
    const areas = await Promise.all(
      plain.map(async (stem) => (await sharp(join(first, `${stem}.png`)).stats()).channels[0].mean / 255),
    );
    expect(areas.every((area) => area > 0.01 && area < 0.9)).toBe(true);
    expect(existsSync(join(out, 'pseudo'))).toBe(false);
  });

  test('gives the same bytes again, with other workers', async () => {
    await train('again', { workers: 2 });
    expect(await allOf(at('again'))).toEqual(whole);
  });

  // Of 30 steps 10 are of each round; what is marked comes between.
  test.each([4, 13, 29])('cut off at step %i it goes on to the same bytes', async (last) => {
    const place = { out: at(`cut-${last}`), saveEvery: 0 };
    const cut = listening({
      step: ({ step }: { step: number }) => {
        if (step === last) throw new Error('power cut');
      },
    });
    await expect(trainInRounds(settings, { ...place, ...cut })).rejects.toThrow('power cut');
    const seen: number[] = [];
    const told = listening({ step: ({ step }: { step: number }) => seen.push(step) });
    await trainInRounds({ data }, { ...place, resume: true, ...told });
    expect(await allOf(place.out)).toEqual(whole);
    // What was done is not done again.
    expect(seen[0]).toBe(last);
  });

  test('cut off while it marks it marks all again', async () => {
    const place = { out: at('cut-marking') };
    const cut = listening({
      phase: {
        predicting: (done: number) => {
          if (done === 5) throw new Error('power cut');
        },
      },
    });
    await expect(trainInRounds(settings, { ...place, ...cut })).rejects.toThrow('power cut');
    const marked = join(place.out, 'rounds', '0', 'pseudo');
    expect(existsSync(join(marked, 'index.json'))).toBe(false);
    await writeFile(join(marked, 'half.png.part'), '');
    await trainInRounds(settings, { ...place, resume: true });
    expect(await allOf(place.out)).toEqual(whole);
  });

  test('stopped by its caller it can be resumed, whatever it was at', async () => {
    const place = { out: at('stopped'), pictures: true };
    const stop = new AbortController();
    const { signal } = stop;
    const stopping = listening({ step: ({ step }: { step: number }) => void (step === 3 && stop.abort()) });
    const summary = await trainAndReport(settings, { ...place, signal, ...stopping });
    expect(summary).toMatchObject({ interrupted: true, steps: 3 });
    const again = new AbortController();
    const marking = listening({
      phase: { predicting: () => again.abort() },
    });
    await trainAndReport({ data }, { ...place, resume: true, signal: again.signal, ...marking });
    await trainAndReport({ data }, { ...place, resume: true });
    expect(await allOf(place.out)).toEqual(whole);
    const report = await readFile(join(place.out, 'report.html'), 'utf8');
    expect(report).toMatch(
      /Self-training: 2 networks before this one.*round 0: validation Dice .*; round 1: validation Dice/,
    );
  });

  test('a round can be resumed by itself', async () => {
    const place = { out: at('by-itself'), saveEvery: 0 };
    const cut = listening({
      step: ({ step }: { step: number }) => {
        if (step === 14) throw new Error('power cut');
      },
    });
    await expect(trainInRounds(settings, { ...place, ...cut })).rejects.toThrow('power cut');
    const round = join(place.out, 'rounds', '1');
    await trainInRounds({ data }, { out: round, resume: true });
    expect(await outcome(round)).toEqual(whole.rounds[1]);
    expect(existsSync(join(round, 'rounds'))).toBe(false);
    await trainInRounds({ data }, { ...place, resume: true });
    expect(await allOf(place.out)).toEqual(whole);
  });

  test('what is done is not done again, and can be replaced', async () => {
    const before = await allOf(at('again'));
    const steps: unknown[] = [];
    const told = listening({ step: (event: unknown) => steps.push(event) });
    await trainInRounds({ data }, { out: at('again'), resume: true, ...told });
    expect(steps).toEqual([]);
    expect(await allOf(at('again'))).toEqual(before);
    await trainInRounds({ ...alone, epochs: 1 }, { out: at('again'), overwrite: true });
    expect(existsSync(join(at('again'), 'rounds'))).toBe(false);
  });

  test('learns nothing from masks that are not in use: others give the same weights', async () => {
    const poisoned = await folderOf('poisoned');
    const { train: trained, validation } = await splitsOf(out);
    const used = new Set([...trained, ...validation].map(({ stem }) => stem));
    const [first, ...rest] = stems.slice(3, 14).filter((stem) => !used.has(stem));
    const maskOf = (stem: string) => join(poisoned.data, 'masks', `${stem}.png`);
    await writeFile(maskOf(first), 'poison');
    const other = await readFile(maskOf([...used][0]));
    for (const stem of rest) await writeFile(maskOf(stem), other);
    await train('poisoned-run', { data: poisoned.data });
    expect(await allOf(at('poisoned-run'))).toEqual(whole);
  });

  test.each<[string, Partial<TrainOptions>]>([
    ['fewer plain images', { plainCount: 5 }],
    ['fewer of them a step', { plainBatch: 1 }],
    ['several folders', { plain: ['rest', at('more')], plainWeights: [1, 2], plainBatch: 3 }],
    ['synthetic images', { plain: 'synthetic:4' }],
  ])('with %s it comes to something else', async (name, changes) => {
    if (!existsSync(at('more')))
      await writeDataset(at('more'), { count: 4, masks: 0, seed: 1, prefix: 'more' });
    const run = name.replace(/\W/g, '-');
    const summary = await train(run, { ...changes, pseudoRounds: 1 });
    expect(await weightHash(join(at(run), 'rounds', '0'), 'last')).toBe(whole.rounds[0].last);
    expect(await weightHash(at(run), 'last')).not.toBe(whole.rounds[1].last);
    expect((await splitsOf(at(run))).pseudo).toHaveLength(summary.plain!);
  });
});

test('without plain images it is refused, before anything is written', async () => {
  const only = at('only-masks');
  await writeDataset(only, { count: 8 });
  expect(await refusal(train('refused', { data: only, labels: 'all' }))).toMatch(
    /pseudoRounds: got no plain image in .*only-masks, expected images beside those with/,
  );
  expect(existsSync(at('refused'))).toBe(false);
});
