import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOCK } from '../../src/core/lock/held.node.ts';
import type { StudyStatus } from '../../src/index.ts';
import { bin } from '../support/cli.ts';
import { readCsv } from '../support/read-run.ts';
import { type Cluster, hasSlurm, startCluster } from '../support/slurm.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tinySettings } from '../support/tiny.ts';

const root = await temporaryFolder();

/** Tables without times, and weights. */
const COMPARED = /(study|runs|epochs|test|plan)\.csv$|\.safetensors$|splits\.json$/;

describe.runIf(hasSlurm)('a study by a real Slurm (skipped where it is not installed)', () => {
  let cluster: Cluster;
  let folder: string;
  let args: string[];
  const whole = join(root, 'whole');

  beforeAll(async () => {
    // Sockets need short paths.
    folder = await mkdtemp('/tmp/fm-slurm-');
    cluster = await startCluster(folder);
    const { settings } = await tinySettings(root, 14);
    const { data, encoder, decoderChannels } = settings;
    const flags = {
      ...{
        data,
        encoder,
        'decoder-channels': decoderChannels.join(),
        size: 32,
        batch: 2,
        threads: 1,
        jobs: 1,
      },
      ...{ labels: '5', arms: 'scratch,identity,denoise', seeds: 4 },
      ...{ epochs: 30, 'pretrain-epochs': 10, audits: 0 },
    };
    args = [...Object.entries(flags).flatMap(([key, value]) => [`--${key}`, `${value}`]), '--no-pictures'];
    study([...args, '--out', whole]);
  }, 300_000);

  afterAll(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const study = (more: readonly string[]) =>
    execFileSync(process.execPath, [bin, 'study', ...more], {
      env: { ...process.env, ...cluster.env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const statusOf = (out: string) => JSON.parse(study(['--status', out, '--json'])) as StudyStatus;
  const waitForQueue = () =>
    expect
      .poll(() => cluster.slurm('squeue', '--noheader', '--array', '--format=%F_%K %T'), {
        timeout: 400_000,
        interval: 500,
      })
      .toBe('');

  test('comes to the same tables and weights as in one process, byte for byte', {
    timeout: 500_000,
  }, async () => {
    const out = join(root, 'array');
    expect(study([...args, '--out', out, '--slurm'])).toContain('submitted: array ');
    await waitForQueue();
    expect(statusOf(out)).toMatchObject({ gathered: true, submitted: true });
    await expectSame(out, whole);
    expect(study(['--resume', out, '--slurm'])).toContain('nothing to submit: all runs have ended');
  });

  test('also if jobs are cancelled, killed, requeued, handed over twice, and lose their node', {
    timeout: 900_000,
  }, async () => {
    const out = join(root, 'disturbed');
    const submitted = JSON.parse(study([...args, '--out', out, '--slurm', '--json'])) as {
      readonly jobs: { readonly array: string };
    };
    const { array } = submitted.jobs;
    // Looked up by hand: the command would take as long as a run.
    const pidOf = async (task: number) => {
      for (const [, folder] of (await tasksOf(out)).filter(([of]) => of === task)) {
        const lock = await readFile(join(out, folder, LOCK), 'utf8').catch(() => '');
        const rows = await readFile(join(out, folder, 'metrics.jsonl'), 'utf8').catch(() => '');
        const [, pid] = /"pid": (\d+)/.exec(lock) ?? [];
        if (pid && rows.split('\n').length > 2) return Number(pid);
      }
      return undefined;
    };
    const atWork = async (task: number): Promise<number> => {
      for (const end = Date.now() + 240_000; Date.now() < end; await wait(20)) {
        const pid = await pidOf(task);
        if (pid !== undefined) return pid;
      }
      throw new Error(`no process was seen at work on task ${task}`);
    };
    const nodeOf = (task: number) =>
      cluster.slurm('squeue', '--noheader', '--format=%N', `--jobs=${array}_${task}`).trim();

    await atWork(2);
    cluster.slurm('scancel', `${array}_2`);
    process.kill(await atWork(3), 'SIGKILL');
    await atWork(5);
    cluster.slurm('scontrol', 'requeue', `${array}_5`);
    await atWork(6);
    const node = nodeOf(6);
    cluster.slurm('scontrol', 'update', `NodeName=${node}`, 'State=DOWN', 'Reason=test');
    // The same again by hand, while others are at it.
    cluster.slurm('sbatch', join(out, 'slurm', 'array.sbatch'));
    await expect.poll(() => nodeOf(6), { timeout: 60_000 }).not.toBe(node);
    cluster.slurm('scontrol', 'update', `NodeName=${node}`, 'State=RESUME');
    await waitForQueue();
    for (let tries = 0; tries < 3 && !statusOf(out).gathered; tries++) {
      study(['--resume', out, '--slurm']);
      await waitForQueue();
    }
    expect(statusOf(out)).toMatchObject({ gathered: true });
    await expectSame(out, whole);
  });
});

async function expectSame(out: string, whole: string): Promise<void> {
  const expected = (await filesIn(whole)).filter((file) => COMPARED.test(file));
  expect(expected.filter((file) => file.endsWith('last.safetensors'))).toHaveLength(20);
  expect((await filesIn(out)).filter((file) => COMPARED.test(file))).toEqual(expected);
  for (const file of expected)
    expect(await readFile(join(out, file)), file).toEqual(await readFile(join(whole, file)));
  // Nobody holds anything, and nothing was left half written.
  expect((await filesIn(out)).filter((file) => /\.lock$|\.part$/.test(file))).toEqual([]);
}

/** Task and folder of each run of the plan. */
async function tasksOf(study: string): Promise<[number, string][]> {
  const [head, ...rows] = await readCsv(join(study, 'plan.csv'));
  const at = (name: string) => head.indexOf(name);
  return rows.map((row) => [Number(row[at('task')]), row[at('folder')]]);
}

async function filesIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
