import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { next, suspects, train } from '../../src/index.ts';
import type { QuestionName } from '../../src/serve/questions.ts';
import { writeDataset, writeEncoder } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';
import { serving } from './support.ts';

const root = await temporaryFolder();
const data = join(root, 'data');
const encoder = await writeEncoder(join(root, 'encoder.safetensors'));
const stems = await writeDataset(data, { count: 36 });
const open = stems.slice(28);
for (const stem of open) await rm(join(data, 'masks', `${stem}.png`));
const { questions, trainings } = await serving(data, root);
const run = join(trainings.folder, 'data-1');

beforeAll(async () => {
  const settings = { ...tinyNetwork, data, encoder, batch: 4, steps: 20, lr: 0.03, normMomentum: 0.5 };
  await train({ recipe: 'classic', ...settings, threads: 1 }, { out: run, pictures: false });
}, 600_000);

const answerTo = async (name: QuestionName) => {
  await questions.ask(name);
  const view = () => questions.list().find((question) => question.name === name)!;
  while (['waiting', 'running'].includes(view().state)) await new Promise((done) => setTimeout(done, 50));
  expect(view()).toMatchObject({ state: 'done', run: 'data-1' });
  return questions.answerTo(name)!.images;
};

test('images are in the order in which the command line would have them labelled', async () => {
  const found = await answerTo('next');
  const chosen = await next({ run, count: 200 });
  if (chosen?.kind !== 'chosen') throw new Error('nothing chosen');
  expect(found.map(({ stem }) => stem)).toEqual(chosen.images.map(({ stem }) => stem));
  expect(found.length).toBeGreaterThan(4);
  for (const [i, { text }] of found.entries())
    expect(text).toMatch(new RegExp(`^${i + 1}: uncertainty 0\\.`));
});

test('of images without mask it is told what to expect, the worst first; of masks how suspicious they are', async () => {
  const expected = await answerTo('expected');
  expect(expected.map(({ stem }) => stem).sort()).toEqual(open);
  const values = expected.map(({ text }) =>
    Number(/^expected (\d\.\d\d), (?:at least \d\.\d\d|unlike the training)$/.exec(text)?.[1]),
  );
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  // The networks that held masks out are used again.
  const found = await answerTo('suspects');
  expect(found.map(({ stem }) => stem)).toEqual(
    (await suspects({ run, count: 0 }))!.suspects.map(({ stem }) => stem),
  );
}, 600_000);

test('what is stopped can be asked again', async () => {
  const asked = questions.ask('next');
  await asked;
  questions.stop('next');
  await trainings.queue.idle();
  expect(['open', 'done']).toContain(questions.list().find(({ name }) => name === 'next')!.state);
  expect((await answerTo('next')).length).toBeGreaterThan(4);
});
