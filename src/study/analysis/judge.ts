import type { Evidence, Verdict } from '../../records/study-findings.ts';

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
