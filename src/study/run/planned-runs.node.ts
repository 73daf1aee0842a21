import { join } from 'node:path';
import { STUDY } from '../../records/entries.ts';
import { expectEntry, writeEntry } from '../../records/entry.node.ts';
import type { StudyConfig } from '../config.ts';
import type { KnownRuns } from './known-runs.node.ts';
import { type ImageCount, placeOf, planOf, type StudyRun, type StudyRunKey, withoutKnown } from './plan.ts';

/** A run of a study, as `plan.csv` has it. */
export interface PlannedRun {
  readonly run: StudyRun;
  /** From 1: one process makes the runs of a task, one after the other. */
  readonly task: number;
  /** Within the study's. */
  readonly folder: string;
  /** Whether its results come from elsewhere: then nobody makes it. */
  readonly known: boolean;
}

/** All runs of a study, a chain a task; and the chains without the runs that are known from elsewhere. */
export function plannedRuns(
  config: StudyConfig,
  images: ImageCount,
  known: KnownRuns,
): { readonly planned: PlannedRun[]; readonly left: StudyRun[][] } {
  const chains = planOf(config, images);
  const left = withoutKnown(chains, (run) => known.find(run) !== undefined);
  const made = new Set(left.flat());
  const planned = chains.flatMap((chain, i) =>
    chain.map((run) => ({
      ...{ run, task: i + 1, folder: placeOf(config, run).join('/'), known: !made.has(run) },
    })),
  );
  return { planned, left };
}

export async function writePlan(study: string, runs: readonly PlannedRun[]): Promise<void> {
  const rows = runs.map(({ run, task, folder, known }) => ({
    ...{ task, number: run.number, phase: run.phase, arm: run.arm },
    ...(run.phase === 'train' ? { labels: run.labels, draw: run.draw } : { labels: '', draw: '' }),
    ...{ seed: run.seed, fold: run.fold ?? '', epochs: run.epochs, steps: run.steps },
    ...{ audited: Number(run.audited), known: Number(known), folder },
  }));
  await writeEntry(study, STUDY.plan, rows);
}

/** @throws UserError if there is none, or it is damaged */
export async function readPlan(study: string): Promise<PlannedRun[]> {
  const rows = await expectEntry(study, STUDY.plan);
  const stepsInAll = rows.reduce((sum, { steps }) => sum + Number(steps), 0);
  return rows.map(({ task, folder, known, ...row }) => {
    const of = { arm: row.arm, seed: Number(row.seed), ...(row.fold && { fold: Number(row.fold) }) };
    const key: StudyRunKey =
      row.phase === 'pretrain'
        ? { phase: 'pretrain', ...of }
        : { phase: 'train', ...of, labels: row.labels, draw: Number(row.draw) };
    const lengths = { epochs: Number(row.epochs), steps: Number(row.steps), stepsInAll };
    return {
      run: { ...key, ...lengths, number: Number(row.number), of: rows.length, audited: row.audited === '1' },
      ...{ task: Number(task), folder, known: known === '1' },
    };
  });
}

/** Where the runs of a study lie. */
export const folderOfRuns =
  (study: string, config: Pick<StudyConfig, 'labels'>) =>
  (key: StudyRunKey): string =>
    join(study, ...placeOf(config, key));
