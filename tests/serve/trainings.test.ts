import { existsSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { DEFAULT_ENCODER } from '../../src/encoders/catalogue.ts';
import { predict, train } from '../../src/index.ts';
import { Queue } from '../../src/serve/queue.node.ts';
import { type Train, Trainings } from '../../src/serve/trainings.node.ts';
import { writeDataset, writeEncoder } from '../support/dataset.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinyNetwork } from '../support/tiny.ts';
import { headers, serving } from './support.ts';

const root = await temporaryFolder();
const data = join(root, 'data');
await writeDataset(data, { count: 12 });
const encoder = await writeEncoder(join(root, 'encoder.safetensors'));
const post = (body: unknown = {}) => ({ method: 'POST', headers: headers(), body: JSON.stringify(body) });

/** A training that ends when it is told to, and writes what a stopped one leaves. */
function held() {
  const begun: { out: string; resume?: boolean; end: () => void }[] = [];
  const work: Train = async (options, { out, resume, signal, onEvent }) => {
    await mkdir(out, { recursive: true });
    await writeFile(join(out, 'config.yaml'), `kind: train\ndata: ${options.data}\n`);
    onEvent?.({
      ...{ type: 'step', step: 1, steps: 10, epoch: 1, epochs: 1, loss: 0.5, lr: 1, gradientNorm: 1 },
      ...{ levelNorms: {}, measures: {} },
    });
    await new Promise<void>((resolve) => {
      begun.push({ out, resume, end: resolve });
      if (signal?.aborted) resolve();
      signal?.addEventListener('abort', () => resolve());
    });
    return undefined as never;
  };
  return { begun, work };
}

const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
};

test('one trains at a time, the others wait; one that waits can be taken out, one that runs stopped and taken up', async () => {
  const { begun, work } = held();
  const { app, trainings } = await serving(data, join(root, 'queue'), work);
  const names = [];
  for (let i = 0; i < 3; i++) {
    const answer = await app.request('/api/runs', post({ choice: 'quick' }));
    expect(answer.status).toBe(201);
    names.push(((await answer.json()) as { name: string }).name);
  }
  expect(names).toEqual(['data-1', 'data-2', 'data-3']);
  await until(() => begun.length === 1);
  const states = async () =>
    Object.fromEntries((await trainings.list()).map(({ name, state }) => [name, state]));
  expect(await states()).toEqual({ 'data-1': 'running', 'data-2': 'queued', 'data-3': 'queued' });
  expect((await trainings.list()).find(({ name }) => name === 'data-1')).toMatchObject({
    step: 1,
    steps: 10,
    loss: 0.5,
  });
  await app.request('/api/runs/stop?name=data-2', post());
  expect(await states()).toEqual({ 'data-1': 'running', 'data-3': 'queued' });
  begun[0].end();
  await until(() => begun.length === 2);
  // What never began has left nothing.
  expect(begun[1].out.endsWith('data-3')).toBe(true);
  expect(existsSync(join(root, 'queue', 'runs', 'data-2'))).toBe(false);
  await app.request('/api/runs/stop?name=data-3', post());
  await until(async () => (await states())['data-3'] === 'stopped');
  expect((await app.request('/api/runs/resume?name=data-3', post())).status).toBe(200);
  await until(() => begun.length === 3);
  expect(begun[2]).toMatchObject({ resume: true });
  await trainings.close();
  expect(await states()).toEqual({ 'data-1': 'stopped', 'data-3': 'stopped' });
  expect((await app.request('/api/runs/resume?name=nothing', post())).status).toBe(422);
});

test('of what is asked for twice at once, a training goes on once, and two that are started have two names', async () => {
  const { begun, work } = held();
  const { app, trainings } = await serving(data, join(root, 'twice'), work);
  const twice = (path: string, body?: unknown) =>
    Promise.all([app.request(path, post(body)), app.request(path, post(body))]);
  const started = await twice('/api/runs', { choice: 'quick' });
  expect(started.map(({ status }) => status)).toEqual([201, 201]);
  const names = async () => (await trainings.list()).map(({ name }) => name);
  expect(await names()).toEqual(['data-2', 'data-1']);
  await until(() => begun.length === 1);
  await app.request('/api/runs/stop?name=data-2', post());
  await app.request('/api/runs/stop?name=data-1', post());
  await until(async () => (await trainings.list())[0].state === 'stopped');
  // Both look before either is queued.
  const list = await trainings.list();
  vi.spyOn(trainings, 'list').mockResolvedValue(list);
  const resumed = await twice('/api/runs/resume?name=data-1');
  expect(resumed.map(({ status }) => status).sort()).toEqual([200, 422]);
  await until(() => begun.length === 2);
  await trainings.close();
  expect(begun).toHaveLength(2);
});

test('a training that fails before it has a folder is listed with what went wrong, and can be begun anew', async () => {
  const begun: (boolean | undefined)[] = [];
  const work: Train = (options, { resume }) => {
    begun.push(resume);
    expect(options).toMatchObject({ size: 128, batch: 3 });
    throw new UserError({ what: 'masks', got: '1', expected: 'at least 2', fix: 'add masks' });
  };
  const { app, trainings } = await serving(data, join(root, 'early'), work);
  await app.request('/api/runs', post({ choice: 'quick', settings: { batch: 3 } }));
  const failed = async () => (await trainings.list()).map(({ state, note }) => `${state}: ${note}`);
  await until(() => begun.length === 1);
  expect(await failed()).toEqual(['failed: masks: got 1, expected at least 2; add masks']);
  expect((await app.request('/api/runs/resume?name=data-1', post())).status).toBe(200);
  await until(() => begun.length === 2);
  expect(await failed()).toHaveLength(1);
  expect(begun).toEqual([false, false]);
});

