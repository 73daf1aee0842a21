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
