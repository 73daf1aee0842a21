import { mean } from '../core/mean.ts';
import { quantile } from '../core/quantile.ts';
import { METRICS, type Metric } from './metrics.ts';

/** What is told of a score over a set of images; its bad tail is the lower one. */
export interface Summary {
  readonly mean: number;
  readonly median: number;
  /** 5th percentile, linearly interpolated. */
  readonly p5: number;
  /** Share of images below 0.5. */
  readonly below_half: number;
}

/** What is told of an error over a set of images; its bad tail is the upper one. */
export interface ErrorSummary {
  readonly mean: number;
  readonly median: number;
  /** 95th percentile, linearly interpolated. */
  readonly p95: number;
}

export type Statistic = keyof Summary | keyof ErrorSummary;

/** A metric of which less is better is an error, any other a score. */
export type SummaryOf<M extends Metric> = M extends Metric
  ? (typeof METRICS)[M]['better'] extends 'lower'
    ? ErrorSummary
    : Summary
  : never;

export type Summaries<M extends Metric> = { readonly [Name in M]: SummaryOf<Name> };

/** @param values at least one */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    mean: mean(values),
    median: quantile(sorted, 0.5),
    p5: quantile(sorted, 0.05),
    below_half: values.filter((value) => value < 0.5).length / values.length,
  };
}

/** @param values at least one */
export function summariseErrors(values: readonly number[]): ErrorSummary {
  const sorted = [...values].sort((a, b) => a - b);
  return { mean: mean(values), median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
}

/** @param values at least one */
export function summariseMetric<M extends Metric>(metric: M, values: readonly number[]): SummaryOf<M> {
  const summariser = METRICS[metric].better === 'lower' ? summariseErrors : summarise;
  return summariser(values) as SummaryOf<M>;
}

/** @param scores of at least one image */
export function summariseAll<M extends Metric>(
  metrics: readonly M[],
  scores: readonly Readonly<Record<M, number>>[],
): Summaries<M> {
  const summaries = metrics.map((metric) => {
    const values = scores.map((score) => score[metric]);
    return [metric, summariseMetric(metric, values)] as const;
  });
  return Object.fromEntries(summaries) as Summaries<M>;
}
