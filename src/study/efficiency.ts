import type { NumberComparison } from '../stats/paired-numbers.ts';

/** What masks are worth to an arm: from several label counts. */
export interface LabelEfficiency {
  /** Mean test Dice over seeds by number of masks, an arm each. */
  readonly curves: readonly { readonly arm: string; readonly points: readonly EfficiencyPoint[] }[];
  /** Of the mean Dice under the curve over log2 of the masks; seeds that have all label counts, in both arms. */
  readonly area: readonly NumberComparison[];
  readonly masks_saved: readonly MasksSaved[];
}

export interface EfficiencyPoint {
  readonly labels: string;
  readonly masks: number;
  readonly dice: number;
  readonly seeds: number;
}

/** How many masks the baseline needs to do as well as an arm. */
export interface MasksSaved {
  readonly arm: string;
  readonly labels: string;
  /** That the arm had. */
  readonly masks: number;
  /** Mean test Dice that it reached with them. */
  readonly dice: number;
  readonly baseline_masks: MaskCount;
  /** 95 % interval by resampling seeds; missing with fewer than three. */
  readonly ci95?: readonly [MaskCount, MaskCount];
  readonly seeds: number;
}

/** A number of masks, or beyond which number it lies, as the study did not go further. */
export interface MaskCount {
  readonly masks: number;
  readonly bound?: 'more than' | 'fewer than';
}
