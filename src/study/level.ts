import type { NumberComparison } from '../stats/paired-numbers.ts';
import type { LogRank, SurvivalCurve } from '../stats/survival.ts';

/** How many epochs runs take until their validation Dice reaches a level. */
export interface EpochsToLevel {
  /** Validation Dice, 0..1. */
  readonly level: number;
  /** Whether it was given, or is the default for this label count. */
  readonly given: boolean;
  /** Epochs that all runs have: the times that are compared end there. */
  readonly horizon: number;
  /** Kaplan-Meier estimates, an arm each; a run that never reaches the level is censored at its last epoch. */
  readonly curves: readonly LevelCurve[];
  /** Of epochs to the level or to the horizon, whichever is less: differences of restricted mean times. */
  readonly comparisons: readonly NumberComparison[];
  /** Against the baseline, as if runs were not paired; missing if seeds draw several subsets, which are not independent. */
  readonly log_rank?: readonly ({ readonly arm: string } & LogRank)[];
}

export interface LevelCurve extends SurvivalCurve {
  readonly arm: string;
  readonly runs: number;
  /** Runs that reached the level. */
  readonly reached: number;
}
