import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inform } from '../../core/events.ts';
import { LockLost } from '../../core/lock/held.node.ts';
import { FolderInUse, owning } from '../../core/lock/lock.node.ts';
import { decodedFolder } from '../../data/loading/decoded.node.ts';
import type { RunOfStudy } from '../../events/run-event.ts';
import { RUN, STUDY } from '../../records/entries.ts';
import { readEntry } from '../../records/entry.node.ts';
import { begin } from '../../train/begin.node.ts';
import type { StudyConfig, StudyOptions } from '../config.ts';
import { KnownRuns } from './known-runs.node.ts';
import { performRun, type RunSite, type StudyPlace } from './perform.node.ts';
import { seedsOf, threadsOfRun } from './plan.ts';
import { folderOfRuns, type PlannedRun, plannedRuns, readPlan, writePlan } from './planned-runs.node.ts';
import { openStudyImages, samplesOf } from './samples.node.ts';
import { isInShare, parseShare } from './share.ts';
import { expectEncoders } from './study.node.ts';
import { studyType } from './study-type.node.ts';

/** What one task of a study came to. */
export interface TaskSummary {
  readonly kind: 'task';
  /** Such as `3/12`. */
  readonly task: string;
  /** Runs of this task, and how many of them have ended. */
  readonly runs: number;
  readonly done: number;
  /** Runs that other processes were making. */
  readonly elsewhere: readonly RunOfStudy[];
  readonly interrupted: boolean;
  readonly seconds: number;
}

export interface TaskPlace extends Omit<StudyPlace, 'overwrite' | 'resume'> {
  /** Which of how many, such as `3/12`; all of them if none is named. */
  readonly task?: string;
}

/**
 * Makes a part of a study's runs, while other processes, also of other machines, may make the others; they share nothing but the
 * folder. The first of them writes settings and plan there. Tables and report are made of the runs by `gatherStudy`.
 *
 * @throws UserError for settings, files or numbers that cannot be used
 */
export async function runTask(options: StudyOptions, place: TaskPlace): Promise<TaskSummary> {
  const { task = '1/1' } = place;
  const share = parseShare(task);
  const began = performance.now();
  const config = await plannedStudy(options, place);
  const all = await readPlan(place.out);
  const own = ofTask(all.filter((each) => !each.known && isInShare(each.task, share)));
  const summaryOf = (done: number, elsewhere: readonly RunOfStudy[], interrupted: boolean): TaskSummary => ({
    ...{ kind: 'task', task, runs: own.length, done, elsewhere, interrupted },
    seconds: (performance.now() - began) / 1000,
  });
  const folderOf = folderOfRuns(place.out, config);
  const states = await Promise.all(own.map(({ run }) => readEntry(folderOf(run), RUN.summary)));
  if (states.every((summary) => summary && !summary.interrupted)) return summaryOf(own.length, [], false);
  // Other processes have the other processors.
  const threads = options.threads === undefined ? threadsOfRun(config) : config.threads;
  const images = await openStudyImages(config, { ...place, decodedIn: await decodedFolder() });
  try {
    const site = { config: { ...config, threads }, place: { ...place, resume: true }, images, folderOf };
    return summaryOf(...(await makeRuns(own, site, place)));
  } finally {
    await images.close();
  }
}

/** Numbered among themselves, as progress is told. */
function ofTask(runs: readonly PlannedRun[]): PlannedRun[] {
  const stepsInAll = runs.reduce((sum, { run }) => sum + run.steps, 0);
  return runs.map((each, i) => ({
    ...each,
    run: { ...each.run, number: i + 1, of: runs.length, stepsInAll },
  }));
}

/** How often is looked whether a folder is free, in ms. */
const LOOK = 2000;
/** How long the folder of a study may be held, while its plan or tables are written. */
const STUDY_PATIENCE = 300_000;
/** How long that of a run: a scheduler may begin a task again while it still waits for the end of the first try. */
const RUN_PATIENCE = 60_000;

/** Settings of the study that a folder holds; what is not planned there yet is planned, by one process of them all. */
async function plannedStudy(options: StudyOptions, place: TaskPlace): Promise<StudyConfig> {
  const resumed = { ...place, resume: true };
  for (const end = performance.now() + STUDY_PATIENCE; ; await wait(LOOK)) {
    if (await readEntry(place.out, STUDY.plan)) {
      const { config } = await begin(studyType, options, resumed);
      if (hasAllRuns(await readPlan(place.out), config)) return config;
    }
    try {
      return await owning(place.out, () => startStudy(options, resumed), place);
    } catch (error) {
      if (!(error instanceof FolderInUse) || performance.now() > end) throw error;
    }
  }
}

/** Whether a plan is that of these settings, which may have got more arms or seeds. */
function hasAllRuns(planned: readonly PlannedRun[], config: StudyConfig): boolean {
  const keys = new Set(planned.map(({ run }) => `${run.phase} ${run.arm} ${run.seed}`));
  return Object.keys(config.arms).every((arm) =>
    [...Array(seedsOf(config, arm)).keys()].every((seed) => keys.has(`train ${arm} ${seed}`)),
  );
}

/** Writes settings and plan of a study, and makes none of its runs. */
export async function startStudy(options: StudyOptions, place: StudyPlace): Promise<StudyConfig> {
  const { config, openFolder } = await begin(studyType, options, place);
  await expectEncoders(config, place);
  const known = place.known ? await KnownRuns.read(place.known, config) : KnownRuns.none;
  const samples = await samplesOf(config, place);
  const { planned } = plannedRuns(config, (run) => samples.trainedOn(run).length, known);
  const folder = await openFolder(place.command);
  await folder.begin({ kind: 'study', ...config }, place.command, config.threads);
  await writePlan(folder.path, planned);
  return config;
}

/** How many runs have ended, which others are made elsewhere, and whether this was interrupted. */
async function makeRuns(
  runs: readonly PlannedRun[],
  site: RunSite,
  place: TaskPlace,
): Promise<[number, RunOfStudy[], boolean]> {
  const elsewhere: RunOfStudy[] = [];
  const left = new Set<number>();
  let done = 0;
  for (const { run, task } of runs) {
    const out = site.folderOf(run);
    // What comes after a run in its task may start from it.
    if (left.has(task)) {
      elsewhere.push(run);
      continue;
    }
    try {
      const summary = await owningSoon(out, place, async () => {
        const made = await performRun(run, site);
        if (!made.interrupted) await place.afterRun?.(run, out);
        return made;
      });
      if (summary.interrupted) return [done, elsewhere, true];
      done++;
      place.onEvent?.({ type: 'run', run, out, event: { type: 'done', out, summary } });
    } catch (error) {
      if (!(error instanceof FolderInUse || error instanceof LockLost)) throw error;
      inform(place, `left to another process: ${error.message}`);
      left.add(task);
      elsewhere.push(run);
    }
  }
  return [done, elsewhere, false];
}

/** As `owning`, after waiting for whoever may soon be done with the folder of the run or the study. */
async function owningSoon<Result>(
  out: string,
  place: TaskPlace,
  work: () => Promise<Result>,
): Promise<Result> {
  for (const began = performance.now(); ; await wait(LOOK)) {
    try {
      return await owning(out, work, place);
    } catch (error) {
      if (!(error instanceof FolderInUse)) throw error;
      const patience = resolve(error.folder) === resolve(out) ? RUN_PATIENCE : STUDY_PATIENCE;
      if (performance.now() - began > patience) throw error;
    }
  }
}
