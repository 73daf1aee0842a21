import type { NumberComparison } from '../stats/paired-numbers.ts';
import type { VarianceComparison } from '../stats/pitman-morgan.ts';

/** How steady training is, against the baseline. */
export interface Stability {
  /** Of the mean absolute change of the validation loss from epoch to epoch, over the second half of training. */
  readonly over_epochs: readonly NumberComparison[];
  /** Of the variance over seeds of the mean test Dice; only arms with at least three seeds. */
  readonly over_seeds: readonly SpreadComparison[];
}

/** `other_sd` is the baseline's. */
export interface SpreadComparison extends VarianceComparison {
  readonly arm: string;
  /** Adjusted after Holm for the number of arms that are compared. */
  readonly p_holm: number;
  readonly seeds: number;
}
