import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TrainOptions } from '../../src/settings/training.ts';
import { runTraining } from '../support/classic.ts';
import { writeDataset, writeEncoder, writeList, writePartlyMasked } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { listening } from '../support/listening.ts';
import { outcome, readMetrics, readWeights, weightHash } from '../support/read-run.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const encoder = await writeEncoder(join(root, 'encoder.safetensors'));

/** Of the masks six are used: four train, two validate. */
const folderOf = (name: string) => writePartlyMasked(join(root, name));

const { data, stems } = await folderOf('data');
const settings: TrainOptions = {
  ...{ data, encoder, labels: 6, batch: 2, epochs: 4, lr: 0.01, threads: 1, ...tinyNetwork },
  ...{ consistency: 'teacher', average: 0.9, augment: 'light', consistencyThreshold: 0.55, ramp: 0.2 },
};
const train = async (name: string, changes: Partial<TrainOptions> = {}) => {
  const out = join(root, name);
  const summary = await runTraining({ ...settings, ...changes }, { out });
  return { out, summary };
};
const plainOf = async (out: string) => {
  const { plain } = JSON.parse(await readFile(join(out, 'splits.json'), 'utf8')) as {
    plain: Record<string, string>[];
  };
  return plain;
};

describe('a training with plain images', () => {
  let whole: Awaited<ReturnType<typeof outcome>>;
  const out = join(root, 'whole');

  beforeAll(async () => {
    await train('whole');
    whole = await outcome(out);
  });

  test('takes those without a mask in use, and reads no mask of them', async () => {
    const plain = await plainOf(out);
    const {
      train: trained,
      validation,
      test: tested,
    } = JSON.parse(whole.splits) as Record<string, { stem: string }[]>;
    const others = new Set([...trained, ...validation, ...tested].map(({ stem }) => stem));
    expect(plain.map(({ stem }) => stem).sort()).toEqual(stems.filter((stem) => !others.has(stem)));
    expect(plain).toHaveLength(11);
    expect(plain.filter((entry) => 'mask' in entry)).toEqual([]);
  });

  test('tells how much counts, how far the two agree, and how true pseudo-masks are', async () => {
    const { steps, epochs } = await readMetrics(out);
    for (const row of steps) {
      expect(row.pseudo_share).toBeGreaterThanOrEqual(0);
      expect(row.pseudo_share).toBeLessThanOrEqual(1);
    }
    expect(steps.some((row) => row.pseudo_share > 0 && row.consistency_loss > 0)).toBe(true);
    for (const row of epochs) {
      expect(Object.keys(row)).toEqual(
        expect.arrayContaining(['pseudo_agreement', 'pseudo_dice', 'val_dice']),
      );
      expect(row.pseudo_dice).toBeGreaterThan(0);
    }
  });

  test('gives the same bytes again, with other workers', async () => {
    const { out: again } = await train('again', { workers: 2 });
    expect(await outcome(again)).toEqual(whole);
  });

  test.each([1, 3, 6])('cut off at step %i it goes on to the same bytes', async (last) => {
    const place = { out: join(root, `cut-${last}`), saveEvery: 0 };
    const cut = listening({
      step: ({ step }: { step: number }) => {
        if (step === last) throw new Error('power cut');
      },
    });
    await expect(runTraining(settings, { ...place, ...cut })).rejects.toThrow('power cut');
    await runTraining(settings, { ...place, resume: true });
    expect(await outcome(place.out)).toEqual(whole);
  });

  test('learns nothing from masks that are not in use: others give the same weights', async () => {
    const poisoned = await folderOf('poisoned');
    const used = new Set(
      (JSON.parse(whole.splits) as Record<string, { stem: string }[]>).train
        .concat((JSON.parse(whole.splits) as Record<string, { stem: string }[]>).validation)
        .map(({ stem }) => stem),
    );
    const hidden = stems.slice(3, 14).filter((stem) => !used.has(stem));
    expect(hidden).toHaveLength(5);
    const [first, ...rest] = hidden;
    const maskOf = (stem: string) => join(poisoned.data, 'masks', `${stem}.png`);
    // One is no picture at all, the others are all of one kind.
    await writeFile(maskOf(first), 'poison');
    const other = await readFile(maskOf([...used][0]));
    for (const stem of rest) await writeFile(maskOf(stem), other);
    const { out: run } = await train('poisoned-run', { data: poisoned.data });
    for (const which of ['best', 'last'] as const) expect(await weightHash(run, which)).toBe(whole[which]);
    const { epochs } = await readMetrics(run);
    expect(epochs.map((row) => row.val_dice)).toEqual(whole.epochs.map((row) => row.val_dice));
    expect(epochs.map((row) => row.pseudo_dice)).not.toEqual(whole.epochs.map((row) => row.pseudo_dice));
  });

  test('without these masks, too', async () => {
    const bare = await folderOf('bare');
    const {
      train: trained,
      validation,
      test: tested,
    } = JSON.parse(whole.splits) as Record<string, { stem: string }[]>;
    const used = new Set([...trained, ...validation, ...tested].map(({ stem }) => stem));
    for (const file of await readdir(join(bare.data, 'masks')))
      if (!used.has(file.replace('.png', ''))) await rm(join(bare.data, 'masks', file));
    const { out: run, summary } = await train('bare-run', { data: bare.data });
    expect(summary.plain).toBe(11);
    // The draw of masks is another one where there are others to draw from: the same are used here by their number.
    expect((await readMetrics(run)).epochs.every((row) => !('pseudo_dice' in row))).toBe(true);
  });

  test.each<[string, Partial<TrainOptions>]>([
    ['no rectangles', { cutmix: 0 }],
    ['the same colours', { strongViews: false }],
    ["others' pseudo-masks", { pseudoMasks: 'shuffled' }],
    ['the network as it is for a teacher', { average: 0 }],
    ['the training images again', { plain: 'labelled' }],
    ['synthetic images', { plain: 'synthetic:4' }],
    ['fewer of them a step', { plainBatch: 1 }],
    ['more of them a step than there are', { plainBatch: 50 }],
    ['a trained encoder', { trainEncoder: true }],
    ['dropped skips', { skips: 'drop:0.5' }],
  ])('with %s it comes to something else', async (name, changes) => {
    const { out: run, summary } = await train(name.replace(/\W/g, '-'), changes);
    expect(await weightHash(run, 'last')).not.toBe(whole.last);
    expect(summary.plain).toBe(changes.plain === 'labelled' ? 4 : changes.plain ? 4 : 11);
  });

  test('with a weight of 0 plain images move nothing but the statistics of the batch', async () => {
    const { out: none } = await train('weightless', { consistencyWeight: 0 });
    const { steps } = await readMetrics(none);
    expect(steps.every((row) => Number.isFinite(row.train_loss))).toBe(true);
    expect(await weightHash(none, 'last')).not.toBe(whole.last);
  });
});

