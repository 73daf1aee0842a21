import { quoted } from '../core/shell.ts';
import { SLURM } from '../records/entries.ts';

/** What both jobs of a study need. */
export interface JobSettings {
  /** The study's folder, as a full path that all nodes see. */
  readonly study: string;
  /** How the program is called: `node` and its file. */
  readonly program: readonly string[];
  /** More options of sbatch, as its user writes them: `--partition=gpu --time=4:00:00`. */
  readonly sbatchArgs?: string;
  /** More arguments of `fewmask study`. */
  readonly args: readonly string[];
}

export interface ArrayJob extends JobSettings {
  /** Those of the plan's tasks that are made, and how many it has. */
  readonly tasks: readonly number[];
  readonly of: number;
  /** Of one task. */
  readonly threads: number;
  readonly memoryBytes: number;
  readonly seconds: number;
}

/** The script of an array of jobs, of which each makes a task of a study. */
export function arrayScript(job: ArrayJob): string {
  const { tasks, of, threads, memoryBytes, seconds } = job;
  return script(job, {
    about:
      'each job of this array makes a part of the study; it may be stopped and started again at any time',
    name: 'array',
    log: 'task-%a.log',
    options: [
      `--array=${ranges(tasks)}`,
      `--cpus-per-task=${threads}`,
      `--mem=${Math.ceil(memoryBytes / 2 ** 20)}M`,
      `--time=${slurmTime(seconds)}`,
      // It saves its state and ends.
      '--signal=B:TERM@60',
    ],
    flags: `--task "$SLURM_ARRAY_TASK_ID/${of}" --threads "\${SLURM_CPUS_PER_TASK:-${threads}}"`,
  });
}

/** The script of the job that makes tables and report when the others have ended. */
export function gatherScript(job: JobSettings): string {
  return script(job, {
    about: 'this job makes tables and report of the runs that have ended',
    name: 'gather',
    log: 'gather.log',
    options: ['--cpus-per-task=1', '--mem=2G', '--time=1:00:00'],
    flags: '--gather',
  });
}

interface Part {
  readonly about: string;
  readonly name: string;
  readonly log: string;
  readonly options: readonly string[];
  readonly flags: string;
}

function script({ study, program, sbatchArgs, args }: JobSettings, part: Part): string {
  const name = study.split('/').at(-1)!;
  const options = [
    `--job-name=${quoted(`${name}-${part.name}`)}`,
    // Slurm reads % in names of logs as its own.
    `--output="${study.replaceAll('%', '%%')}/${SLURM}/${part.log}"`,
    '--open-mode=append',
    '--requeue',
    ...part.options,
    ...(sbatchArgs ? [sbatchArgs] : []),
  ];
  const call = [...program, 'study', '--resume', study, ...args].map(quoted).join(' ');
  return [
    '#!/bin/bash',
    `# ${part.about}.`,
    ...options.map((option) => `#SBATCH ${option}`),
    '',
    '# As the program sets it for itself: less memory with many threads.',
    'export MALLOC_ARENA_MAX=2',
    `exec ${call} ${part.flags}`,
    '',
  ].join('\n');
}

/** `1-4,7`, of numbers that rise. */
export function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join();
}

/** `HH:MM:SS`, of whole minutes. */
export function slurmTime(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  const two = (n: number) => `${n}`.padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:00`;
}
