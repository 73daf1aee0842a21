import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluate, exportRun, predict, train } from '../../src/index.ts';
import { RUN, STUDY, STUDY_PATHS } from '../../src/records/entries.ts';
import { writeEntry } from '../../src/records/entry.node.ts';
import { KeptNetwork } from '../../src/runs/kept-network.node.ts';
import type { LookView, Numbers, ResultView } from '../../src/serve/look-api.ts';
import { Networks } from '../../src/serve/networks.node.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import { writeDataset, writeEncoder, writeList, writePicture } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';
import { headers, serving } from './support.ts';

const root = await temporaryFolder();
const data = join(root, 'data');
const stems = await writeDataset(data, { count: 12, masks: 9 });
await writeList(data, 'test.txt', stems.slice(0, 3));
await writeList(data, 'val.txt', stems.slice(3, 5));
await writeList(data, 'train.txt', stems.slice(5, 8));
const encoder = await writeEncoder(join(root, 'encoder.safetensors'));
const settings: TrainOptions = {
  ...{ recipe: 'classic', data, encoder, batch: 2, steps: 12, lr: 0.03, normMomentum: 0.5, views: 4 },
  ...{ ...tinyNetwork, threads: 1, workers: 1 },
};
const run = join(root, 'runs', 'one');
const { app, networks } = await serving(data, root);
const ask = (path: string) => app.request(path, { headers: headers() });
const read = async <T>(path: string) => (await (await ask(path)).json()) as T;
const numbersOf = (stem: string) => read<Numbers>(`/api/look/numbers?name=one&stem=${stem}`);
const bytesOf = async (path: string) => new Uint8Array(await (await ask(path)).arrayBuffer());

beforeAll(async () => {
  await train(settings, { out: run, pictures: false });
}, 120_000);
afterAll(() => networks.close());

describe('scores of images', () => {
  test('are those of evaluate, whatever the images were to the run', async () => {
    const result = await evaluate({ run, split: 'all', views: 4 });
    if (result.kind !== 'segmentation') throw new Error(result.kind);
    expect(result.scores).toHaveLength(9);
    for (const { stem, native } of result.scores) {
      const { dice, iou, precision, recall } = native;
      expect(await numbersOf(stem)).toEqual({ dice, iou, precision, recall });
    }
  });

  test('are told as far as they are known, with what each image was to the run', async () => {
    const fresh = await serving(data, root);
    const { images, views, tested, expects } = (await (
      await fresh.app.request('/api/look/images?name=one', { headers: headers() })
    ).json()) as LookView;
    expect({ views, tested, expects }).toEqual({ views: 4, tested: 4, expects: false });
    const uses = Object.fromEntries(images.map(({ stem, use }) => [stem, use]));
    expect(stems.map((stem) => uses[stem])).toEqual([
      ...['test', 'test', 'test', 'validation', 'validation', 'train', 'train', 'train'],
      ...['none', 'none', 'none', 'none'],
    ]);
    // Nothing but the test images was scored.
    expect(images.filter(({ numbers }) => numbers).map(({ stem }) => stem)).toEqual(stems.slice(0, 3));
    for (const { stem, numbers } of images.slice(0, 3))
      expect(numbers!.dice).toBeCloseTo((await numbersOf(stem)).dice!, 5);
    // What was computed is known from then on.
    const later = (await read<LookView>('/api/look/images?name=one')).images;
    expect(later.find(({ stem }) => stem === stems[5])!.numbers).toEqual(await numbersOf(stems[5]));
    await fresh.networks.close();
  });

  test('of a mask that has changed since are not those that were recorded', async () => {
    const mask = join(data, 'masks', `${stems[0]}.png`);
    const before = await readFile(mask);
    const first = (await numbersOf(stems[0])).dice!;
    try {
      await writePicture(mask, 48, 48, new Uint8Array(48 * 48));
      const { images } = await read<LookView>('/api/look/images?name=one');
      expect(images[0]).toMatchObject({ stem: stems[0], use: 'test' });
      expect(images[0].numbers).toBeUndefined();
      expect((await numbersOf(stems[0])).dice).not.toBe(first);
      await writeFile(mask, 'broken');
      expect((await numbersOf(stems[0])).problem).toContain(`${stems[0]}.png`);
    } finally {
      await writeFile(mask, before);
    }
    expect((await numbersOf(stems[0])).dice).toBe(first);
  });
});

