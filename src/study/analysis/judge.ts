/** The numbers that a claim is judged by. */
export interface Evidence {
  readonly arm: string;
  /** Arm minus baseline; of spreads over seeds the ratio of the standard deviations, arm over baseline. */
  readonly estimate: number;
  /** Missing with one seed. */
  readonly ci95?: readonly [number, number];
  readonly p: number;
  /** What the verdict goes by; of the primary contrast it is `p`. */
  readonly p_holm: number;
  readonly seeds: number;
  /** The smallest `p_holm` that as many seeds can give. */
  readonly smallest_p: number;
  /** So that `smallest_p` would be below 5 %. */
  readonly seeds_needed: number;
}

/** What may be claimed of an arm, compared with the baseline. */
export type ClaimName =
  | 'better_score'
  | 'lower_validation_loss'
  | 'fewer_epochs'
  | 'steadier_over_epochs'
  | 'steadier_over_seeds';

/** A claim judged. */
export interface Claim extends Evidence {
  readonly claim: ClaimName;
  readonly labels: string;
  /** Of `better_score`: the primary contrast's, else `dice`. */
  readonly metric?: string;
  /** Whether it is the contrast named before the study ran. */
  readonly primary: boolean;
  readonly verdict: Verdict;
  /** The verdict in words, with its numbers. */
  readonly sentence: string;
}

export type Verdict = 'supported' | 'contradicted' | 'no_difference' | 'cannot_be_claimed';

/** Of all tests. */
export const LEVEL = 0.05;

/** What an estimate would be without an effect, and which side of it the claim says: 1 above, -1 below. */
export interface Sides {
  readonly neutral: number;
  readonly claimed: 1 | -1;
}

/** Whether the test finds a difference, and whether the interval does. A verdict takes both. */
export function findings({ p_holm, ci95 }: Evidence, neutral: number): { test: boolean; interval: boolean } {
  return { test: p_holm < LEVEL, interval: ci95 !== undefined && (ci95[0] > neutral || ci95[1] < neutral) };
}

/**
 * The verdict on a claim:
 *
 * - `cannot_be_claimed`, whatever the numbers are, if not even seeds that all agree would give p_holm < 5 %;
 * - `supported` if p_holm < 5 %, the 95 % interval leaves the neutral value out, and the estimate is on the claimed side;
 * - `contradicted` if it is so on the other side;
 * - `no_difference` (none found) otherwise; what lies outside the interval is excluded.
 */
export function judge(evidence: Evidence, { neutral, claimed }: Sides): Verdict {
  if (evidence.smallest_p >= LEVEL) return 'cannot_be_claimed';
  const { test, interval } = findings(evidence, neutral);
  if (!test || !interval) return 'no_difference';
  return Math.sign(evidence.estimate - neutral) === claimed ? 'supported' : 'contradicted';
}
