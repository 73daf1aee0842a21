import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../core/errors.ts';
import { warn } from '../core/events.ts';
import { writeWhole } from '../core/files.node.ts';
import { SLURM } from '../records/entries.ts';
import type { StudyOptions } from '../study/config.ts';
import { type PlannedTask, planStudy } from '../study/run/estimate.node.ts';
import type { StudyPlace } from '../study/run/perform.node.ts';
import { threadsOfRun } from '../study/run/plan.ts';
import { startStudy } from '../study/run/task.node.ts';
import { type ArrayJob, arrayScript, gatherScript } from './script.ts';
import { sbatch, underWay } from './slurm.node.ts';
import { rememberSubmitted, submitted } from './submitted.node.ts';

/** A study that was handed to Slurm, or would be. */
export interface Submission {
  readonly kind: 'submission';
  /** Tasks of the plan, and those of them that were submitted now. */
  readonly of: number;
  readonly tasks: readonly PlannedTask[];
  /** Of one task, before the margins in the script. */
  readonly threads: number;
  readonly memory_bytes: number;
  /** Tasks of which something is left, but which are waiting or running already. */
  readonly under_way: readonly number[];
  /** The files in the study's folder, by name, and what they say. */
  readonly scripts: Readonly<Record<string, string>>;
  /** Absent of what was only looked at, and where nothing was left to submit. */
  readonly jobs?: { readonly array: string; readonly gather: string };
}

export interface SubmitPlace extends StudyPlace {
  /** More options of sbatch, as its user writes them. */
  readonly sbatchArgs?: string;
  /** Only say what would be submitted: nothing is written. */
  readonly dryRun: boolean;
  /** More arguments of the program in each job. */
  readonly args: readonly string[];
}

/** More than was estimated here: nodes differ, and what is killed for its time is only done later. */
const TIME_MARGIN = 3;
const LEAST_SECONDS = 900;
const MEMORY_MARGIN = 1.5;

/**
 * Plans a study, and hands it to Slurm: an array of which each job makes a task, and a job that then makes tables and report.
 * Of a study that was begun only what is missing is submitted.
 *
 * @throws UserError for settings, files or numbers that cannot be used, and with what sbatch said
 */
export async function submitStudy(options: StudyOptions, place: SubmitPlace): Promise<Submission> {
  const { sbatchArgs } = place;
  if (sbatchArgs !== undefined && !/^-[^\n]*$/.test(sbatchArgs.trim())) {
    throw new UserError({
      what: '--sbatch-args',
      got: `"${sbatchArgs}"`,
      expected: 'options of sbatch, in one line',
      fix: "write them as for sbatch: '--partition=gpu --time=4:00:00'",
    });
  }
  const busy = await busyTasks(place);
  const plan = await planStudy(options, place);
  const tasks = plan.tasks.filter(({ task }) => !busy.has(task));
  const study = resolve(place.out);
  const job: ArrayJob = {
    ...{ study, program: [process.execPath, program()], sbatchArgs: sbatchArgs?.trim(), args: place.args },
    ...{ tasks: tasks.map(({ task }) => task), of: plan.tasks_in_all },
    threads: threadsOfRun(plan.config),
    memoryBytes: MEMORY_MARGIN * plan.memory_bytes_a_task,
    seconds: Math.max(LEAST_SECONDS, TIME_MARGIN * Math.max(...tasks.map(({ seconds }) => seconds))),
  };
  const scripts: Submission['scripts'] =
    tasks.length === 0 ? {} : { [ARRAY]: arrayScript(job), [GATHER]: gatherScript(job) };
  const submission: Submission = {
    ...{ kind: 'submission', of: job.of, tasks, threads: job.threads, scripts },
    memory_bytes: plan.memory_bytes_a_task,
    under_way: plan.tasks.flatMap(({ task }) => (busy.has(task) ? [task] : [])),
  };
  if (place.dryRun || tasks.length === 0) return submission;
  await startStudy(options, place);
  for (const [name, text] of Object.entries(scripts)) await writeWhole(join(study, name), text);
  const array = await sbatch(join(study, ARRAY));
  await rememberSubmitted(study, { array, tasks: job.tasks, since: new Date().toISOString() });
  const gather = await sbatch(join(study, GATHER), array);
  return { ...submission, jobs: { array, gather } };
}

/** Tasks that were handed over before, and wait or run. Nothing is handed over where that is not known. */
async function busyTasks(place: SubmitPlace): Promise<ReadonlySet<number>> {
  const earlier = place.resume ? await submitted(place.out) : [];
  try {
    return new Set(await underWay(earlier.map(({ array }) => array)));
  } catch (error) {
    if (!place.dryRun || !(error instanceof UserError)) throw error;
    warn(place, `tasks that wait or run already are not left out: ${error.message}`);
    return new Set();
  }
}

const ARRAY = `${SLURM}/array.sbatch`;
const GATHER = `${SLURM}/gather.sbatch`;

/** As the nodes find it: in the package, wherever a link to it lies. */
const program = () => realpathSync(fileURLToPath(new URL('../../bin/fewmask.js', import.meta.url)));
