/** How long something was watched, and whether what was waited for came at the end of it; if not, it is censored. */
export interface Observation {
  /** > 0 */
  readonly time: number;
  readonly event: boolean;
}

/** A time at which events came. */
export interface SurvivalStep {
  readonly time: number;
  /** Watched until then, or longer. */
  readonly at_risk: number;
  readonly events: number;
  /** Estimated share that waits beyond that time, 0..1. */
  readonly survival: number;
}

export interface SurvivalCurve {
  /** Ascending in time; before the first the share is 1. */
  readonly steps: readonly SurvivalStep[];
  /** The first time at which the share is at most one half; missing if it stays above. */
  readonly median?: number;
}

/** Whether two groups wait equally long. */
export interface LogRank {
  /** With one degree of freedom. */
  readonly chi2: number;
  readonly p: number;
  /** Events of the first group, and as many as would be expected if both waited equally long. */
  readonly observed: number;
  readonly expected: number;
}
