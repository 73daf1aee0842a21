/** What is known of a metric before anything is measured. */
interface MetricInfo {
  /** As tables name it. */
  readonly title: string;
  readonly unit?: string;
  readonly better: 'higher' | 'lower';
  /** Decimals that a report shows. */
  readonly digits: number;
}

/**
 * What a segmentation is tested by, image by image, under the names of `test.csv` and `summary.json` and in their order;
 * docs/metrics.md defines each. Where more is better, a metric is a share, 0..1.
 */
export const METRICS = {
  dice: { title: 'Dice', better: 'higher', digits: 3 },
  iou: { title: 'IoU', better: 'higher', digits: 3 },
  precision: { title: 'Precision', better: 'higher', digits: 3 },
  recall: { title: 'Recall', better: 'higher', digits: 3 },
  nsd: { title: 'NSD', better: 'higher', digits: 3 },
  hd95: { title: 'HD95', unit: 'px', better: 'lower', digits: 1 },
  brier: { title: 'Brier', better: 'lower', digits: 4 },
  ece: { title: 'ECE', better: 'lower', digits: 4 },
} as const satisfies Readonly<Record<string, MetricInfo>>;

export type Metric = keyof typeof METRICS;

/** All of them: at native size. */
export const METRIC_NAMES = Object.keys(METRICS) as readonly Metric[];

/** Those that are taken at the network's size, too. */
export const OVERLAP_METRICS = ['dice', 'iou', 'precision', 'recall'] as const satisfies readonly Metric[];

/** `Dice`, `HD95 (px)`. */
export function titleOf(metric: Metric): string {
  const { title, unit }: MetricInfo = METRICS[metric];
  return unit === undefined ? title : `${title} (${unit})`;
}
