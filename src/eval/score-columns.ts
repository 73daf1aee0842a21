import { METRIC_NAMES, METRICS, type Metric, OVERLAP_METRICS } from './metrics.ts';

/** What a column of scores in `test.csv` and `study.csv` holds. */
export interface ScoreColumn {
  readonly metric: Metric;
  /** Whose pixels were compared: the mask's own, or those of the network's size. */
  readonly size: 'native' | 'network';
  /** The class that is scored alone; absent of the mean over classes, and where there is one. */
  readonly ofClass?: string;
}

/** The columns that every table of scores has. */
export const SCORE_COLUMNS: readonly string[] = [
  ...METRIC_NAMES,
  ...OVERLAP_METRICS.map((metric) => `net_${metric}`),
];

/** Whether less is better in a column, as of distances and errors. */
export const isError = (column: string): boolean => {
  const known = scoreColumn(column);
  return known !== undefined && METRICS[known.metric].better === 'lower';
};

/** `dice`, `net_iou`, `hd95:polyp`; undefined of other columns. */
export function scoreColumn(column: string): ScoreColumn | undefined {
  const [, net, name, ofClass] = /^(net_)?([^:]+)(?::(.+))?$/.exec(column) ?? [];
  const metrics: readonly Metric[] = net ? OVERLAP_METRICS : METRIC_NAMES;
  const metric = metrics.find((known) => known === name);
  if (!metric || (net && ofClass !== undefined)) return undefined;
  return { metric, size: net ? 'network' : 'native', ...(ofClass !== undefined && { ofClass }) };
}
