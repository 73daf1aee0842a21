import { numberIn } from '../core/csv.ts';
import { METRIC_NAMES } from '../eval/metrics.ts';
import { RUN } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import type { MetricsRow } from '../records/run-records.ts';
import type { EpochRow, Measured, Scores, StepRow, TestRow } from './model.ts';

/** The rows of steps and of epochs, in order, and how many of either had a loss that was not finite. */
export async function readMetrics(
  folder: string,
): Promise<{ readonly steps: StepRow[]; readonly epochs: EpochRow[]; readonly notFinite: number }> {
  const rows = (await readEntry(folder, RUN.metrics)) ?? [];
  const finite = rows.map(measuredOf);
  return {
    steps: finite.filter((row): row is StepRow => row.step !== undefined).sort((a, b) => a.step - b.step),
    epochs: finite
      .filter((row): row is EpochRow => row.epoch !== undefined)
      .sort((a, b) => a.epoch - b.epoch),
    notFinite: rows.filter((row) => row.train_loss === null).length,
  };
}

const measuredOf = (row: MetricsRow) =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Measured;

/** The rows of `test.csv`: metrics without prefix are at native size, those with `net_` at network size. */
export async function readTest(folder: string): Promise<TestRow[]> {
  const rows = (await readEntry(folder, RUN.test)) ?? [];
  return rows.map((cells) => ({
    stem: cells.stem,
    native: scoresIn(cells, ''),
    network: scoresIn(cells, 'net_'),
  }));
}

function scoresIn(cells: Readonly<Record<string, string>>, prefix: string): Scores {
  return Object.fromEntries(METRIC_NAMES.map((metric) => [metric, numberIn(cells[prefix + metric])]));
}
