import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { planStudy, type StudySummary, study } from '../../src/index.ts';
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

test('a study that was cut off goes on: finished runs stay, the others come out the same', async () => {
  const settings = { ...shared, arms: 'scratch,denoise', seeds: 2, epochs: 2, pretrainEpochs: 2, jobs: 1 };
  const [whole, cut] = [join(root, 'whole'), join(root, 'cut')];
  await study(settings, { out: whole, pictures: false });
  const cutting = study(settings, {
    out: cut,
    pictures: false,
    ...listening({
      step: ({ step }, { number }) => {
        if (number === 3 && step === 2) throw new Error('power cut');
      },
    }),
  });
  await expect(cutting).rejects.toThrow('power cut');
  const trained = new Map<number, number>();
  const summary = await study({} as typeof settings, {
    out: cut,
    pictures: false,
    resume: true,
    ...listening({
      step: (_, { number }) => {
        trained.set(number, (trained.get(number) ?? 0) + 1);
      },
    }),
  });
  expect(summary.interrupted).toBe(false);
  expect([...trained.keys()]).toEqual([3, 4, 5, 6]);
  for (const file of ['study.csv', 'config.yaml']) {
    expect(await readFile(join(cut, file), 'utf8'), file).toBe(await readFile(join(whole, file), 'utf8'));
  }
});

describe('several runs at once', () => {
  const settings = { ...shared, arms: 'scratch,denoise', seeds: 2, epochs: 2, pretrainEpochs: 2 };
  const [one, three] = [join(root, 'one-job'), join(root, 'three-jobs')];

  beforeAll(async () => {
    await study({ ...settings, jobs: 1 }, { out: one, pictures: false });
  });

  const expectSame = async (out: string) => {
    expect(await readFile(join(out, 'study.csv'))).toEqual(await readFile(join(one, 'study.csv')));
    for (const run of ['scratch/seed-1/train', 'denoise/seed-0/pretrain', 'denoise/seed-1/train']) {
      const weights = join(run, 'weights', 'last.safetensors');
      expect(await readFile(join(out, weights)), run).toEqual(await readFile(join(one, weights)));
    }
  };

  test('come out the same as one after the other, a pretraining before what needs it', async () => {
    const running = new Set<number>();
    const events: string[] = [];
    let most = 0;
    await study(
      { ...settings, jobs: 3 },
      {
        out: three,
        pictures: false,
        ...listening({
          start: ({ number, arm, seed, phase }) => {
            running.add(number);
            events.push(`${arm} ${seed} ${phase} begins`);
            most = Math.max(most, running.size);
          },
          done: async ({ number, arm, seed, phase }) => {
            running.delete(number);
            events.push(`${arm} ${seed} ${phase} ends`);
          },
        }),
      },
    );
    expect(most).toBe(3);
    for (const seed of [0, 1]) {
      const ends = events.indexOf(`denoise ${seed} pretrain ends`);
      expect(ends).toBeLessThan(events.indexOf(`denoise ${seed} train begins`));
    }
    await expectSame(three);
  });

  test('are all stopped if one fails, and all go on', async () => {
    const cut = join(root, 'cut-jobs');
    const ended: number[] = [];
    const cutting = study(
      { ...settings, jobs: 2 },
      {
        out: cut,
        pictures: false,
        ...listening({
          step: ({ step }, { number }) => {
            if (number === 2 && step === 3) throw new Error('power cut');
          },
          done: async ({ number }) => {
            ended.push(number);
          },
        }),
      },
    );
    await expect(cutting).rejects.toThrow('power cut');
    expect(existsSync(place('denoise', 1, 'train').replace(out, cut))).toBe(false);
    const again: number[] = [];
    await study(
      { ...settings, jobs: 2 },
      {
        out: cut,
        pictures: false,
        resume: true,
        ...listening({
          step: (_, { number }) => {
            again.push(number);
          },
        }),
      },
    );
    for (const number of ended) expect(again).not.toContain(number);
    await expectSame(cut);
  });
});

