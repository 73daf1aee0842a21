/** One number of a run, such as its lowest validation loss. */
export interface RunNumber {
  readonly arm: string;
  readonly seed: string;
  readonly value: number;
}

/** How one number a run differs from the baseline's, over the seeds that both have. */
export interface NumberComparison {
  readonly arm: string;
  /** Means over those seeds. */
  readonly mean: number;
  readonly baseline_mean: number;
  /** Mean of arm minus baseline. */
  readonly difference: number;
  /** 95 % interval of it by Student's t; missing with one seed. */
  readonly ci95?: readonly [number, number];
  /** Two-sided sign-flip test over the seeds. */
  readonly p: number;
  /** Adjusted after Holm for the number of arms that are compared. */
  readonly p_holm: number;
  readonly seeds: number;
  /** Arm minus baseline, a number a seed, by ascending name of the seed. */
  readonly differences: readonly number[];
}