describe('with plain images of several folders', () => {
  const more = join(root, 'more');
  const plain = { plain: ['rest', more], plainWeights: [1, 3], plainBatch: 3 };
  let whole: Awaited<ReturnType<typeof outcome>>;

  beforeAll(async () => {
    await writeDataset(more, { count: 5, masks: 0, seed: 1, prefix: 'more' });
    const { out } = await train('several', plain);
    whole = await outcome(out);
  });

  test('it is written of which each one is', async () => {
    const sources = (await plainOf(join(root, 'several'))).map(({ source }) => source);
    expect(sources).toEqual([...Array(11).fill(1), ...Array(5).fill(2)]);
  });

  test('it gives the same bytes again with other workers, and others by other weights', async () => {
    const { out: again } = await train('several-again', { ...plain, workers: 2 });
    expect(await outcome(again)).toEqual(whole);
    for (const [name, plainWeights] of [
      ['swapped', [3, 1]],
      ['unweighted', undefined],
    ] as const) {
      const { out } = await train(name, { ...plain, plainWeights: plainWeights && [...plainWeights] });
      expect(await weightHash(out, 'last'), name).not.toBe(whole.last);
    }
  });

  test('cut off it goes on to the same bytes, and not with other weights or folders', async () => {
    const place = { out: join(root, 'several-cut'), saveEvery: 0 };
    const cut = listening({
      step: ({ step }: { step: number }) => {
        if (step === 3) throw new Error('power cut');
      },
    });
    const given = { ...settings, ...plain };
    await expect(runTraining(given, { ...place, ...cut })).rejects.toThrow('power cut');
    const again = (changes: Partial<TrainOptions>) =>
      runTraining({ ...given, ...changes }, { ...place, resume: true });
    expect(await refusal(again({ plainWeights: [2, 3] }))).toMatch(/plainWeights: got \[2,3\]/);
    expect(await refusal(again({ plain: [more, 'rest'] }))).toMatch(/plain image 1: got more-00/);
    await again({});
    expect(await outcome(place.out)).toEqual(whole);
  });

  test('a list of one is that one', async () => {
    const { out: list } = await train('list', { plain: [more] });
    const { out: text } = await train('text', { plain: more });
    for (const name of ['config.yaml', 'splits.json', 'weights/last.safetensors'])
      expect(await readFile(join(list, name)), name).toEqual(await readFile(join(text, name)));
  });
});

describe('where there are no plain images', () => {
  const all = { labels: 'all' } as const;
  const only = join(root, 'only-masks');

  beforeAll(async () => {
    const names = await writeDataset(only, { count: 8 });
    await writeList(only, 'test.txt', names.slice(0, 2));
  });

  test('it is refused, before anything is written', async () => {
    const out = join(root, 'refused');
    const said = await refusal(runTraining({ ...settings, ...all, data: only }, { out }));
    expect(said).toMatch(
      /consistency: got no plain image in .*only-masks, expected images beside those with/,
    );
    expect(await readdir(root)).not.toContain('refused');
  });

  test('auto goes without, as if it were off', async () => {
    const automatic = await train('auto', { ...all, data: only, consistency: 'auto' });
    const { consistency, consistencyThreshold, ramp, ...off } = settings;
    const out = join(root, 'off');
    await runTraining({ ...off, ...all, data: only }, { out });
    const [automated, without] = await Promise.all(
      [automatic.out, out].map(async (run) => (await readWeights(run, 'last')).tensors),
    );
    expect([...automated.keys()]).toEqual([...without.keys()]);
    for (const [name, { data }] of automated)
      expect(
        data.every((value, i) => value === without.get(name)!.data[i]),
        name,
      ).toBe(true);
    expect(automatic.summary.plain).toBeUndefined();
  });
});

test('settings for plain images are refused without them', async () => {
  const { consistency, consistencyThreshold, ramp, ...off } = settings;
  const said = (changes: Partial<TrainOptions>) =>
    refusal(runTraining({ ...off, ...changes }, { out: join(root, 'nowhere') }));
  expect(await said({ cutmix: 0.2 })).toMatch(/cutmix: got 0.2 without --consistency teacher/);
  expect(await said({ plain: data })).toMatch(/plain: got .* without --consistency teacher/);
});
