import { join } from 'node:path';
import { RUN, RUN_PATHS } from '../../records/entries.ts';
import { readEntry, readSummary } from '../../records/entry.node.ts';
import type { RunSummary } from '../../records/summaries.ts';
import { readMetrics, readTest } from '../files.node.ts';
import type { Run, Settings } from '../model.ts';

/**
 * Reads a run folder as far as it goes; undefined if nothing in it looks like a run.
 *
 * @throws UserError for a file that is damaged
 */
export async function readRun(folder: string): Promise<Run | undefined> {
  const config = await readEntry(folder, RUN.settings);
  const kind = kindIn(config);
  const found = kind ? await readSummary(folder, kind) : await readEntry(folder, RUN.summary);
  const summary = found?.kind === 'study' ? undefined : found;
  const { steps, epochs, notFinite } = await readMetrics(folder);
  if (!config && !summary && steps.length + epochs.length === 0) return undefined;
  const reconstructs = epochs.some((row) => row.val_mse !== undefined || row.val_psnr !== undefined);
  return {
    kind: kind ?? summary?.kind ?? (reconstructs ? 'pretrain' : 'train'),
    folder,
    config: config ?? {},
    environment: (await readEntry(folder, RUN.environment)) ?? {},
    splits: await readEntry(folder, RUN.splits),
    steps,
    epochs,
    test: await readTest(folder),
    summary,
    rounds: await readRounds(folder),
    notes:
      notFinite > 0
        ? [`The training loss was not finite in ${notFinite} of the rows of ${RUN.metrics.name}.`]
        : [],
  };
}

/** The summaries of the rounds that are there, from the first. */
async function readRounds(folder: string): Promise<RunSummary[]> {
  const rounds: RunSummary[] = [];
  for (;;) {
    const summary = await readEntry(join(folder, RUN_PATHS.rounds, String(rounds.length)), RUN.summary);
    if (!summary || summary.kind === 'study') return rounds;
    rounds.push(summary);
  }
}

function kindIn(settings: Settings | undefined): Run['kind'] | undefined {
  const kind = settings?.kind;
  return kind === 'train' || kind === 'pretrain' ? kind : undefined;
}
