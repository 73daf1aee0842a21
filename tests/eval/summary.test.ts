import { expect, test } from 'vitest';
import { mean } from '../../src/core/mean.ts';
import { METRIC_NAMES, METRICS, type Metric } from '../../src/eval/metrics.ts';
import { summarise, summariseAll, summariseErrors } from '../../src/eval/summary.ts';

test('median and percentiles are interpolated like numpy.percentile', () => {
  const values = [0.9, 0.1, 0.5, 0.3];
  const summary = summarise(values);
  expect(summary.mean).toBeCloseTo(0.45, 12);
  expect(summary.median).toBeCloseTo(0.4, 12);
  expect(summary.p5).toBeCloseTo(0.1 + 0.15 * 0.2, 12);
  expect(summary.below_half).toBe(0.5);
  const errors = summariseErrors(values);
  expect(errors.mean).toBe(summary.mean);
  expect(errors.median).toBe(summary.median);
  expect(errors.p95).toBeCloseTo(0.5 + 0.85 * 0.4, 12);
});

test('of one value', () => {
  expect(summarise([0.5])).toEqual({ mean: 0.5, median: 0.5, p5: 0.5, below_half: 0 });
  expect(summariseErrors([7])).toEqual({ mean: 7, median: 7, p95: 7 });
});

test('leave the values in their order', () => {
  const values = [3, 1, 2];
  summarise(values);
  summariseErrors(values);
  expect(values).toEqual([3, 1, 2]);
  expect(mean(values)).toBe(2);
});

test('each metric tells of its bad tail', () => {
  const row = (value: number) =>
    Object.fromEntries(METRIC_NAMES.map((metric) => [metric, value])) as Record<Metric, number>;
  const summaries = summariseAll(METRIC_NAMES, [row(0), row(1)]);
  expect(Object.keys(summaries)).toEqual([
    'dice',
    'iou',
    'precision',
    'recall',
    'nsd',
    'hd95',
    'brier',
    'ece',
  ]);
  for (const metric of METRIC_NAMES) {
    expect(summaries[metric], metric).toEqual(
      METRICS[metric].better === 'higher'
        ? { mean: 0.5, median: 0.5, p5: 0.05, below_half: 0.5 }
        : { mean: 0.5, median: 0.5, p95: 0.95 },
    );
  }
  const tails: number[] = [summaries.nsd.p5, summaries.hd95.p95];
  expect(tails).toEqual([0.05, 0.95]);
});
