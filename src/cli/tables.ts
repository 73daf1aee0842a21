import { mean } from '../core/mean.ts';
import { inOneLine } from '../core/printable.ts';
import { METRICS, type Metric, OVERLAP_METRICS, titleOf } from '../eval/metrics.ts';
import { OBJECT_IOU, type ObjectSummary } from '../eval/object-scores.ts';
import type { Statistic, Summaries, Summary } from '../eval/summary.ts';
import type { ArmResult, Evaluation } from '../index.ts';
import type { TestSummary } from '../objectives/segment.ts';

/** Rows of text in aligned columns, the first to the left, the others to the right. */
export function alignedTable(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(inOneLine));
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
        .join('  '),
    )
    .join('\n');
}

/** The metrics that a terminal shows; calibration is in the files. */
const SHOWN: readonly Metric[] = [...OVERLAP_METRICS, 'nsd', 'hd95'];

const COLUMNS: Readonly<Record<Statistic, string>> = {
  mean: 'mean',
  median: 'median',
  p5: '5th pct',
  p95: '95th pct',
  below_half: 'below 0.5',
};
const STATISTICS = Object.keys(COLUMNS) as readonly Statistic[];

/** Test scores of a segmentation: those metrics that the summary has; of several classes each class, too. */
export function testTable({ native, network, classes, set }: TestSummary): string {
  const sizes: readonly (readonly [string, Partial<Summaries<Metric>>])[] = [
    ['native', native],
    ['network', network],
  ];
  const rows = SHOWN.flatMap((metric) =>
    sizes.flatMap(([size, summaries]) => {
      const summary = summaries[metric];
      return summary ? [[`${titleOf(metric)}, ${size} size`, ...cells(metric, summary)]] : [];
    }),
  );
  const table = alignedTable([['', ...Object.values(COLUMNS)], ...rows]);
  return classes ? `${table}\n\n${classTable(classes, set)}` : table;
}

/** A row for each class, means over the images that have something of it; beside them the set as a whole. */
function classTable(classes: NonNullable<TestSummary['classes']>, set: TestSummary['set']): string {
  const shown = (value: number | undefined) => (Number.isFinite(value) ? value!.toFixed(4) : '-');
  const rows = Object.entries(classes).map(([name, { images, native }]) => [
    ...[name, String(images), shown(native?.dice.mean), shown(native?.iou.mean)],
    ...(set ? [shown(set.classes[name]?.dice), shown(set.classes[name]?.iou)] : []),
  ]);
  const titles = ['class', 'images', 'Dice', 'IoU', ...(set ? ['Dice, all pixels', 'IoU, all pixels'] : [])];
  const means = set ? [['mean', '', '', '', shown(set.dice), shown(set.iou)]] : [];
  const accuracy = set ? `\n${(100 * set.accuracy).toFixed(1)} % of all pixels have the right class` : '';
  return `${alignedTable([titles, ...rows, ...means])}${accuracy}`;
}

/** One digit more than in a report, so that runs that are nearly alike can be told apart. */
function cells(metric: Metric, summary: Readonly<Partial<Record<Statistic, number>>>): string[] {
  return STATISTICS.map((statistic) => {
    const value = summary[statistic];
    if (value === undefined) return '-';
    return statistic === 'below_half'
      ? `${(100 * value).toFixed(1)} %`
      : value.toFixed(METRICS[metric].digits + 1);
  });
}

/** All objects of the set counted together, and the means over its images. */
function objectLines({ found, missed, invented, images, ...shares }: ObjectSummary): string {
  const short = (share: number) => share.toFixed(4);
  const { precision, recall, f1, pq, iou } = shares;
  return [
    `objects at an IoU of ${OBJECT_IOU}: ${found} found, ${missed} missed, ${invented} invented`,
    `  of all together: F1 ${short(f1)}, precision ${short(precision)}, recall ${short(recall)}, PQ ${short(pq)}${iou === undefined ? '' : `, mean IoU of those found ${short(iou)}`}`,
    `  mean over images: F1 ${short(images.f1.mean)}, PQ ${short(images.pq.mean)}`,
  ].join('\n');
}

export function evaluationTable(evaluation: Evaluation): string {
  if (evaluation.kind === 'segmentation') {
    const { summary } = evaluation;
    return [testTable(summary), ...(summary.objects ? [objectLines(summary.objects)] : [])].join('\n');
  }
  const { mse, psnr } = evaluation.summary;
  const row = (name: string, { mean, median, p5 }: Summary, digits: number) => [
    name,
    ...[mean, median, p5].map((value) => value.toFixed(digits)),
  ];
  return alignedTable([['', 'mean', 'median', COLUMNS.p5], row('MSE', mse, 6), row('PSNR (dB)', psnr, 2)]);
}

/** Seeds of which each has a column of its own. */
const MOST_COLUMNS = 4;

/** The mean over the runs; a dash where nothing validates. */
function lowestLoss({ seeds }: ArmResult): string {
  const losses = seeds.flatMap((each) => each.lowest_val_loss ?? []);
  return losses.length > 0 ? mean(losses).toFixed(4) : '-';
}

/** One row an arm and budget of masks: mean over seeds, and each seed if they are few. */
export function studyTable(arms: readonly ArmResult[]): string {
  const seeds = [...new Set(arms.flatMap((arm) => arm.seeds.map(({ seed }) => seed)))];
  const shown = seeds.length > MOST_COLUMNS ? [] : seeds;
  const budgets = new Set(arms.map(({ labels }) => labels)).size > 1;
  const ofSeed = (arm: ArmResult, seed: number) =>
    arm.seeds.flatMap((each) => (each.seed === seed ? (each.test?.network.dice.mean ?? []) : []));
  return alignedTable([
    [
      'arm',
      ...(budgets ? ['masks'] : []),
      ...['Dice, native', 'Dice, network'],
      ...(shown.length > 0 ? shown.map((seed) => `seed ${seed}`) : ['seeds']),
      'lowest val loss',
    ],
    ...arms.map((arm) => [
      arm.arm,
      ...(budgets ? [arm.labels] : []),
      arm.dice.toFixed(4),
      arm.net_dice.toFixed(4),
      ...(shown.length > 0
        ? shown.map((seed) => {
            const scores = ofSeed(arm, seed);
            return scores.length > 0 ? mean(scores).toFixed(4) : '-';
          })
        : [String(new Set(arm.seeds.map(({ seed }) => seed)).size)]),
      lowestLoss(arm),
    ]),
  ]);
}