describe('networks', () => {
  test('one works at a time, what nobody waits for is left out, and nothing is begun after the end', async () => {
    const queue = new Networks();
    let working = 0;
    const order: number[] = [];
    const left = new AbortController();
    const work = (i: number, signal?: AbortSignal) =>
      queue.queued(async () => {
        expect(++working).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(i);
        working--;
      }, signal);
    const all = [work(0), work(1, left.signal), work(2)];
    left.abort();
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(order).toEqual([0, 2]);
    await expect(queue.queued(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await work(3);
    const many = Array.from({ length: 300 }, (_, i) => work(i));
    const results = await Promise.allSettled(many);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(200);
    await queue.close();
    expect(await refusal(work(4))).toContain('ends');
  });

  test('a run without weights is refused before anything is sent', async () => {
    const empty = join(root, 'runs', 'empty');
    await mkdir(empty);
    await writeEntry(empty, RUN.settings, { kind: 'train', data, encoder });
    expect((await ask(`/api/look/numbers?name=empty&stem=${stems[0]}`)).status).toBe(422);
    expect((await ask('/look/predictions.zip?name=empty')).status).toBe(422);
    expect((await ask('/look/model.onnx?name=empty')).status).toBe(422);
    await rm(empty, { recursive: true });
    await expect(KeptNetwork.open(join(root, 'nothing'))).rejects.toThrow();
  });
});

describe('what is taken away', () => {
  test('the masks of all images without one, as predict writes them', async () => {
    const answer = await ask('/look/predictions.zip?name=one');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="one-predictions.zip"');
    const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
    expect(Object.keys(files)).toEqual(stems.slice(9).map((stem) => `${stem}.png`));
    const out = join(root, 'predicted');
    const images = stems.slice(9).map((stem) => join(data, 'images', `${stem}.png`));
    await predict({ run, images, views: 4 }, { out });
    for (const [name, bytes] of Object.entries(files))
      expect(Buffer.compare(bytes, await readFile(join(out, name)))).toBe(0);
  });

  test('the images that cannot be used are named', async () => {
    const broken = join(data, 'images', 'image-99.png');
    await writeFile(broken, 'no image');
    try {
      const fresh = await serving(data, root);
      const answer = await fresh.app.request('/look/predictions.zip?name=one', { headers: headers() });
      const files = unzipSync(new Uint8Array(await answer.arrayBuffer()));
      expect(Object.keys(files)).toHaveLength(4);
      expect(new TextDecoder().decode(files['left-out.txt'])).toContain('image-99');
      await fresh.networks.close();
    } finally {
      await rm(broken);
    }
  });

  test('the model, as export writes it', async () => {
    const out = join(root, 'model.onnx');
    await exportRun({ run }, { out });
    expect(Buffer.compare(await bytesOf('/look/model.onnx?name=one'), await readFile(out))).toBe(0);
  });
});

test('runs and studies on this data are listed, with their reports; others are not', async () => {
  const study = join(root, 'runs', 'study');
  await mkdir(study);
  await writeEntry(study, STUDY.settings, { kind: 'study', data, labels: [3, 6] });
  const arm = { arm: 'scratch', seeds: [], net_dice: 0.5 };
  const arms = [
    { ...arm, labels: '3', dice: 0.5 },
    { ...arm, labels: '6', dice: 0.7 },
  ];
  await writeEntry(study, STUDY.summary, { kind: 'study', interrupted: true, arms, seconds: 1 });
  await writeFile(join(study, STUDY_PATHS.report), '<!doctype html><title>the study</title>');
  const foreign = join(root, 'runs', 'foreign');
  await mkdir(foreign);
  await writeEntry(foreign, STUDY.settings, { kind: 'study', data: root });
  await symlink(study, join(root, 'runs', 'link'));
  const results = await read<ResultView[]>('/api/look/results');
  const named = Object.fromEntries(results.map((result) => [result.name, result]));
  expect(Object.keys(named).sort()).toEqual(['one', 'study']);
  expect(named.study).toMatchObject({
    kind: 'study',
    state: 'stopped',
    masks: '3, 6',
    tests: [0.5, 0.7],
    reported: true,
  });
  expect(named.one).toMatchObject({ kind: 'run', state: 'done', masks: '5', reported: true });
  expect(named.one.tests).toHaveLength(1);
  const report = await ask('/report?name=study');
  expect(await report.text()).toContain('the study');
  expect(report.headers.get('content-security-policy')).toMatch(/^sandbox; /);
  for (const name of ['link', 'foreign', '..', '../data', 'study/../study', '', '.'])
    expect((await ask(`/report?name=${encodeURIComponent(name)}`)).status).toBe(404);
  for (const path of ['/api/look/images', '/api/look/numbers', '/look/predictions.zip', '/look/model.onnx'])
    for (const name of ['study', 'link', '..', ''])
      expect((await ask(`${path}?stem=${stems[0]}&name=${encodeURIComponent(name)}`)).status).toBe(404);
  expect((await ask('/api/look/numbers?name=one&stem=..%2fsecret')).status).toBe(404);
});
