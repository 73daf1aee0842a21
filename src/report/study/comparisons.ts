import type { StudyAnalysis } from '../../records/study-findings.ts';
import type { Comparison } from '../../stats/compare.ts';
import type { NumberComparison } from '../../stats/paired-numbers.ts';
import type { Estimate } from '../charts/interval-marks.ts';

export const COLUMNS = [
  'labels',
  'metric',
  'arm',
  'difference',
  'low',
  'high',
  'p',
  'p_holm',
  'seeds',
  'images',
  'detectable',
] as const;

/** A row of `comparisons.csv`: how an arm differs from the baseline. */
export interface ComparisonRow {
  /** Missing where all budgets of masks are taken together. */
  readonly labels?: string;
  /** A column of `study.csv`, or a number of each run: see `NUMBERS`. */
  readonly metric: string;
  readonly arm: string;
  readonly difference: number;
  /** 95 % interval; missing with one seed. */
  readonly low?: number;
  readonly high?: number;
  readonly p: number;
  readonly p_holm: number;
  readonly seeds: number;
  /** Missing of a number of each run, as is the smallest detectable difference. */
  readonly images?: number;
  /** Where images have groups: how many. */
  readonly groups?: number;
  readonly detectable?: number;
}

/** Every difference of a study's analysis as a flat table. */
export function comparisonRows({ budgets, efficiency }: StudyAnalysis): ComparisonRow[] {
  const rows = budgets.flatMap(({ labels, ...budget }) => [
    ...budget.metrics.flatMap(({ metric, comparisons }) => comparisons.map(rowOf(metric, labels))),
    ...budget.lowest_val_loss.map(rowOf('lowest_val_loss', labels)),
    ...budget.best_epoch.map(rowOf('best_epoch', labels)),
    ...(budget.epochs_to_level?.comparisons ?? []).map(rowOf('epochs_to_level', labels)),
    ...budget.stability.over_epochs.map(rowOf('val_loss_change', labels)),
  ]);
  return [...rows, ...(efficiency?.area ?? []).map(rowOf('dice_over_labels'))];
}

const rowOf =
  (metric: string, labels?: string) =>
  ({ arm, difference, ci95, p, p_holm, seeds, ...rest }: Comparison | NumberComparison): ComparisonRow => ({
    ...{ labels, metric, arm, difference, low: ci95?.[0], high: ci95?.[1], p, p_holm, seeds },
    ...('images' in rest && {
      images: rest.images,
      ...(rest.groups !== undefined && { groups: rest.groups }),
      detectable: rest.detectable,
    }),
  });

/** For a plot. */
export const estimateOf = ({ difference: value, low, high }: ComparisonRow): Estimate => ({
  value,
  low,
  high,
});

/** The text of `comparisons.csv`. */
export function comparisonsCsv(rows: readonly ComparisonRow[]): string {
  const lines = [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => row[column] ?? ''))];
  return lines.map((cells) => `${cells.map(field).join()}\n`).join('');
}

const field = (value: string | number): string | number =>
  /[",\r\n]/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : value;
