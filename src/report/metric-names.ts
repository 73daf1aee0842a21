/** How a metric is told. */
interface MetricName {
  readonly title: string;
  /** Decimals of its differences. */
  readonly digits: number;
}

/** Of test images; those that are not here go by the names of their columns. */
const TITLES: Readonly<Record<string, string>> = {
  dice: 'Dice',
  iou: 'IoU',
  hd: 'Hausdorff distance',
  hd95: '95th percentile of the distance between outlines',
  assd: 'mean distance between outlines',
  brier: 'Brier score',
  ece: 'calibration error',
  nll: 'negative log-likelihood',
};
/** In pixels; all others are at most about 1. */
const DISTANCES = ['hd', 'hd95', 'assd'];

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
  const name = metric.replace(/^net_/, '');
  const title = Object.hasOwn(TITLES, name) ? TITLES[name] : name;
  return {
    title: `${title} at ${metric === name ? 'native' : 'network'} size`,
    digits: DISTANCES.includes(name) ? 1 : 3,
  };
}
