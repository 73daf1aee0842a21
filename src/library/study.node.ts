import { dirname, join, resolve } from 'node:path';
import type * as z from 'zod';
import { type Submission, submitStudy as submit } from '../cluster/submit.node.ts';
import { UserError } from '../core/errors.ts';
import { inform } from '../core/events.ts';
import { owning } from '../core/lock/lock.node.ts';
import type { Logged } from '../logs/logged.node.ts';
import { RUN } from '../records/entries.ts';
import type { StudySummary } from '../records/summaries.ts';
import { planSchema, studyOutputSchema, submitSchema, taskSchema } from '../settings/output.ts';
import { parseSettings } from '../settings/parse.ts';
import type { StudyOptions } from '../study/config.ts';
import { planStudy as plan, type StudyPlan } from '../study/run/estimate.node.ts';
import { gatherStudy as gather } from '../study/run/gather.node.ts';
import type { StudyPlace } from '../study/run/perform.node.ts';
import { runStudy } from '../study/run/study.node.ts';
import { runTask, type TaskSummary } from '../study/run/task.node.ts';
import { audit } from './audit.node.ts';
import { finish, isNewer } from './finish.node.ts';
import { writeReport } from './report.node.ts';
import { type Caller, split } from './training.node.ts';
import { withLogs } from './with-logs.node.ts';

export { studyStatus } from '../cluster/status.node.ts';

/** Where a study goes, as `Output`; it may know runs that were done elsewhere. */
export type StudyOutput = z.input<typeof studyOutputSchema> & Caller;

/** The same for a plan, with what is asked before a study. */
export type PlanOutput = z.input<typeof planSchema> & Caller;

/** The same for a part of a study's runs. */
export type TaskOutput = z.input<typeof taskSchema> & Caller;

/** The same for a study that is handed to Slurm. */
export type SubmitOutput = z.input<typeof submitSchema> & Caller;

/** What the tables of a study are made of. */
export type GatherOutput = Pick<StudyOutput, 'out' | 'known' | 'pictures' | 'onEvent' | 'command'>;

/**
 * Compares decoders that start differently under the same seeds.
 *
 * @returns the scores of each arm; the folder holds every run and one `report.html`
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function study(options: StudyOptions, output: StudyOutput): Promise<StudySummary> {
  const { caller, ...given } = split(output);
  const place = parseSettings(studyOutputSchema, given.output);
  return owning(place.out, () =>
    withLogs(place, caller, async (told, log) => {
      const afterRun = completing(place, told, log);
      const summary = await runStudy(options, { ...place, ...told, afterRun });
      await writeReport(place.out, { pictures: place.pictures });
      return summary;
    }),
  );
}

/**
 * Plans a study without beginning it.
 *
 * @returns its runs, an estimate of time, memory and disk space, and what it will be able to show
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function planStudy(options: StudyOptions, output: PlanOutput): Promise<StudyPlan> {
  const { caller, ...given } = split(output);
  return plan(options, { ...parseSettings(planSchema, given.output), ...caller });
}

/**
 * Makes a part of a study's runs, while other processes, also of other machines, make the others in the same folder. The first
 * of them writes settings and plan there; the others need no settings, and those given must be the same. `gatherStudy` then
 * makes tables and report.
 *
 * @returns how many of its runs have ended
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function studyTask(options: StudyOptions, output: TaskOutput): Promise<TaskSummary> {
  const { caller, ...given } = split(output);
  const place = parseSettings(taskSchema, given.output);
  return withLogs(
    place,
    caller,
    (told, log) => runTask(options, { ...place, ...told, afterRun: completing(place, told, log) }),
    { part: true },
  );
}

/**
 * Makes tables and report of a study of the runs that have ended in its folder; it trains nothing.
 *
 * @returns the scores of each arm; `interrupted` if runs are missing
 * @throws UserError for a folder that holds no study, or a damaged one
 */
export async function gatherStudy(output: GatherOutput): Promise<StudySummary> {
  const { caller, ...given } = split(output);
  const place = parseSettings(studyOutputSchema, given.output);
  return owning(
    place.out,
    () =>
      withLogs(place, caller, async (told) => {
        const summary = await gather({ ...place, ...told });
        await writeReport(place.out, { pictures: place.pictures });
        return summary;
      }),
    caller,
  );
}

/**
 * Hands a study to Slurm: an array of which each job makes a task, and a job that then makes tables and report. With `resume`
 * only what is missing is submitted.
 *
 * @returns what was submitted, or with `dryRun` would be
 * @throws UserError for settings, files or numbers that cannot be used, and with what sbatch said
 */
export async function submitStudy(options: StudyOptions, output: SubmitOutput): Promise<Submission> {
  const { caller, ...given } = split(output);
  const place = parseSettings(submitSchema, given.output);
  const { known, pictures, log } = place;
  const args = [
    ...(known === undefined ? [] : ['--known', resolve(known)]),
    ...(pictures ? [] : ['--no-pictures']),
    ...log.flatMap((name) => ['--log', name]),
  ];
  const work = () => submit(options, { ...place, ...caller, args });
  return place.dryRun ? work() : owning(place.out, work, caller);
}

/** What is done when a run of a study has ended: its report, and an audit where the plan says so. */
const completing =
  (place: { readonly pictures: boolean }, caller: Caller, log: Logged): StudyPlace['afterRun'] =>
  async (run, folder) => {
    await finish(folder, place, caller);
    await log.pictured(folder);
    if (run.audited) await auditPretraining(folder, place.pictures, caller);
  };

/** Enough to see which path carries the image, in a few seconds; the command `audit` takes them all. */
const AUDITED_IN_STUDIES = 32;

/** Not again if it is newer than the run's summary. A network that cannot be audited is named and passed over. */
async function auditPretraining(folder: string, pictures: boolean, { onEvent }: Caller): Promise<void> {
  if (isNewer(folder, RUN.audit.name)) return;
  try {
    await audit(
      { run: folder, limit: AUDITED_IN_STUDIES },
      { out: dirname(join(folder, RUN.audit.name)), pictures },
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    inform({ onEvent }, `not audited: ${error.message}`);
  }
}
