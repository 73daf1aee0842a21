import type { StudyAnalysis } from './analysis.ts';

/** What people say of an arm, against the baseline. */
export type ClaimName =
  | 'better_score'
  | 'lower_validation_loss'
  | 'fewer_epochs'
  | 'steadier_over_epochs'
  | 'steadier_over_seeds';

export type Verdict = 'supported' | 'contradicted' | 'no_difference' | 'cannot_be_claimed';

/** A claim judged. */
export interface Claim {
  readonly claim: ClaimName;
  readonly arm: string;
  readonly labels: string;
  /** Of `better_score`: the primary contrast's, else `dice`. */
  readonly metric?: string;
  /** Whether it is the contrast named before the study ran. */
  readonly primary: boolean;
  readonly verdict: Verdict;
  /** The verdict in words, with its numbers. */
  readonly sentence: string;
  /** Arm minus baseline; of `steadier_over_seeds` the ratio of the standard deviations, arm over baseline. */
  readonly estimate: number;
  /** Missing with one seed. */
  readonly ci95?: readonly [number, number];
  readonly p: number;
  /** What the verdict goes by; that of the primary contrast is `p`. */
  readonly p_holm: number;
  readonly seeds: number;
  /** The smallest `p_holm` that as many seeds can give. */
  readonly smallest_p: number;
  /** So that `smallest_p` would be at most 5 %. */
  readonly seeds_needed: number;
}

/** What `analysis.json` holds. */
export interface StudyFindings extends StudyAnalysis {
  /** By label count, then by arm: the primary contrast or test Dice first. */
  readonly claims: readonly Claim[];
}
