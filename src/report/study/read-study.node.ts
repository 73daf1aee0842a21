import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { figuresOf } from '../../audit/figures.ts';
import type { AuditResult } from '../../audit/result.ts';
import { findingsOf } from '../../study/analysis/claims.ts';
import { readTables } from '../../study/read-tables.node.ts';
import type { RunKey, StudyTables } from '../../study/tables.ts';
import { type Note, readIfThere, readSettings } from '../files.node.ts';
import type { FineTuningRun, PretrainingRun, Run, Study } from '../model.ts';
import { readRun } from '../run/read-run.node.ts';
import { type StudySettings, studySettings } from './settings.ts';

const NO_TABLES: StudyTables = { images: [], runs: [], epochs: [] };

/**
 * Reads a study folder as far as it goes; undefined if nothing in it looks like a study.
 *
 * @throws UserError for tables that cannot be read, as `readTables` does
 */
export async function readStudy(folder: string): Promise<Study | undefined> {
  const notes: string[] = [];
  const note = (sentence: string) => notes.push(sentence);
  const config = (await readSettings(join(folder, 'config.yaml'), 'config.yaml', note)) ?? {};
  const settings = studySettings(config);
  const found = await findRuns(folder);
  const isStudy =
    settings.arms.length > 0 ||
    config.kind === 'study' ||
    ['study.csv', 'runs.csv'].some((name) => existsSync(join(folder, name)));
  if (!isStudy && found.length === 0) return undefined;

  const pretrainings = await readPretrainings(found, note);
  const trainings = await readTrainings(found, settings, note);
  // A study that has just begun has none.
  const tables = existsSync(join(folder, 'runs.csv')) ? await readTables(folder) : NO_TABLES;
  const { baseline, primary, planned } = settings;
  const arms = armsOf(settings, [...trainings, ...tables.runs]);
  return {
    config,
    environment: (await readSettings(join(folder, 'environment.json'), 'environment.json', note)) ?? {},
    baseline,
    arms,
    startOf: startsOf(settings, arms, pretrainings, trainings),
    planned,
    trainings,
    pretrainings,
    tables,
    findings: findingsOf(tables, { baseline, primary }),
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

const RUN_FOLDER = /^(?:pretrain|train(?:-([^-]+)(?:-(\d+))?)?)$/;

async function findRuns(folder: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of await foldersIn(folder)) {
    for (const place of await foldersIn(join(folder, name))) {
      const seed = /^seed-(0|[1-9]\d*)$/.exec(place)?.[1];
      if (seed === undefined) continue;
      for (const run of await foldersIn(join(folder, name, place))) {
        if (RUN_FOLDER.test(run))
          found.push({ name, seed: Number(seed), run, path: join(folder, name, place, run) });
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
    if (place.run !== 'pretrain') continue;
    const run = await readMember(place, note);
    const audit = run && (await readAudit(path, (sentence) => note(`${nameOf(place)}: ${sentence}`)));
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
    if (place.run === 'pretrain') continue;
    const [, labels = settings.budgets[0], draw = '0'] = RUN_FOLDER.exec(place.run)!;
    const run = await readMember(place, note);
    if (run) trainings.push({ arm: place.name, labels, draw: Number(draw), seed: place.seed, run });
  }
  const arms = armsOf(settings, trainings);
  return trainings.sort(
    (a, b) =>
      arms.indexOf(a.arm) - arms.indexOf(b.arm) ||
      settings.budgets.indexOf(a.labels) - settings.budgets.indexOf(b.labels) ||
      a.draw - b.draw ||
      a.seed - b.seed,
  );
}

async function readMember(place: Found, note: Note): Promise<Run | undefined> {
  const run = await readRun(place.path, { steps: false });
  for (const sentence of run?.notes ?? []) note(`${nameOf(place)}: ${sentence}`);
  return run;
}

const nameOf = ({ name, seed, run }: Found) => `${name}, seed ${seed}, ${run}`;

/** What `fewmask audit` has left in a run's folder. */
async function readAudit(run: string, note: Note): Promise<PretrainingRun['audit']> {
  const text = await readIfThere(join(run, 'audit', 'audit.json'));
  if (text === undefined) return undefined;
  try {
    const result = JSON.parse(text) as AuditResult;
    const { verdict, paths } = result;
    return { label: verdict.label, figures: figuresOf(result, verdict.leak), paths };
  } catch {
    note('audit.json could not be read.');
    return undefined;
  }
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
