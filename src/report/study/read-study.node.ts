import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { figuresOf } from '../../audit/figures.ts';
import { RUN, STUDY } from '../../records/entries.ts';
import { readEntry } from '../../records/entry.node.ts';
import { runOfFolder, seedOfFolder } from '../../records/study-path.ts';
import { readTables } from '../../records/study-tables.node.ts';
import type { RunKey, StudyTables } from '../../records/study-tables.ts';
import type { AnalysisOptions } from '../../study/analysis/analysis.ts';
import { findingsOf } from '../../study/analysis/claims.ts';
import type { FineTuningRun, PretrainingRun, Run, Study } from '../model.ts';
import { readRun } from '../run/read-run.node.ts';
import { type StudySettings, studySettings } from './settings.ts';

/** Collects sentences on what is unusual. */
type Note = (sentence: string) => void;

const NO_TABLES: StudyTables = { images: [], runs: [], epochs: [] };

/**
 * Reads a study folder as far as it goes; undefined if nothing in it looks like a study.
 *
 * @param options.more masks than the largest budget are asked about
 * @throws UserError for a file that is damaged
 */
export async function readStudy(
  folder: string,
  { more }: Pick<AnalysisOptions, 'more'> = {},
): Promise<Study | undefined> {
  const notes: string[] = [];
  const note = (sentence: string) => notes.push(sentence);
  const config = (await readEntry(folder, STUDY.settings)) ?? {};
  const settings = studySettings(config);
  const found = await findRuns(folder);
  const isStudy =
    settings.arms.length > 0 ||
    config.kind === 'study' ||
    [STUDY.images, STUDY.runs].some(({ name }) => existsSync(join(folder, name)));
  if (!isStudy && found.length === 0) return undefined;

  const pretrainings = await readPretrainings(found, note);
  const trainings = await readTrainings(found, settings, note);
  // A study that has just begun has none.
  const tables = existsSync(join(folder, STUDY.runs.name)) ? await readTables(folder) : NO_TABLES;
  const { baseline, primary, planned } = settings;
  const arms = armsOf(settings, [...trainings, ...tables.runs]);
  return {
    config,
    environment: (await readEntry(folder, STUDY.environment)) ?? {},
    baseline,
    arms,
    startOf: startsOf(settings, arms, pretrainings, trainings),
    planned,
    trainings,
    pretrainings,
    tables,
    findings: findingsOf(tables, { baseline, primary, more }),
    notes,
  };
}

/** A folder `<name>/seed-<n>/<run>`. */
interface Found {
  readonly name: string;
  readonly seed: number;
  /** `pretrain`, `train`, `train-22` or `train-22-1`. */
  readonly run: string;
  readonly path: string;
}

async function findRuns(folder: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of await foldersIn(folder)) {
    for (const place of await foldersIn(join(folder, name))) {
      const seed = seedOfFolder(place);
      if (seed === undefined) continue;
      for (const run of await foldersIn(join(folder, name, place))) {
        if (runOfFolder(run)) found.push({ name, seed, run, path: join(folder, name, place, run) });
      }
    }
  }
  return found;
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** By name, then by seed. */
async function readPretrainings(found: readonly Found[], note: Note): Promise<PretrainingRun[]> {
  const pretrainings: PretrainingRun[] = [];
  for (const place of found) {
    const { name, seed, path } = place;
    if (runOfFolder(place.run)?.phase !== 'pretrain') continue;
    const run = await readMember(place, note);
    const audit = run && (await readAudit(path));
    if (run) pretrainings.push({ name, seed, run, audit });
  }
  return pretrainings.sort((a, b) => a.name.localeCompare(b.name) || a.seed - b.seed);
}

/** By arm, in the order of the config, then by budget of masks, draw and seed. */
async function readTrainings(
  found: readonly Found[],
  settings: StudySettings,
  note: Note,
): Promise<FineTuningRun[]> {
  const trainings: FineTuningRun[] = [];
  for (const place of found) {
    const { phase, labels = settings.budgets[0], draw = 0, fold } = runOfFolder(place.run)!;
    const ofFold = fold === undefined ? {} : { fold };
    if (phase === 'pretrain') continue;
    const run = await readMember(place, note);
    if (run) trainings.push({ arm: place.name, labels, draw, seed: place.seed, ...ofFold, run });
  }
  const arms = armsOf(settings, trainings);
  return trainings.sort(
    (a, b) =>
      arms.indexOf(a.arm) - arms.indexOf(b.arm) ||
      settings.budgets.indexOf(a.labels) - settings.budgets.indexOf(b.labels) ||
      a.draw - b.draw ||
      a.seed - b.seed ||
      (a.fold ?? 0) - (b.fold ?? 0),
  );
}

async function readMember(place: Found, note: Note): Promise<Run | undefined> {
  const run = await readRun(place.path);
  for (const sentence of run?.notes ?? []) note(`${nameOf(place)}: ${sentence}`);
  // A study shows no single steps, and has many.
  return run && { ...run, steps: [] };
}

const nameOf = ({ name, seed, run }: Found) => `${name}, seed ${seed}, ${run}`;

/** The result of `fewmask audit` in a run's folder. */
async function readAudit(run: string): Promise<PretrainingRun['audit']> {
  const result = await readEntry(run, RUN.audit);
  if (!result) return undefined;
  const { verdict, paths } = result;
  return { label: verdict.label, figures: figuresOf(result, verdict.leak), paths };
}

/** The baseline first, if it is planned or there, then the arms of the config, then any others. */
function armsOf({ arms, baseline }: StudySettings, rows: readonly Pick<RunKey, 'arm'>[]): string[] {
  const all = new Set([...arms, ...rows.map(({ arm }) => arm).sort()]);
  return all.has(baseline) ? [...new Set([baseline, ...all])] : [...all];
}

/** What each arm starts from: as the config says, else a pretraining of its own name, else what its runs say. */
function startsOf(
  settings: StudySettings,
  arms: readonly string[],
  pretrainings: readonly PretrainingRun[],
  trainings: readonly FineTuningRun[],
): Map<string, string> {
  const known = new Set(pretrainings.map(({ name }) => name));
  return new Map(
    arms.flatMap((arm) => {
      const { pretrained } = trainings.find((training) => training.arm === arm)?.run.config ?? {};
      const read = typeof pretrained === 'string' ? basename(dirname(dirname(pretrained))) : undefined;
      const start = settings.startOf.get(arm) ?? (known.has(arm) ? arm : read);
      return start !== undefined && known.has(start) ? [[arm, start] as const] : [];
    }),
  );
}
