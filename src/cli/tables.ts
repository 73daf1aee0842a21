import type { Summary } from '../eval/metrics.ts';
import type { TestSummary } from '../eval/test-set.node.ts';
import type { Evaluation, StudySummary } from '../index.ts';

/** Rows of text in aligned columns, the first to the left, the others to the right. */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
        .join('  '),
    )
    .join('\n');
}

const HEAD = ['mean', 'median', '5th percentile', 'below 0.5'];
const cells = ({ mean, median, p5, below_half: below }: Summary) => [
  ...[mean, median, p5].map((value) => value.toFixed(4)),
  `${(100 * below).toFixed(1)} %`,
];

/** Test scores of a segmentation. */
export function testTable({ native, network }: TestSummary): string {
  const rows = (['dice', 'iou', 'precision', 'recall'] as const).flatMap((metric) => [
    [`${metric}, native size`, ...cells(native[metric])],
    [`${metric}, network size`, ...cells(network[metric])],
  ]);
  return alignedTable([['', ...HEAD], ...rows]);
}

export function evaluationTable(evaluation: Evaluation): string {
  if (evaluation.kind === 'segmentation') return testTable(evaluation.summary);
  const { mse, psnr } = evaluation.summary;
  const row = (name: string, { mean, median, p5 }: Summary, digits: number) => [
    name,
    ...[mean, median, p5].map((value) => value.toFixed(digits)),
  ];
  return alignedTable([
    ['', 'mean', 'median', '5th percentile'],
    row('MSE', mse, 6),
    row('PSNR (dB)', psnr, 2),
  ]);
}

/** One row an arm: mean over seeds, and each seed. */
export function studyTable({ arms }: StudySummary): string {
  const seeds = arms[0]?.seeds.map(({ seed }) => seed) ?? [];
  const over = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return alignedTable([
    ['arm', 'Dice, native', 'Dice, network', ...seeds.map((seed) => `seed ${seed}`), 'lowest val loss'],
    ...arms.map((arm) => [
      arm.arm,
      arm.dice.toFixed(4),
      arm.net_dice.toFixed(4),
      ...seeds.map(
        (seed) => arm.seeds.find((each) => each.seed === seed)?.test?.network.dice.mean.toFixed(4) ?? '-',
      ),
      over(arm.seeds.map((each) => each.lowest_val_loss)).toFixed(4),
    ]),
  ]);
}