test('changes are told as they come', async () => {
  const { begun, work } = held();
  const { app, trainings } = await serving(data, join(root, 'told'), work);
  const answer = await app.request('/api/events', { headers: headers() });
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  const reader = answer.body!.getReader();
  const next = async () => new TextDecoder().decode((await reader.read()).value);
  expect(await next()).toContain('data: []');
  await app.request('/api/runs', post({ choice: 'usual' }));
  await until(() => begun.length === 1);
  let text = '';
  while (!text.includes('"state":"running"')) text += await next();
  await reader.cancel();
  await trainings.close();
});

describe('what may not be started', () => {
  test.each([
    [{ choice: 'quickest' }],
    [{}],
    [{ choice: 'quick', out: '/tmp/elsewhere' }],
    [{ choice: 'quick', settings: { encoder: '/etc/passwd' } }],
    [{ choice: 'quick', settings: { plain: '/etc' } }],
    [{ choice: 'quick', settings: { init: '../secret' } }],
    [{ choice: 'quick', settings: { pretrained: 'runs/other' } }],
    [{ choice: 'quick', settings: { data: '/' } }],
    [{ choice: 'quick', settings: { groups: 'groups.csv' } }],
    [{ choice: 'quick', settings: { classes: '/etc/motd.txt' } }],
    [{ choice: 'quick', settings: { classes: 'elsewhere.YAML' } }],
  ])('%j', async (body) => {
    const { work, begun } = held();
    const { app } = await serving(data, join(root, 'refused'), work);
    expect((await app.request('/api/runs', post(body))).status).toBe(422);
    expect(begun).toEqual([]);
  });

  test('classes may be listed', async () => {
    const { work, begun } = held();
    const { app, trainings } = await serving(data, join(root, 'listed'), work);
    const answer = await app.request(
      '/api/runs',
      post({ choice: 'quick', settings: { classes: '1=polyp' } }),
    );
    expect(answer.status).toBe(201);
    await until(() => begun.length === 1);
    await trainings.close();
  });

  test('an encoder that is not here is fetched only where that is said', async () => {
    const { work } = held();
    process.env.FEWMASK_CACHE = join(root, 'cache');
    const trainings = new Trainings(join(root, 'fetch'), new Queue(), {
      ...{ data, encoder: undefined, train: work },
    });
    const wanted = { choice: 'quick', settings: {}, download: false } as const;
    expect(await refusal(trainings.start(wanted))).toContain(DEFAULT_ENCODER);
    expect(await trainings.start({ ...wanted, download: true })).toBe('data-1');
    await trainings.close();
  });
});

test('a training that was really made is listed with its scores, its curves and its report, by another server, too', async () => {
  const work: Train = (options, output) => train(options, { ...output, pictures: false });
  const own = join(root, 'real');
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'encoder.safetensors'), await readFile(encoder));
  const { app, trainings } = await serving(data, own, work);
  const settings = { ...tinyNetwork, recipe: 'classic', steps: 4, batch: 2, threads: 1, workers: 1 };
  const { minSteps: _, ...rest } = settings as Record<string, unknown>;
  const started = await app.request('/api/runs', post({ choice: 'usual', settings: rest }));
  expect(started.status).toBe(201);
  await until(async () => (await trainings.list())[0]?.state === 'done');
  const again = (await serving(data, own, work)).app;
  const [run] = (await (await again.request('/api/runs', { headers: headers() })).json()) as [
    { test: number },
  ];
  expect(run).toMatchObject({ name: 'data-1', state: 'done', step: 4, reported: true });
  expect(run.test).toBeGreaterThanOrEqual(0);
  const curves = await again.request('/api/runs/curves?name=data-1', { headers: headers() });
  expect(((await curves.json()) as { loss: unknown[] }).loss).toHaveLength(4);
  const report = await again.request('/report?name=data-1', { headers: headers() });
  expect(report.headers.get('content-security-policy')).toMatch(/^sandbox; .*frame-ancestors 'self'$/);
  expect(await report.text()).toContain('<!doctype html>');
  const stem = (await serving(data, own, work)).dataset.view().images[0].stem;
  const predicted = await again.request(`/api/prediction?name=data-1&stem=${stem}`, { headers: headers() });
  expect(predicted.status).toBe(200);
  const labels = new Uint8Array(await predicted.arrayBuffer());
  const [{ mask }] = (
    await predict({ run: join(own, 'runs/data-1'), images: [join(data, 'images', `${stem}.png`)] })
  ).predictions;
  expect([...labels]).toEqual([...mask!.data].map((value) => (value === 255 ? 1 : 0)));
  for (const wrong of ['name=nothing', 'name=..', ''])
    expect(
      (await again.request(`/api/prediction?stem=${stem}&${wrong}`, { headers: headers() })).status,
    ).toBe(404);
  // What a link leads to is no training of this folder.
  await symlink(join(own, 'runs/data-1'), join(own, 'runs/link'));
  await symlink(join(root, 'queue/runs/data-1'), join(own, 'runs/elsewhere'));
  expect((await (await again.request('/api/runs', { headers: headers() })).json()) as unknown[]).toHaveLength(
    1,
  );
  expect((await again.request('/report?name=link', { headers: headers() })).status).toBe(404);
  expect((await again.request('/report?name=..%2f..', { headers: headers() })).status).toBe(404);
});
