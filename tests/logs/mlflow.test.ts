import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/index.ts';
import { MlflowLog, mlflowServer } from '../../src/logs/mlflow.node.ts';
import { refusal } from '../support/expect-user-error.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

interface Call {
  readonly path: string;
  readonly content: Record<string, unknown>;
  readonly authorization?: string;
}

/** It answers as MLflow's REST interface says it does; a real one is not at hand here. */
const calls: Call[] = [];
let failing = false;
/** It takes calls and does not answer. */
let silent = false;
/** Runs that the server has no more. */
const lost = new Set<unknown>();
const root = await temporaryFolder();
let folders = 0;
/** An empty folder of a run. */
async function folder(): Promise<string> {
  const made = join(root, String(folders++));
  await mkdir(made);
  return made;
}
const server = createServer(async (request, response) => {
  const path = request.url!.replace('/api/2.0/mlflow/', '');
  const { authorization } = request.headers;
  const content = await contentOf(request);
  calls.push({ path, content, ...(authorization && { authorization }) });
  if (silent) return;
  if (failing || path.startsWith('experiments/get-by-name') || lost.has(content.run_id)) {
    response.statusCode = failing ? 500 : 404;
    response.end('{}');
  } else if (path === 'experiments/create') response.end('{"experiment_id":"7"}');
  else if (path === 'runs/create')
    response.end(JSON.stringify({ run: { info: { run_id: `run-${calls.length}` } } }));
  else response.end('{}');
});
async function contentOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.close();
});
beforeEach(() => {
  calls.length = 0;
  failing = false;
  silent = false;
  lost.clear();
});

const environment = () => ({
  MLFLOW_TRACKING_URI: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
});
const told: string[] = [];
const listener = {
  onEvent: (event: RunEvent) => {
    if (event.type === 'notice') told.push(event.text);
  },
};
const of = (path: string) => calls.filter((call) => call.path === path).map(({ content }) => content);

