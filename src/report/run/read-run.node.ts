import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readMetrics, readScores, readSettings, readSplits } from '../files.node.ts';
import type { Run, Settings } from '../model.ts';

/**
 * Reads a run folder as far as it goes; undefined if nothing in it looks like a run.
 *
 * @param options.steps whether its single steps are wanted, too
 */
export async function readRun(
  folder: string,
  { steps: wanted }: { readonly steps: boolean } = { steps: true },
): Promise<Run | undefined> {
  if (!['config.yaml', 'metrics.jsonl', 'summary.json'].some((name) => existsSync(join(folder, name))))
    return undefined;
  const notes: string[] = [];
  const note = (sentence: string) => notes.push(sentence);
  const mapping = (name: string) => readSettings(join(folder, name), name, note);
  const config = (await mapping('config.yaml')) ?? {};
  const summary = await mapping('summary.json');
  const { steps, epochs } = await readMetrics(join(folder, 'metrics.jsonl'), note, { steps: wanted });
  const test = await readScores(join(folder, 'test.csv'), 'stem');
  const reconstructs = epochs.some((row) => row.val_mse !== undefined || row.val_psnr !== undefined);
  return {
    kind: kindIn(config) ?? kindIn(summary) ?? (reconstructs ? 'pretrain' : 'train'),
    folder,
    config,
    environment: (await mapping('environment.json')) ?? {},
    splits: await readSplits(join(folder, 'splits.json'), note),
    steps,
    epochs,
    test: test.map(({ row }) => row),
    summary,
    notes,
  };
}

function kindIn(settings: Settings | undefined): Run['kind'] | undefined {
  const kind = settings?.kind;
  return kind === 'train' || kind === 'pretrain' ? kind : undefined;
}
