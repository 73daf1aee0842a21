import { mean } from '../core/mean.ts';
import { studentCdf, studentQuantile } from './student.ts';

/** How two paired samples differ in variance. */
export interface VarianceComparison {
  /** Standard deviations (n - 1) of the first sample and of the second. */
  readonly sd: number;
  readonly other_sd: number;
  /** Variance of the first sample over that of the second. */
  readonly ratio: number;
  /** 95 % interval of the ratio. */
  readonly ci95: readonly [number, number];
  /** Two-sided, of a ratio of 1. */
  readonly p: number;
}

/**
 * Whether two paired samples vary equally (Pitman 1939, Morgan 1939): equal variances leave sums and differences of the
 * pairs uncorrelated, so it is Student's test of that correlation, with n - 2 degrees of freedom. With variances a and b,
 * the correlation r of the samples and F = a / b,
 *
 *     t        = (a - b) sqrt(n - 2) / (2 sqrt(a b (1 - r^2)))
 *     interval = F (K -+ sqrt(K^2 - 1)),  K = 1 + 2 t_{0.975, n-2}^2 (1 - r^2) / (n - 2)
 *
 * the ratios that the test does not reject. It takes pairs to be normal, and heavier tails make p too small.
 *
 * @param first at least three values that are not all alike
 * @param second as many, in the same order; not all alike
 */
export function pitmanMorgan(first: readonly number[], second: readonly number[]): VarianceComparison {
  const freedom = first.length - 2;
  const [a, b] = [covariance(first, first), covariance(second, second)];
  const unexplained = Math.max(0, 1 - covariance(first, second) ** 2 / (a * b));
  // Of samples that are the same but for a constant, only rounding tells the variances apart.
  const difference = Math.abs(a - b) > 1e-12 * (a + b) ? a - b : 0;
  const t = difference === 0 ? 0 : (difference * Math.sqrt(freedom)) / (2 * Math.sqrt(a * b * unexplained));
  const k = 1 + (2 * studentQuantile(0.975, freedom) ** 2 * unexplained) / freedom;
  const root = Math.sqrt(k * k - 1);
  return {
    sd: Math.sqrt(a),
    other_sd: Math.sqrt(b),
    ratio: a / b,
    ci95: [(a / b) * (k - root), (a / b) * (k + root)],
    p: 2 * studentCdf(-Math.abs(t), freedom),
  };
}

function covariance(first: readonly number[], second: readonly number[]): number {
  const [ofFirst, ofSecond] = [mean(first), mean(second)];
  const products = first.map((value, i) => (value - ofFirst) * (second[i] - ofSecond));
  return products.reduce((sum, product) => sum + product, 0) / (first.length - 1);
}
