import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/index.ts';
import { MlflowLog, mlflowServer } from '../../src/logs/mlflow.node.ts';
import { refusal } from '../support/expect-user-error.ts';

interface Call {
  readonly path: string;
  readonly content: Record<string, unknown>;
  readonly authorization?: string;
}

/** It answers as MLflow's REST interface says it does; a real one is not at hand here. */
const calls: Call[] = [];
let failing = false;
const server = createServer(async (request, response) => {
  const path = request.url!.replace('/api/2.0/mlflow/', '');
  const { authorization } = request.headers;
  calls.push({ path, content: await contentOf(request), ...(authorization && { authorization }) });
  if (failing || path.startsWith('experiments/get-by-name')) {
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
    const log = new MlflowLog({ folder: '/runs/a', name: 'a' }, mlflowServer(environment()), listener);
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

  test('of a study lies within the run of the study', async () => {
    const at = mlflowServer({
      ...environment(),
      MLFLOW_EXPERIMENT_NAME: 'polyps',
      MLFLOW_TRACKING_TOKEN: 'secret',
    });
    const parent = new MlflowLog({ folder: '/runs/s', name: 's' }, at, listener);
    const child = new MlflowLog({ folder: '/runs/s/a', name: 'a/seed-0', parent }, at, listener);
    await child.end('stopped');
    await parent.end('done');
    const [made, within] = of('runs/create');
    expect(made.tags).not.toContainEqual(expect.objectContaining({ key: 'mlflow.parentRunId' }));
    expect(within.tags).toContainEqual({ key: 'mlflow.parentRunId', value: expect.stringMatching(/^run-/) });
    expect(of('runs/update').map(({ status }) => status)).toEqual(['KILLED', 'FINISHED']);
    expect(new Set(calls.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer secret']));
  });

  test('more numbers than one call takes are sent in several', async () => {
    const log = new MlflowLog({ folder: '/runs/a', name: 'a' }, mlflowServer(environment()), listener);
    for (let step = 1; step <= 2500; step++) log.scalars(step, { loss: 1 / step });
    await log.end('done');
    const sent = of('runs/log-batch').map(({ metrics }) => (metrics as unknown[]).length);
    expect(sent.every((count) => count <= 1000)).toBe(true);
    expect(sent.reduce((sum, count) => sum + count, 0)).toBe(2500);
  });

  test('a server that fails stops nothing, and is told twice: at first, and at the end', async () => {
    failing = true;
    told.length = 0;
    const log = new MlflowLog({ folder: '/runs/a', name: 'a' }, mlflowServer(environment()), listener);
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
