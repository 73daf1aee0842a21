import { METRICS } from '../../eval/metrics.ts';
import { scoreColumn } from '../../eval/score-columns.ts';

/** How a metric is named and rounded. */
interface MetricName {
  readonly title: string;
  readonly unit?: string;
  /** Decimals of its differences. */
  readonly digits: number;
}

/** Of each run, compared beside the metrics of the test images. */
const NUMBERS: Readonly<Record<string, MetricName>> = {
  lowest_val_loss: { title: 'lowest validation loss', digits: 4 },
  best_epoch: { title: 'best epoch', digits: 1 },
  epochs_to_level: { title: 'epochs to the level of validation Dice', digits: 1 },
  val_loss_change: { title: 'change of the validation loss from epoch to epoch', digits: 4 },
  dice_over_labels: { title: 'Dice under the curve over log masks', digits: 3 },
};

/** @param metric a column of `study.csv`, or the name of a number of each run in `comparisons.csv` */
export function metricName(metric: string): MetricName {
  if (Object.hasOwn(NUMBERS, metric)) return NUMBERS[metric];
  const column = scoreColumn(metric);
  if (!column) return { title: `${metric} at native size`, digits: 3 };
  const { title, digits, unit }: MetricName = METRICS[column.metric];
  const of = column.ofClass === undefined ? '' : ` of ${column.ofClass}`;
  return { title: `${title}${of} at ${column.size} size${unit ? `, ${unit}` : ''}`, digits };
}
