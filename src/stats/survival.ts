import { erfc } from './erfc.ts';

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

/**
 * The product-limit estimate of how many wait how long (Kaplan and Meier 1958): at each time with events the share falls by
 * the factor 1 - events / at risk. What is censored at a time is at risk at that time.
 */
export function kaplanMeier(observations: readonly Observation[]): SurvivalCurve {
  let survival = 1;
  const steps = eventTimes(observations).map((time) => {
    const [at_risk, events] = [atRisk(observations, time), eventsAt(observations, time)];
    survival *= 1 - events / at_risk;
    return { time, at_risk, events, survival };
  });
  // Rounding must not keep a half above one half.
  const median = steps.find((step) => step.survival <= 0.5 + 1e-12)?.time;
  return { steps, ...(median !== undefined && { median }) };
}

/**
 * The log-rank test (Mantel 1966) with the hypergeometric variance: at each time with d events among n at risk, n_1 of them
 * of the first group, d n_1 / n are expected of it, with the variance d (n_1 / n) (1 - n_1 / n) (n - d) / (n - 1).
 * chi2 = (observed - expected)^2 / variance; p by its limiting distribution, which few events are far from.
 *
 * @returns p = 1 where no event tells the groups apart
 */
export function logRank(first: readonly Observation[], second: readonly Observation[]): LogRank {
  const both = [...first, ...second];
  let [observed, expected, variance] = [0, 0, 0];
  for (const time of eventTimes(both)) {
    const [n, d] = [atRisk(both, time), eventsAt(both, time)];
    const share = atRisk(first, time) / n;
    observed += eventsAt(first, time);
    expected += d * share;
    if (n > 1) variance += (d * share * (1 - share) * (n - d)) / (n - 1);
  }
  const chi2 = variance > 0 ? (observed - expected) ** 2 / variance : 0;
  return { chi2, p: chiSquaredP(chi2), observed, expected };
}

/** The probability of a larger value of chi squared with one degree of freedom. @param chi2 from 0 on */
export function chiSquaredP(chi2: number): number {
  return erfc(Math.sqrt(chi2 / 2));
}

const eventTimes = (observations: readonly Observation[]) =>
  [...new Set(observations.filter(({ event }) => event).map(({ time }) => time))].sort((a, b) => a - b);

const atRisk = (observations: readonly Observation[], time: number) =>
  observations.filter((observation) => observation.time >= time).length;

const eventsAt = (observations: readonly Observation[], time: number) =>
  observations.filter((observation) => observation.event && observation.time === time).length;
