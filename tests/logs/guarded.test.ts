import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { RunEvent } from '../../src/index.ts';
import { withLogs } from '../../src/library/with-logs.node.ts';
import { logged } from '../../src/logs/logged.node.ts';
import { TensorBoardLog } from '../../src/logs/tensorboard.node.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const root = await temporaryFolder();
const told: string[] = [];
const listener = { onEvent: (event: RunEvent) => void (event.type === 'notice' && told.push(event.text)) };
afterEach(() => {
  told.length = 0;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function run(name: string): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  await writeFile(join(folder, 'config.yaml'), 'kind: train\nlr: 0.001\n');
  return folder;
}

const step = (number: number): RunEvent => ({
  ...{ type: 'step', step: number, steps: 9, epoch: 1, epochs: 1, loss: 1, lr: 1, gradientNorm: 1 },
  ...{ levelNorms: {}, measures: {} },
});

test('a tool that cannot be opened is told once, and does not silence the other', async () => {
  const out = await run('blocked');
  await writeFile(join(out, 'tensorboard'), 'in the way');
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(request.url!);
    response.end('{"experiment":{"experiment_id":"1"},"run":{"info":{"run_id":"r"}}}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('MLFLOW_TRACKING_URI', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const written = logged(['tensorboard', 'mlflow'], out, listener);
  for (let i = 1; i <= 5; i++) written.onEvent!(step(i));
  await written.end('done');
  server.close();
  expect(told).toEqual([expect.stringMatching(/^not logged: .*tensorboard.*; the run goes on without$/)]);
  expect(calls.filter((path) => path.endsWith('runs/create'))).toHaveLength(1);
  expect(calls.filter((path) => path.endsWith('log-batch'))).toHaveLength(2);
});

test('a tool that fails later is told once and let alone, and its end fails no run', async () => {
  const out = await run('full');
  const fails = () => {
    throw new Error('no room');
  };
  const scalars = vi.spyOn(TensorBoardLog.prototype, 'scalars').mockImplementation(fails);
  vi.spyOn(TensorBoardLog.prototype, 'end').mockImplementation(async () => fails());
  const summary = { interrupted: false };
  const options = { out, log: ['tensorboard'] } as const;
  const working = async (work: { readonly onEvent?: (event: RunEvent) => void }) => {
    for (let i = 1; i <= 5; i++) work.onEvent!(step(i));
    return summary;
  };
  expect(await withLogs(options, listener, working)).toBe(summary);
  expect(scalars).toHaveBeenCalledTimes(1);
  expect(told).toEqual(['not logged: no room; the run goes on without']);
  expect(await readdir(join(out, 'tensorboard'))).toHaveLength(1);
  const failing = withLogs(options, listener, async (work) => {
    await working(work);
    throw new Error('the disk is full');
  });
  await expect(failing).rejects.toThrow('the disk is full');
});
