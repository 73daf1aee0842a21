import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LOCK } from '../core/lock/held.node.ts';
import { ownerOf } from '../core/lock/lock.node.ts';
import { changedAt } from '../core/lock/owner.node.ts';
import type { RunOfStudy } from '../events/run-event.ts';
import { RUN, RUN_PATHS, STUDY } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import { folderIn } from '../settings/tools.ts';
import { type PlannedRun, readPlan } from '../study/run/planned-runs.node.ts';
import { accounted, type JobState, queued } from './slurm.node.ts';
import { submitted } from './submitted.node.ts';

/** `known`: its results come from elsewhere. `stopped`: it was begun, and nobody goes on with it now. */
export type RunState = 'done' | 'known' | 'running' | 'stopped' | 'open';

/** A run of a study, as it is now. */
export interface RunStatus {
  readonly run: RunOfStudy;
  readonly folder: string;
  readonly state: RunState;
  /** Steps that it has made, of one that was begun. */
  readonly step?: number;
  /** Who makes it. */
  readonly by?: { readonly pid: number; readonly host: string };
  /** For how many seconds there was no sign of its life, where that is more than it should be. */
  readonly silent?: number;
}

/** `lost`: it was submitted, is not finished, and neither waits nor runs. */
export type TaskState = 'done' | 'running' | 'queued' | 'lost' | 'open';

/** A task of a study, as it is now. */
export interface TaskStatus {
  /** From 1. */
  readonly task: number;
  readonly state: TaskState;
  readonly runs: readonly RunStatus[];
  /** What Slurm says of it last, if it does. */
  readonly job?: JobState;
}

/** What has become of a study, as its folder and Slurm tell. */
export interface StudyStatus {
  readonly kind: 'status';
  readonly study: string;
  readonly tasks: readonly TaskStatus[];
  /** Whether anything was handed to Slurm, and whether it answers. */
  readonly submitted: boolean;
  readonly queue: boolean;
  /** Whether tables and report were made of all runs. */
  readonly gathered: boolean;
}

/**
 * Tells what has become of a study: of its runs, and of the jobs that make them. Nothing is written.
 *
 * @throws UserError for a folder that holds no study
 */
export async function studyStatus(study: string): Promise<StudyStatus> {
  const planned = await readPlan(folderIn(study));
  const jobs = await submitted(study);
  const arrays = jobs.map(({ array }) => array);
  const waiting = arrays.length > 0 ? await queued(arrays) : undefined;
  // What waits or runs counts more than what has ended.
  const states = [...((await accounted(arrays)) ?? []), ...(waiting ?? [])];
  const wasSubmitted = new Set(jobs.flatMap(({ tasks }) => tasks));
  const tasks = [...new Set(planned.map(({ task }) => task))];
  return {
    ...{ kind: 'status', study, submitted: jobs.length > 0, queue: waiting !== undefined },
    gathered: (await readEntry(study, STUDY.summary))?.interrupted === false,
    tasks: await Promise.all(
      tasks.map(async (task): Promise<TaskStatus> => {
        const own = planned.filter((each) => each.task === task);
        const runs = await Promise.all(own.map((each) => runStatus(study, each)));
        const job = states.findLast((state) => state.task === task);
        const isQueued = waiting?.some((state) => state.task === task) === true;
        return {
          task,
          runs,
          state: stateOf(runs, job, isQueued, wasSubmitted.has(task)),
          ...(job && { job }),
        };
      }),
    ),
  };
}

function stateOf(
  runs: readonly RunStatus[],
  job: JobState | undefined,
  isQueued: boolean,
  wasSubmitted: boolean,
): TaskState {
  if (runs.every(({ state }) => state === 'done' || state === 'known')) return 'done';
  if (runs.some(({ state, silent }) => state === 'running' && silent === undefined)) return 'running';
  if (isQueued) return job?.state === 'RUNNING' ? 'running' : 'queued';
  return wasSubmitted ? 'lost' : 'open';
}

/** An owner shows every ten seconds that it lives; the clocks of two machines may differ by less than this, in s. */
const SILENT = 120;

async function runStatus(study: string, { run, folder, known }: PlannedRun): Promise<RunStatus> {
  const of = { run, folder };
  if (known) return { ...of, state: 'known' };
  const path = join(study, folder);
  const summary = await readEntry(path, RUN.summary);
  if (summary && !summary.interrupted) return { ...of, state: 'done' };
  const rows = await readEntry(path, RUN.metrics).catch(() => undefined);
  const step = rows?.findLast((row) => row.step !== undefined)?.step;
  const begun = { ...of, ...(step !== undefined && { step }) };
  const owner = ownerOf(path);
  if (owner) {
    const silent = (Date.now() - (changedAt(join(path, LOCK)) ?? Date.now())) / 1000;
    const by = { pid: owner.pid, host: owner.host };
    return { ...begun, state: 'running', by, ...(silent > SILENT && { silent: Math.round(silent) }) };
  }
  return {
    ...begun,
    state: existsSync(join(path, RUN_PATHS.state)) || step !== undefined ? 'stopped' : 'open',
  };
}