describe('a study that goes on refuses what does not go with its finished runs', () => {
  const cut = join(root, 'mixed');
  const settings = { ...shared, arms: 'scratch,denoise', seeds: 1, epochs: 1, pretrainEpochs: 1, jobs: 1 };
  const at = { out: cut, pictures: false };
  const resume = (changes: object) => study({ ...settings, ...changes }, { ...at, resume: true });
  const run = (arm: string, phase: string) => join(cut, arm, 'seed-0', phase);

  beforeAll(async () => {
    const cutting = study(settings, {
      ...at,
      ...listening({
        start: ({ number }) => {
          if (number === 3) throw new Error('power cut');
        },
      }),
    });
    await expect(cutting).rejects.toThrow('power cut');
  });

  test('another encoder, other data; the settings on the disk stay', async () => {
    const before = await readFile(join(cut, 'config.yaml'), 'utf8');
    const other = await tinySettings(join(root, 'elsewhere'));
    const bytes = await readFile(other.settings.encoder);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(other.settings.encoder, bytes);
    expect(await refusal(resume({ encoder: other.settings.encoder }))).toMatch(
      /scratch.*last\.safetensors: encoder_sha256: got \w{64}, expected \w{64}/,
    );
    const masks = join(other.settings.data, 'masks');
    for (const stem of other.stems.slice(1))
      await copyFile(join(masks, `${other.stems[0]}.png`), join(masks, `${stem}.png`));
    expect(await refusal(resume({ data: other.settings.data }))).toMatch(
      /scratch.*image \d+: got .+ with other content|scratch.*image 1: got .+, expected .+ as it was/,
    );
    expect(await readFile(join(cut, 'config.yaml'), 'utf8')).toBe(before);
  });

  test('a finished run without its scores', async () => {
    const path = join(run('scratch', 'train'), 'test.csv');
    await rename(path, `${path}.away`);
    expect(await refusal(resume({}))).toMatch(
      /test\.csv: got no such file, expected the test scores of a run/,
    );
    await rename(`${path}.away`, path);
  });

  test('and goes on when all is as it was', async () => {
    expect(await resume({})).toMatchObject({
      interrupted: false,
      arms: [{ arm: 'scratch' }, { arm: 'denoise' }],
    });
  });
});

test('several budgets and draws of masks share a pretraining that has seen none that validates', async () => {
  const out = join(root, 'budgets');
  const settings = { ...shared, arms: 'scratch,identity', labels: '3x2,5', seeds: 1, epochs: 1 };
  const summary = await study({ ...settings, pretrainEpochs: 1 }, { out, pictures: false });
  expect(summary.arms.map(({ arm, labels, seeds }) => [arm, labels, seeds.length])).toEqual([
    ['scratch', '3', 2],
    ['scratch', '5', 1],
    ['identity', '3', 2],
    ['identity', '5', 1],
  ]);
  const runs = ['train-3', 'train-3-1', 'train-5'];
  const splits = await Promise.all(runs.map((run) => readSplits(join(out, 'identity', 'seed-0', run))));
  const { train, validation } = await readSplits(join(out, 'identity', 'seed-0', 'pretrain'));
  expect(splits[0].train).not.toEqual(splits[1].train);
  expect([...validation].sort()).toEqual([...new Set(splits.flatMap((split) => split.validation))].sort());
  for (const split of splits)
    for (const stem of [...split.validation, ...split.test]) expect(train).not.toContain(stem);
  const { test: scratch } = await readSplits(join(out, 'scratch', 'seed-0', 'train-3-1'));
  expect(scratch).toEqual(splits[0].test);
});

test('a study grows by arms and seeds, and does no run twice', async () => {
  const out = join(root, 'growing');
  const settings = { ...shared, labels: 4, epochs: 1, pretrainEpochs: 1, jobs: 1 };
  await study({ ...settings, arms: 'scratch,identity', seeds: 1 }, { out, pictures: false });
  const trained: string[] = [];
  const grow = (options: object) =>
    study({ ...settings, ...options } as typeof settings & { arms: string }, {
      out,
      pictures: false,
      resume: true,
      ...listening({
        step: ({ step }, { arm, seed, phase }) => {
          if (step === 1) trained.push(`${arm} ${seed} ${phase}`);
        },
      }),
    });
  await grow({ arms: { scratch: { seeds: 2 }, identity: { seeds: 1 }, shuffled: { seeds: 1 } } });
  expect(trained).toEqual(['shuffled 0 train', 'scratch 1 train']);
  expect(JSON.parse(await readFile(join(out, 'summary.json'), 'utf8')).arms).toHaveLength(3);
  const [, ...rows] = await readCsv(join(out, 'runs.csv'));
  expect(rows.map(([arm, seed]) => `${arm} ${seed}`).sort()).toEqual([
    'identity 0',
    'scratch 0',
    'scratch 1',
    'shuffled 0',
  ]);
  expect(await refusal(grow({ arms: { scratch: { seeds: 2 }, identity: { seeds: 1 } } }))).toMatch(
    /^earlier runs: arm shuffled: got no such arm/,
  );
  // Without settings it is what it has become.
  expect((await grow({})).arms).toHaveLength(3);
});

