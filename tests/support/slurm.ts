import { execFileSync, spawn } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const PROGRAMS = ['/usr/sbin/munged', '/usr/sbin/slurmctld', '/usr/sbin/slurmd', '/usr/bin/sbatch'];

/** Whether Debian's Slurm is here, and may be started: its daemons want to be root's. */
export const hasSlurm = PROGRAMS.every((program) => existsSync(program)) && process.getuid?.() === 0;

/** A cluster of this machine's own, whose nodes are daemons side by side. */
export interface Cluster {
  /** For programs that talk to it. */
  readonly env: Readonly<Record<string, string>>;
  readonly nodes: readonly string[];
  /** A program of Slurm; what it said. */
  slurm(program: string, ...args: string[]): string;
  stop(): Promise<void>;
}

/**
 * Starts a real Slurm on loopback: a controller and some nodes of a processor each.
 *
 * @param folder for its keys, sockets, state and logs; its path must be short, as that of a socket is
 * @param first of the ports that are taken
 */
export async function startCluster(
  folder: string,
  { count = 4, first = 20_000 + (process.pid % 4000) * 10 } = {},
): Promise<Cluster> {
  for (const name of ['run', 'log', 'state', 'spool', 'etc'])
    await mkdir(join(folder, name), { recursive: true });
  const nodes = Array.from({ length: count }, (_, i) => `n${i + 1}`);
  const conf = join(folder, 'etc', 'slurm.conf');
  await writeFile(conf, configuration(folder, nodes, first));
  const key = join(folder, 'etc', 'munge.key');
  await writeFile(key, Buffer.from(Array.from({ length: 1024 }, (_, i) => (i * 37) % 256)), { mode: 0o400 });
  const env = { SLURM_CONF: conf };
  const children = [
    daemon(folder, 'munged', '/usr/sbin/munged', [
      ...['--foreground', '--force', `--key-file=${key}`, `--socket=${join(folder, 'run', 'munge')}`],
      ...[`--pid-file=${join(folder, 'run', 'munged.pid')}`, `--log-file=${join(folder, 'log', 'munged')}`],
      ...[`--seed-file=${join(folder, 'run', 'munged.seed')}`, '--num-threads=2'],
    ]),
  ];
  const slurm = (program: string, ...args: string[]) =>
    execFileSync(program, args, {
      env: { ...process.env, ...env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  for (let tries = 0; !existsSync(join(folder, 'run', 'munge')) && tries < 100; tries++) await wait(50);
  children.push(daemon(folder, 'slurmctld', '/usr/sbin/slurmctld', ['-D', '-f', conf], env));
  children.push(
    ...nodes.map((node) => daemon(folder, node, '/usr/sbin/slurmd', ['-D', '-N', node, '-f', conf], env)),
  );
  const cluster: Cluster = {
    env,
    nodes,
    slurm,
    stop: async () => {
      attempted(() => slurm('scancel', '--user=root'));
      for (let tries = 0; tries < 100; tries++) {
        if (attempted(() => slurm('squeue', '--noheader')) === '') break;
        await wait(200);
      }
      const ended = children.map((child) => new Promise((resolve) => child.once('close', resolve)));
      for (const child of [...children].reverse()) child.kill('SIGTERM');
      await Promise.race([Promise.all(ended), wait(10_000)]);
      for (const child of children) child.kill('SIGKILL');
    },
  };
  for (let tries = 0; tries < 300; tries++) {
    const idle =
      attempted(() => slurm('sinfo', '--noheader', '--Node', '--format=%T'))?.match(/^idle$/gm) ?? [];
    if (idle.length === nodes.length) return cluster;
    await wait(200);
  }
  const log = await readFile(join(folder, 'log', 'slurmctld.out'), 'utf8').catch(() => '');
  await cluster.stop();
  throw new Error(`Slurm did not start:\n${log.split('\n').slice(-20).join('\n')}`);
}

function attempted<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function daemon(folder: string, name: string, program: string, args: readonly string[], env = {}) {
  const log = openSync(join(folder, 'log', `${name}.out`), 'a');
  return spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', log, log] });
}

/** Nodes share the machine: a port each, and processors that are theirs by agreement only. */
function configuration(folder: string, nodes: readonly string[], first: number): string {
  const host = hostname();
  return [
    'ClusterName=fewmask',
    `SlurmctldHost=${host}(127.0.0.1)`,
    ...['AuthType=auth/munge', `AuthInfo=socket=${folder}/run/munge`, 'CryptoType=crypto/munge'],
    ...['SlurmUser=root', `SlurmctldPort=${first}`, `SlurmdPort=${first + 1}`],
    ...[`StateSaveLocation=${folder}/state`, `SlurmdSpoolDir=${folder}/spool/%n`],
    ...[`SlurmctldPidFile=${folder}/run/ctld.pid`, `SlurmdPidFile=${folder}/run/%n.pid`],
    ...[`SlurmctldLogFile=${folder}/log/ctld`, `SlurmdLogFile=${folder}/log/%n`],
    ...['ProctrackType=proctrack/linuxproc', 'TaskPlugin=task/none', 'MpiDefault=none'],
    ...['SelectType=select/cons_tres', 'SelectTypeParameters=CR_Core', 'SchedulerType=sched/backfill'],
    // What is quick in a test: decisions, the end of a killed job, and another try of one whose node was lost.
    ...[
      'SchedulerParameters=sched_interval=1,bf_interval=1',
      'KillWait=5',
      'MinJobAge=3600',
      'ReturnToService=1',
    ],
    ...['JobAcctGatherType=jobacct_gather/none', 'AccountingStorageType=accounting_storage/none'],
    'SlurmdParameters=config_overrides',
    ...nodes.map(
      (node, i) =>
        `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${first + 4 + i} CPUs=1 RealMemory=8000 State=UNKNOWN`,
    ),
    `PartitionName=all Nodes=n[1-${nodes.length}] Default=YES MaxTime=INFINITE State=UP`,
    '',
  ].join('\n');
}
