import { copyFile, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Next, next, train } from '../../src/index.ts';
import { RUN } from '../../src/records/entries.ts';
import { expectEntry } from '../../src/records/entry.node.ts';
import { trialWords } from '../../src/runs/trial-words.ts';
import { writeDataset, writeEncoder, writeList } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';

const root = await temporaryFolder();
const at = (...names: string[]) => join(root, ...names);
const encoder = await writeEncoder(at('encoder.safetensors'));
const stems = await writeDataset(at('data'), { count: 44 });
const [tested, masked, plain] = [stems.slice(0, 10), stems.slice(10, 34), stems.slice(34)];
await writeList(at('data'), 'test.txt', tested);
for (const stem of plain) await rm(at('data/masks', `${stem}.png`));
// Of the images without masks one is a copy of one with a mask, and two are copies of each other.
await copyFile(at('data/images', `${masked[0]}.png`), at('data/images', `${plain[0]}.png`));
await copyFile(at('data/images', `${plain[1]}.png`), at('data/images', `${plain[2]}.png`));
const run = at('run');

beforeAll(async () => {
  await train(
    {
      ...{ recipe: 'classic', data: at('data'), encoder, batch: 4, steps: 20, lr: 0.03, normMomentum: 0.5 },
      ...{ ...tinyNetwork, threads: 1, validation: false },
    },
    { out: run, pictures: false },
  );
}, 600_000);

type Chosen = Extract<Next, { kind: 'chosen' }>;
type Tried = Extract<Next, { kind: 'trial' }>;

test('images without masks are chosen, none twice, and none that is known already', async () => {
  const found = (await next({ run, count: 5, threads: 1 })) as Chosen;
  expect(found).toMatchObject({ kind: 'chosen', candidates: 8, duplicates: 2 });
  expect(found.images).toHaveLength(5);
  for (const { stem, uncertainty, distance } of found.images) {
    expect(plain.slice(1)).toContain(stem);
    expect(uncertainty).toBeGreaterThanOrEqual(0);
    expect(uncertainty).toBeLessThanOrEqual(1);
    expect(distance).toBeGreaterThanOrEqual(0);
  }
  expect(new Set(found.images.map(({ stem }) => stem)).size).toBe(5);
  expect((await readFile(found.table, 'utf8')).trim().split('\n')).toHaveLength(6);
  expect((await readFile(found.page, 'utf8')).match(/<img /g)).toHaveLength(5);
  expect(await next({ run, count: 5, threads: 1 })).toEqual(found);
});

test('from a folder of its own all are new but those that the run knows', async () => {
  const found = (await next({ run, plain: at('data/images'), count: 50, threads: 1 })) as Chosen;
  expect(found.candidates).toBe(8);
  expect(found.images).toHaveLength(8);
});

test('strategies are played back on masks that there are, and what was trained is used again', async () => {
  const options = { run, trial: 2, start: 4, count: 6, threads: 1 } as const;
  const found = (await next(options)) as Tried;
  expect(found).toMatchObject({ kind: 'trial', pool: 24, draws: 2, scored: { of: 'test', images: 10 } });
  expect(Object.keys(found.dice)).toEqual(['start', 'random', 'random-marked', 'uncertain-diverse']);
  const place = join(run, 'trial/4-and-6');
  const splitsOf = async (draw: number, arm: string) => {
    const splits = await expectEntry(join(place, `draw-${draw}`, arm), RUN.splits);
    return { train: splits.train.map(({ stem }) => stem), test: splits.test.map(({ stem }) => stem) };
  };
  for (const draw of [1, 2]) {
    const start = await splitsOf(draw, 'start');
    expect(start.train).toHaveLength(4);
    for (const arm of ['random', 'random-marked', 'uncertain-diverse']) {
      const { train: own, test: scored } = await splitsOf(draw, arm);
      expect(own).toHaveLength(10);
      expect(own.slice().sort()).toEqual(expect.arrayContaining(start.train.slice().sort()));
      expect(own.filter((stem) => !masked.includes(stem))).toEqual([]);
      expect(scored.slice().sort()).toEqual(tested.slice().sort());
      const rows = await expectEntry(join(place, `draw-${draw}`, arm), RUN.test);
      const mean = rows.reduce((sum, { dice }) => sum + Number(dice), 0) / rows.length;
      expect(found.dice[arm][draw - 1]).toBeCloseTo(mean, 12);
    }
  }
  const differenceOf = (arm: string, other: string) =>
    [0, 1].reduce((sum, draw) => sum + found.dice[arm][draw] - found.dice[other][draw], 0) / 2;
  expect(found.more.difference).toBeCloseTo(differenceOf('random', 'start'), 12);
  expect(found.chosen.map(({ against }) => against)).toEqual(['random', 'random-marked']);
  for (const { against, difference } of found.chosen)
    expect(difference).toBeCloseTo(differenceOf('uncertain-diverse', against), 12);
  expect(await readFile(found.page, 'utf8')).toContain('Which image next');
  const weights = join(place, 'draw-1/random/weights/last.safetensors');
  const made = (await stat(weights)).mtimeMs;
  expect(await next(options)).toEqual(found);
  expect((await stat(weights)).mtimeMs).toBe(made);
});

test('what a trial says follows its intervals', () => {
  const compared = (ci95: readonly [number, number]) => ({
    ...{ arm: 'x', difference: (ci95[0] + ci95[1]) / 2, ci95, p: 1, p_holm: 1, seeds: 10, images: 50 },
    detectable: 0.02,
  });
  const said = (...[random, marked, more]: (readonly [number, number])[]) =>
    trialWords({
      ...{ draws: 10, start: 20, count: 20, strategy: 'uncertain', pool: 80, dice: {} },
      scored: { of: 'test', images: 50 },
      chosen: [
        { ...compared(random), against: 'random' },
        { ...compared(marked), against: 'random-marked' },
      ],
      more: compared(more),
    });
  expect(said([0.01, 0.03], [0.01, 0.02], [0.01, 0.04])[0]).toContain('Choose by uncertain');
  expect(said([0.01, 0.03], [-0.01, 0.02], [0.01, 0.04])[0]).toContain('Draw at random among the images');
  expect(said([-0.01, 0.03], [-0.01, 0.02], [0.01, 0.04])[0]).toContain(
    'Draw at random: uncertain is not seen',
  );
  expect(said([-0.03, -0.01], [-0.01, 0.02], [0.01, 0.04])[0]).toContain('Do not choose by uncertain');
  expect(said([0, 0], [0, 0], [0.01, 0.04])[1]).toContain('More masks still help');
  expect(said([0, 0], [0, 0], [-0.01, 0.005])[1]).toContain('Stop here');
  expect(said([0, 0], [0, 0], [-0.01, 0.04])[1]).toContain('cannot be said');
});

test('masks to start with are for a trial', async () => {
  expect(await refusal(next({ run, start: 4, threads: 1 }))).toContain('--trial');
});

test('too few masks, and images that all have masks, are refused', async () => {
  expect(await refusal(next({ run, trial: 2, start: 4, count: 11, threads: 1 }))).toContain(
    '24 masks to choose from',
  );
  for (const stem of plain) await rm(at('data/images', `${stem}.png`));
  expect(await refusal(next({ run, threads: 1 }))).toContain('--plain DIR');
});
