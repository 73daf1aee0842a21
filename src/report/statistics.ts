import { type Summary as MetricSummary, mean as meanOf, summarise as summariseAll } from '../eval/metrics.ts';

/** What the tables say of one metric over the test images. */
export interface Summary extends MetricSummary {
  readonly count: number;
}

export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : meanOf(values);
}

/** Sample standard deviation (n - 1); undefined for fewer than two values. */
export function standardDeviation(values: readonly number[]): number | undefined {
  const centre = mean(values);
  if (centre === undefined || values.length < 2) return undefined;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

export function summarise(values: readonly number[]): Summary | undefined {
  return values.length === 0 ? undefined : { count: values.length, ...summariseAll(values) };
}

/**
 * Exact two-sided sign-flip (paired randomisation) test of the mean difference: the share of all 2^n sign patterns
 * whose sum is at least as far from zero as the one observed. For n up to 20.
 */
export function signFlipP(differences: readonly number[]): number {
  const observed = Math.abs(differences.reduce((sum, value) => sum + value, 0));
  const patterns = 2 ** differences.length;
  let extreme = 0;
  for (let pattern = 0; pattern < patterns; pattern++) {
    let sum = 0;
    for (let i = 0; i < differences.length; i++) sum += (pattern >> i) & 1 ? -differences[i] : differences[i];
    // Rounding must not exclude the observed pattern itself.
    if (Math.abs(sum) >= observed - 1e-12) extreme++;
  }
  return extreme / patterns;
}

/** The numbers among optional ones. */
export function present(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}
