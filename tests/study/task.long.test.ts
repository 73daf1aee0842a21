import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOCK } from '../../src/core/lock/held.node.ts';
import { gatherStudy, type RunEvent, study, studyStatus, studyTask, writeReport } from '../../src/index.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();
const { settings } = await tinySettings(root, 8);
const options = {
  ...settings,
  ...{ labels: '3', arms: 'scratch,identity', seeds: 2, pretrainEpochs: 1, audits: 0, jobs: 1 },
};
const [whole, parts] = [join(root, 'whole'), join(root, 'parts')];
const TABLES = ['study.csv', 'runs.csv', 'epochs.csv', 'plan.csv'];
const WEIGHTS = ['scratch', 'identity'].flatMap((arm) =>
  [0, 1].map((seed) => join(arm, `seed-${seed}`, 'train', 'weights', 'last.safetensors')),
);

test('tasks that share nothing but a folder come to the same as one process', async () => {
  await study(options, { out: whole, pictures: false });
  const told: RunEvent[] = [];
  const onEvent = (event: RunEvent) => told.push(event);
  // Several begin at once: one of them writes the plan. The last comes later, and needs no settings.
  const first = await Promise.all(
    ['1/3', '2/3'].map((task) => studyTask(options, { out: parts, task, pictures: false, onEvent })),
  );
  expect(first).toEqual([
    expect.objectContaining({
      kind: 'task',
      task: '1/3',
      runs: 3,
      done: 3,
      elsewhere: [],
      interrupted: false,
    }),
    expect.objectContaining({ task: '2/3', runs: 2, done: 2 }),
  ]);
  const numbers = told.flatMap((event) => (event.type === 'run' ? [[event.run.number, event.run.of]] : []));
  expect(numbers.every(([number, of]) => number <= of && of <= 3)).toBe(true);

  expect(await studyStatus(parts)).toMatchObject({
    ...{ gathered: false, submitted: false },
    tasks: [
      { task: 1, state: 'done' },
      { task: 2, state: 'done' },
      { task: 3, state: 'open', runs: [{ state: 'open', folder: 'scratch/seed-1/train' }] },
      { task: 4, state: 'done' },
    ],
  });
  const half = await gatherStudy({ out: parts, pictures: false, onEvent });
  expect(half.interrupted).toBe(true);
  expect(told.at(-2)).toMatchObject({
    type: 'notice',
    text: expect.stringContaining('scratch/seed-1/train'),
  });

  await studyTask({} as typeof options, { out: parts, task: '3/3', pictures: false });
  // Again: there is nothing to do, and nothing changes.
  expect(await studyTask({} as typeof options, { out: parts, pictures: false })).toMatchObject({
    runs: 6,
    done: 6,
  });
  expect(await gatherStudy({ out: parts, pictures: false })).toMatchObject({ interrupted: false });
  for (const file of [...TABLES, ...WEIGHTS])
    expect(await readFile(join(parts, file)), file).toEqual(await readFile(join(whole, file)));
  expect(await studyStatus(parts)).toMatchObject({ gathered: true });
});

test('tables of a finished study that lack a run are refused, and made anew of its runs', async () => {
  const csv = join(whole, 'study.csv');
  const before = await readFile(csv, 'utf8');
  await writeFile(csv, before.replaceAll(/^identity,0,.*\n/gm, ''));
  expect(await refusal(writeReport(whole, { pictures: false }))).toMatch(/--resume DIR --gather/);
  await gatherStudy({ out: whole, pictures: false });
  expect(await readFile(csv, 'utf8')).toBe(before);
});

test('a study that has got another seed is planned anew, and its finished runs stay', async () => {
  const out = join(root, 'grown');
  const one = { ...options, arms: 'scratch' };
  await studyTask({ ...one, seeds: 1 }, { out, pictures: false });
  const before = await readFile(join(out, 'scratch', 'seed-0', 'train', 'metrics.jsonl'));
  expect(await studyTask({ ...one, seeds: 2 }, { out, task: '2/2', pictures: false })).toMatchObject({
    ...{ runs: 1, done: 1 },
  });
  expect(await readFile(join(out, 'scratch', 'seed-0', 'train', 'metrics.jsonl'))).toEqual(before);
  expect(await gatherStudy({ out, pictures: false })).toMatchObject({ interrupted: false });
});

test('a task with other settings than the study was begun with is refused', async () => {
  const other = { ...options, epochs: 7 };
  expect(await refusal(studyTask(other, { out: parts, task: '1/3' }))).toMatch(/epochs: got 7, expected 1/);
});

test('what is stopped half-way goes on, and a lock that is left over is taken', async () => {
  const run = join(parts, 'identity', 'seed-0', 'train');
  await rm(run, { recursive: true });
  await mkdir(run);
  await writeFile(
    join(run, LOCK),
    JSON.stringify({ id: 'x', pid: 2 ** 22, host: 'x', since: '', process: 'dead' }),
  );
  expect((await studyStatus(parts)).tasks[1]).toMatchObject({
    state: 'running',
    runs: [{ state: 'done' }, { state: 'running', by: { host: 'x' } }],
  });
  await writeFile(join(run, LOCK), 'cut off');
  await utimes(join(run, LOCK), 1, 1);
  expect((await studyStatus(parts)).tasks[1]).toMatchObject({ state: 'open' });
  await studyTask({} as typeof options, { out: parts, task: '2/4', pictures: false });
  expect(existsSync(join(run, LOCK))).toBe(false);
  for (const file of WEIGHTS)
    expect(await readFile(join(parts, file)), file).toEqual(await readFile(join(whole, file)));
});

test('a folder without a study is told', async () => {
  expect(await refusal(studyStatus(root))).toContain('plan.csv');
  expect(await refusal(gatherStudy({ out: join(root, 'none') }))).toMatch(/nothing was started/);
});