test('runs of which the tables are known from elsewhere are not done again, and count as the others', async () => {
  // The tables of the study above, as if it had come to its first seed.
  const [whole, tables, out] = [join(root, 'whole'), join(root, 'tables'), join(root, 'from-known')];
  await mkdir(tables);
  for (const name of ['study.csv', 'runs.csv', 'epochs.csv', 'times.csv']) {
    const [head, ...rows] = (await readFile(join(whole, name), 'utf8')).trimEnd().split('\n');
    const seed = head.split(',').indexOf('seed');
    const kept = rows.filter((row) => row.split(',')[seed] === '0');
    expect(kept.length).toBeLessThan(rows.length);
    await writeFile(join(tables, name), [head, ...kept, ''].join('\n'));
  }
  await copyFile(join(whole, 'config.yaml'), join(tables, 'config.yaml'));

  const settings = { ...shared, arms: 'scratch,denoise', seeds: 2, epochs: 2, pretrainEpochs: 2, jobs: 1 };
  expect(await planStudy(settings, { out, known: tables })).toMatchObject({ runs: 6, done: 3 });
  const trained: string[] = [];
  const summary = await study(settings, {
    out,
    pictures: false,
    known: tables,
    ...listening({ start: ({ arm, seed, phase }) => trained.push(`${arm} ${seed} ${phase}`) }),
  });
  expect(trained).toEqual(['scratch 1 train', 'denoise 1 pretrain', 'denoise 1 train']);
  const { arms } = JSON.parse(await readFile(join(whole, 'summary.json'), 'utf8')) as StudySummary;
  expect(summary.arms).toEqual(arms);
  for (const name of ['study.csv', 'runs.csv', 'epochs.csv', 'analysis.json'])
    expect(await readFile(join(out, name), 'utf8'), name).toBe(await readFile(join(whole, name), 'utf8'));
  expect(await readFile(join(out, 'times.csv'), 'utf8')).toMatch(/^pretrain,denoise,0,,,/m);

  const elsewhere = { out: join(root, 'never'), known: tables };
  expect(await refusal(study({ ...settings, lr: 1 }, elsewhere))).toMatch(
    /^--known .*tables: lr: got 1, expected 0\.001/,
  );
  expect(await refusal(study(settings, { ...elsewhere, known: root }))).toMatch(/config\.yaml/);
  expect(existsSync(elsewhere.out)).toBe(false);
});

test('a plan tells runs and room, and begins nothing', async () => {
  const [out, whole] = [join(root, 'planned'), join(root, 'whole')];
  const settings = { ...shared, arms: 'scratch,denoise', seeds: 2, epochs: 2, pretrainEpochs: 2, jobs: 1 };
  const plan = await planStudy(settings, { out });
  expect(existsSync(out)).toBe(false);
  expect(plan).toMatchObject({ runs: 6, done: 0 });
  expect(plan.arms).toMatchObject([
    { arm: 'scratch', seeds: 2, runs: 2, differs: {} },
    { arm: 'denoise', pretraining: 'denoise', differs: { pretext: 'denoise', sigma: 0.44 } },
  ]);
  expect(plan.kinds).toMatchObject([{ trainEncoder: 'none', plain: 0 }]);
  for (const number of [plan.seconds, plan.memory_bytes, plan.disk_bytes]) expect(number).toBeGreaterThan(0);
  const places = ['scratch/seed-0/train', 'denoise/seed-0/pretrain', 'denoise/seed-0/train'];
  const steps = await Promise.all(
    places
      .flatMap((run) => [run, run.replace('seed-0', 'seed-1')])
      .map(async (run) => (await readMetrics(join(whole, run))).steps.length),
  );
  expect(plan.steps).toBe(steps.reduce((sum, n) => sum + n, 0));
  const done = await planStudy({} as typeof settings, { out: whole, resume: true });
  expect(done).toMatchObject({ runs: 6, done: 6, steps: 0, disk_bytes: 0 });
});
