import { RUN } from '../../records/entries.ts';
import { readEntry } from '../../records/entry.node.ts';
import { readMetrics, readTest } from '../files.node.ts';
import type { Run, Settings } from '../model.ts';

/**
 * Reads a run folder as far as it goes; undefined if nothing in it looks like a run.
 *
 * @throws UserError for a file that is damaged
 */
export async function readRun(folder: string): Promise<Run | undefined> {
  const config = await readEntry(folder, RUN.settings);
  const found = await readEntry(folder, RUN.summary);
  const summary = found?.kind === 'study' ? undefined : found;
  const { steps, epochs, notFinite } = await readMetrics(folder);
  if (!config && !summary && steps.length + epochs.length === 0) return undefined;
  const reconstructs = epochs.some((row) => row.val_mse !== undefined || row.val_psnr !== undefined);
  return {
    kind: kindIn(config) ?? summary?.kind ?? (reconstructs ? 'pretrain' : 'train'),
    folder,
    config: config ?? {},
    environment: (await readEntry(folder, RUN.environment)) ?? {},
    splits: await readEntry(folder, RUN.splits),
    steps,
    epochs,
    test: await readTest(folder),
    summary,
    notes:
      notFinite > 0
        ? [`The training loss was not finite in ${notFinite} of the rows of ${RUN.metrics.name}.`]
        : [],
  };
}

function kindIn(settings: Settings | undefined): Run['kind'] | undefined {
  const kind = settings?.kind;
  return kind === 'train' || kind === 'pretrain' ? kind : undefined;
}
