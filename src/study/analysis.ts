import type { Comparison } from '../stats/compare.ts';
import type { NumberComparison } from '../stats/paired-numbers.ts';
import type { LabelEfficiency } from './efficiency.ts';
import type { EpochsToLevel } from './level.ts';
import type { Stability } from './stability.ts';

/** The one comparison that a study is made for, named before it runs. */
export interface PrimaryContrast {
  readonly arm: string;
  /** A column of `study.csv`. */
  readonly metric: string;
  /** May be left out in a study of one label count. */
  readonly labels?: string;
}

export interface AnalysisOptions {
  /** The arm with which all others are compared. */
  readonly baseline: string;
  readonly primary?: PrimaryContrast;
  /**
   * Validation Dice in 0..1 that epochs are counted to; default, for each label count, 95 % of the median over its runs, of
   * all arms, of the best validation Dice.
   */
  readonly level?: number;
}

/** What a study has found. It is plain data: `analysis.json` holds it, and what may be claimed of it. */
export interface StudyAnalysis {
  readonly baseline: string;
  readonly primary?: Required<PrimaryContrast>;
  /** Of which there are runs; the baseline first. */
  readonly arms: readonly string[];
  /** Ascending in masks. */
  readonly label_counts: readonly LabelCountAnalysis[];
  /** Missing with one label count. */
  readonly efficiency?: LabelEfficiency;
  /** Sentences: what is missing, and what was left out. */
  readonly notes: readonly string[];
}

/** The arms at one label count. All comparisons are with the baseline, over the seeds that both have. */
export interface LabelCountAnalysis {
  readonly labels: string;
  /** The masks it came to: the mean over runs, should they differ. */
  readonly masks: number;
  readonly arms: readonly ArmRuns[];
  /** A metric each, in the order of the columns. */
  readonly metrics: readonly MetricAnalysis[];
  readonly lowest_val_loss: readonly NumberComparison[];
  readonly best_epoch: readonly NumberComparison[];
  /** Missing without epochs. */
  readonly epochs_to_level?: EpochsToLevel;
  readonly stability: Stability;
  readonly reach: Reach;
}

export interface ArmRuns {
  readonly arm: string;
  /** Ascending. */
  readonly seeds: readonly number[];
  /** Seeds times the subsets of each. */
  readonly runs: number;
  /** Mean native test Dice over the seeds, and its standard deviation (n - 1) between them; that is missing with one. */
  readonly dice: number;
  readonly dice_sd?: number;
}

export interface MetricAnalysis {
  readonly metric: string;
  readonly lower_is_better: boolean;
  /** Over all seeds and images of an arm. */
  readonly means: readonly { readonly arm: string; readonly mean: number }[];
  /** The primary contrast stands outside the family that Holm's adjustment is for. */
  readonly comparisons: readonly Comparison[];
}

/** What the sign-flip test over seeds could show at best: if all seeds agreed. */
export interface Reach {
  /** The most seeds that an arm shares with the baseline. */
  readonly seeds: number;
  /** Arms compared with the baseline. */
  readonly comparisons: number;
  readonly smallest_p: number;
  /** For the first of as many comparisons. */
  readonly smallest_p_holm: number;
  /** With which the latter would be at most 5 %. */
  readonly seeds_needed: number;
}