describe('a run (against a stub of the interface)', () => {
  test('is made in an experiment, gets its settings and numbers in order, and ends', async () => {
    const log = new MlflowLog({ folder: await folder(), name: 'a' }, mlflowServer(environment()), listener);
    log.begin({ lr: 0.001, loss: 'bce+dice', 'odd:name': true });
    log.scalars(1, { 'train/loss': 0.5 });
    log.scalars(2, { 'train/loss': 0.25, 'val/dice': 0.75 });
    await log.end('done');
    expect(of('experiments/create')).toEqual([{ name: 'fewmask' }]);
    expect(of('runs/create')).toEqual([
      expect.objectContaining({
        experiment_id: '7',
        run_name: 'a',
        tags: [{ key: 'mlflow.source.name', value: 'fewmask' }],
      }),
    ]);
    const [params, metrics] = of('runs/log-batch');
    expect(params).toMatchObject({
      params: [
        { key: 'lr', value: '0.001' },
        { key: 'loss', value: 'bce+dice' },
        { key: 'odd_name', value: 'true' },
      ],
    });
    expect(metrics).toMatchObject({
      metrics: [
        { key: 'train/loss', value: 0.5, step: 1 },
        { key: 'train/loss', value: 0.25, step: 2 },
        { key: 'val/dice', value: 0.75, step: 2 },
      ],
    });
    expect(of('runs/update')).toEqual([expect.objectContaining({ status: 'FINISHED' })]);
  });

  test('has numbers of classes in any script apart', async () => {
    const log = new MlflowLog({ folder: await folder(), name: 'a' }, mlflowServer(environment()), listener);
    log.scalars(1, { 'val/dice_息肉': 0.5, 'val/dice_背景': 0.25, 'val/dice:größe': 0.75 });
    await log.end('done');
    const [{ metrics }] = of('runs/log-batch') as { metrics: { key: string }[] }[];
    expect(metrics.map(({ key }) => key)).toEqual(['val/dice_息肉', 'val/dice_背景', 'val/dice_größe']);
  });

  test('of a study lies within the run of the study', async () => {
    const at = mlflowServer({
      ...environment(),
      MLFLOW_EXPERIMENT_NAME: 'polyps',
      MLFLOW_TRACKING_TOKEN: 'secret',
    });
    const parent = new MlflowLog({ folder: await folder(), name: 's' }, at, listener);
    const child = new MlflowLog({ folder: await folder(), name: 'a/seed-0', parent }, at, listener);
    await child.end('stopped');
    await parent.end('done');
    const [made, within] = of('runs/create');
    expect(made.tags).not.toContainEqual(expect.objectContaining({ key: 'mlflow.parentRunId' }));
    expect(within.tags).toContainEqual({ key: 'mlflow.parentRunId', value: expect.stringMatching(/^run-/) });
    expect(of('runs/update').map(({ status }) => status)).toEqual(['KILLED', 'FINISHED']);
    expect(new Set(calls.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret']));
  });

  test('goes on in the same run after a stop, without its settings', async () => {
    const run = { folder: await folder(), name: 'a' };
    for (const step of [1, 2]) {
      const log = new MlflowLog(run, mlflowServer(environment()), listener);
      log.begin({ lr: step });
      log.scalars(step, { loss: step });
      await log.end('done');
    }
    expect(of('runs/create')).toHaveLength(1);
    const sent = of('runs/log-batch');
    expect(sent.filter(({ params }) => params)).toHaveLength(1);
    expect(sent.filter(({ metrics }) => metrics)).toHaveLength(2);
    expect(new Set(sent.map(({ run_id }) => run_id)).size).toBe(1);
    expect(of('runs/update').map(({ status }) => status)).toEqual(['FINISHED', 'RUNNING', 'FINISHED']);

    lost.add(sent[0].run_id);
    const log = new MlflowLog(run, mlflowServer(environment()), listener);
    log.begin({ lr: 3 });
    await log.end('done');
    expect(of('runs/create')).toHaveLength(2);
    expect(of('runs/log-batch').at(-1)).toMatchObject({ params: [{ key: 'lr', value: '3' }] });
  });

  test('goes on in the same run where the address was written in another way', async () => {
    const run = { folder: await folder(), name: 'a' };
    const { port } = server.address() as AddressInfo;
    const kept = { server: `HTTP://me:secret@127.0.0.1:${port}//`, run_id: 'before' };
    await writeFile(join(run.folder, 'mlflow.json'), JSON.stringify(kept));
    await new MlflowLog(run, mlflowServer(environment()), listener).end('done');
    expect([of('runs/create').length, of('runs/update')[0].run_id]).toEqual([0, 'before']);
  });

  test('of a folder in which several processes begin is one', async () => {
    const run = { folder: await folder(), name: 'study' };
    const tasks = Array.from({ length: 5 }, () => new MlflowLog(run, mlflowServer(environment()), listener));
    tasks.forEach((task, step) => {
      task.begin({ lr: 1 });
      task.scalars(step, { loss: step });
    });
    for (const task of tasks) await task.end('done');
    const logged = of('runs/log-batch').flatMap(({ run_id, metrics }) => (metrics ? [run_id] : []));
    expect(logged).toHaveLength(5);
    expect(new Set(logged).size).toBe(1);
    const deleted = of('runs/delete').map(({ run_id }) => run_id);
    expect(deleted).toHaveLength(of('runs/create').length - 1);
    expect(deleted).not.toContain(logged[0]);
  });

  test('more numbers than one call takes are sent in several', async () => {
    const log = new MlflowLog({ folder: await folder(), name: 'a' }, mlflowServer(environment()), listener);
    for (let step = 1; step <= 2500; step++) log.scalars(step, { loss: 1 / step });
    await log.end('done');
    const sent = of('runs/log-batch').map(({ metrics }) => (metrics as unknown[]).length);
    expect(sent.every((count) => count <= 1000)).toBe(true);
    expect(sent.reduce((sum, count) => sum + count, 0)).toBe(2500);
  });

  test('a server that falls silent holds its end by three calls at most', async () => {
    const server = { ...mlflowServer(environment()), silence: 500 };
    const log = new MlflowLog({ folder: await folder(), name: 'a' }, server, listener);
    log.begin({ lr: 1 });
    await expect.poll(() => of('runs/log-batch').length).toBe(1);
    silent = true;
    for (let step = 0; step < 3000; step++) log.scalars(step, { loss: step });
    // It is waited for the first batch meanwhile, and others come.
    await expect.poll(() => calls.length, { timeout: 5000 }).toBe(5);
    for (let step = 0; step < 3000; step++) log.scalars(step, { loss: step });
    await log.end('done');
    expect(of('runs/log-batch').length + of('runs/update').length).toBeLessThanOrEqual(4);
  });

  test('a study of which this is a part does not end with it, and a run of it ends with its work', async () => {
    const at = mlflowServer(environment());
    const parent = new MlflowLog({ folder: await folder(), name: 's' }, at, listener);
    const child = new MlflowLog({ folder: await folder(), name: 'a/seed-0', parent }, at, listener);
    child.scalars(1, { loss: 1 });
    child.done();
    await expect.poll(() => of('runs/update').map(({ status }) => status)).toEqual(['FINISHED']);
    await child.end('done');
    await parent.end(undefined);
    expect(of('runs/update')).toHaveLength(1);
    expect(of('runs/log-batch')).toHaveLength(1);
  });

  test('a server that fails stops nothing, and is told twice: at first, and at the end', async () => {
    failing = true;
    told.length = 0;
    const log = new MlflowLog({ folder: await folder(), name: 'a' }, mlflowServer(environment()), listener);
    log.begin({ lr: 1 });
    log.scalars(1, { loss: 1 });
    await log.end('done');
    expect(told).toEqual([
      expect.stringMatching(
        /^MLflow: http:\/\/127\.0\.0\.1:\d+ answers 500 to experiments\/create; the run goes on without$/,
      ),
      'MLflow: 1 calls failed for a',
    ]);
  });
});

test.each([
  undefined,
  '',
  'nonsense',
  'file:///mlruns',
  'http//x',
])('the address %j is refused', async (uri) => {
  expect(await refusal(() => mlflowServer({ MLFLOW_TRACKING_URI: uri }))).toMatch(
    /^MLFLOW_TRACKING_URI: got /,
  );
});

test('a name and a password are sent as such', () => {
  const server = mlflowServer({
    ...{
      MLFLOW_TRACKING_URI: 'https://ml.example.org',
      MLFLOW_TRACKING_USERNAME: 'me',
      MLFLOW_TRACKING_PASSWORD: 'pw',
    },
  });
  expect(server.headers.authorization).toBe(`Basic ${Buffer.from('me:pw').toString('base64')}`);
});

test.each([
  ['http://me:p%40w@ml.example.org/x/', 'me:p@w'],
  ['http://me:p@w@ml.example.org/x', 'me:p@w'],
  ['http://me@ml.example.org/x', 'me:'],
  ['http://me:50%@ml.example.org/x', 'me:50%'],
])('so are those in the address %s, which is kept without', (uri, credentials) => {
  const { address, headers } = mlflowServer({ MLFLOW_TRACKING_URI: uri });
  expect(address).toBe('http://ml.example.org/x');
  expect(headers.authorization).toBe(`Basic ${Buffer.from(credentials).toString('base64')}`);
});
