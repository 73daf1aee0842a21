import { mean as meanOf } from '../core/mean.ts';
import type { Metric } from '../eval/metrics.ts';
import { type Statistic, summariseMetric } from '../eval/summary.ts';

/** What the tables say of one metric over the test images. */
export type Summary = { readonly count: number } & Readonly<Partial<Record<Statistic, number>>>;

export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : meanOf(values);
}

/** Sample standard deviation (n - 1); undefined for fewer than two values. */
export function standardDeviation(values: readonly number[]): number | undefined {
  const centre = mean(values);
  if (centre === undefined || values.length < 2) return undefined;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

export function summarise(metric: Metric, values: readonly number[]): Summary | undefined {
  return values.length === 0 ? undefined : { count: values.length, ...summariseMetric(metric, values) };
}

/** The numbers among optional ones. */
export function present(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}
