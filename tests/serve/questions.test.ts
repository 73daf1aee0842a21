import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkData } from '../../src/index.ts';
import type { AnswerView, QuestionView } from '../../src/serve/api.ts';
import { writeDataset } from '../support/dataset.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { headers, serving } from './support.ts';

const root = await temporaryFolder();
const data = join(root, 'data');
const stems = await writeDataset(data, { count: 12, masks: 10 });
await writeFile(join(data, 'images', `${stems[0]}.png`), 'no image');
await rm(join(data, 'masks', `${stems[1]}.png`));
await writeFile(join(data, 'test.txt'), `${stems[1]}\n${stems[2]}\n`);
const { app, questions } = await serving(data, root);
const post = { method: 'POST', headers: headers() };
const asked = async (path: string) => (await app.request(path, { headers: headers() })).json();

const answered = async (name: string): Promise<QuestionView> => {
  for (;;) {
    const found = questions.list().find((question) => question.name === name)!;
    if (found.state === 'done' || found.state === 'failed') return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test('what a check of the data finds lies on the images that it is about, and nothing of it is lost', async () => {
  expect((await asked('/api/questions')) as QuestionView[]).toMatchObject([
    { name: 'check', state: 'open', answers: 0 },
    ...['next', 'expected', 'suspects'].map((name) => ({ name, state: 'open' })),
  ]);
  expect(await asked('/api/questions/answer?name=check')).toEqual({ told: [], images: [] });
  expect((await app.request('/api/questions/ask?name=check', post)).status).toBe(200);
  expect(await answered('check')).toMatchObject({ state: 'done', answers: 1 });
  const answer = (await asked('/api/questions/answer?name=check')) as AnswerView;
  const texts = new Map(answer.images.map(({ stem, text }) => [stem, text]));
  expect([...texts.keys()].sort()).toEqual([stems[0], stems[1]]);
  expect(texts.get(stems[0])).toContain(`${stems[0]}.png: got`);
  expect(texts.get(stems[1])).toBe(`${stems[1]} is in test.txt and has no mask`);
  const { problems } = await checkData({ folder: data, workers: 1 });
  const told = [...answer.told, ...texts.values()].join('; ');
  expect(problems.length).toBeGreaterThan(1);
  for (const { message } of problems) expect(told).toContain(message);
});

test('a network that is not there cannot be asked, nor a question that nobody knows', async () => {
  for (const name of ['next', 'expected', 'suspects']) {
    const answer = await app.request(`/api/questions/ask?name=${name}`, post);
    expect([answer.status, ((await answer.json()) as { problem: string }).problem]).toEqual([
      422,
      expect.stringMatching(/: got no network, expected one that is trained; train one$/),
    ]);
  }
  for (const name of ['', 'toString', '__proto__', '..%2f'])
    expect((await app.request(`/api/questions/ask?name=${name}`, post)).status).toBe(404);
});

test('a check that is stopped ends with the file under way, and can be asked again', async () => {
  const seen: (string | undefined)[] = [];
  const ended = new Promise<void>((done) => {
    const leave = questions.listen(() => {
      const { state, note } = questions.list().find(({ name }) => name === 'check')!;
      if (note !== undefined) {
        seen.push(note);
        questions.stop('check');
      }
      if (state !== 'open' || seen.length === 0) return;
      leave();
      done();
    });
  });
  await questions.ask('check');
  await ended;
  expect(seen).toEqual(['reading images: 1 of 12']);
  await questions.ask('check');
  expect(await answered('check')).toMatchObject({ state: 'done', answers: 2 });
});
