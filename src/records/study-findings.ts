import * as z from 'zod';
import type { Comparison } from '../stats/compare.ts';
import type { MaskCount } from '../stats/label-curve.ts';
import type { Estimate, HeldOut } from '../stats/learning-curve.ts';
import type { NumberComparison } from '../stats/paired-numbers.ts';
import type { VarianceComparison } from '../stats/pitman-morgan.ts';
import type { LogRank, SurvivalCurve } from '../stats/survival.ts';
import { type Kept, measured } from './format.ts';

const interval = z.tuple([measured, measured]);

const comparison = z.object({
  ...{ arm: z.string(), difference: measured, ci95: interval, p: measured, p_holm: measured },
  ...{ seeds: z.number(), images: z.number(), groups: z.number().optional(), detectable: measured },
}) satisfies z.ZodType<Comparison>;

const numberComparison = z.object({
  ...{ arm: z.string(), mean: measured, baseline_mean: measured, difference: measured },
  ...{ ci95: interval.optional(), p: measured, p_holm: measured, seeds: z.number() },
  differences: z.array(measured),
}) satisfies z.ZodType<NumberComparison>;

const varianceComparison = z.object({
  ...{ sd: measured, other_sd: measured, ratio: measured, ci95: interval, p: measured },
}) satisfies z.ZodType<VarianceComparison>;

const survivalCurve = z.object({
  steps: z.array(z.object({ time: z.number(), at_risk: z.number(), events: z.number(), survival: measured })),
  median: z.number().optional(),
}) satisfies z.ZodType<SurvivalCurve>;

const logRank = z.object({
  ...{ chi2: measured, p: measured, observed: measured, expected: measured },
}) satisfies z.ZodType<LogRank>;

const maskCount = z.object({
  masks: measured,
  bound: z.enum(['more than', 'fewer than']).optional(),
}) satisfies z.ZodType<MaskCount>;

const metricAnalysis = z.object({
  metric: z.string(),
  lower_is_better: z.boolean(),
  /** Over all seeds and images of an arm. */
  means: z.array(z.object({ arm: z.string(), mean: measured })),
  /** The primary contrast stands outside the family that Holm's adjustment is for. */
  comparisons: z.array(comparison),
  /** Images that some run has no value for: left out of all runs. */
  images_left_out: z.number(),
});
/** One metric of the test images at one budget of masks. */
export type MetricAnalysis = Kept<typeof metricAnalysis>;

const levelCurve = survivalCurve.extend({
  arm: z.string(),
  runs: z.number(),
  /** Runs that reached the level. */
  reached: z.number(),
});
export type LevelCurve = Kept<typeof levelCurve>;

const epochsToLevel = z.object({
  /** Validation Dice, 0..1. */
  level: measured,
  /** Whether it was given, or is the default for this budget of masks. */
  given: z.boolean(),
  /** Epochs that all runs have: the times that are compared end there. */
  horizon: z.number(),
  /** Kaplan-Meier estimates, an arm each; a run that never reaches the level is censored at its last epoch. */
  curves: z.array(levelCurve),
  /** Of epochs to the level or to the horizon, whichever is less: differences of restricted mean times. */
  comparisons: z.array(numberComparison),
  /** Against the baseline, as if runs were not paired; missing if seeds draw masks several times: such runs are not independent. */
  log_rank: z.array(logRank.extend({ arm: z.string() })).optional(),
});
/** How many epochs runs take until their validation Dice reaches a level. */
export type EpochsToLevel = Kept<typeof epochsToLevel>;

const spreadComparison = varianceComparison.extend({
  arm: z.string(),
  /** Adjusted after Holm for the number of arms that are compared. */
  p_holm: measured,
  seeds: z.number(),
});
/** `other_sd` is the baseline's. */
export type SpreadComparison = Kept<typeof spreadComparison>;

const stability = z.object({
  /** Of the mean absolute change of the validation loss from epoch to epoch, over the second half of training. */
  over_epochs: z.array(numberComparison),
  /** Of the variance over seeds of the mean test Dice; arms with at least three seeds that are not all alike. */
  over_seeds: z.array(spreadComparison),
});
/** How steady training is, against the baseline. */
export type Stability = Kept<typeof stability>;

const budget = z.object({
  labels: z.string(),
  /** That it came to, of training and validation together: the mean over runs, should they differ. */
  masks: measured,
});
/** A budget of masks of the study. */
export type Budget = Kept<typeof budget>;

const efficiencyPoint = budget.extend({ dice: measured, seeds: z.number() });
export type EfficiencyPoint = Kept<typeof efficiencyPoint>;

const masksSaved = z.object({
  arm: z.string(),
  labels: z.string(),
  /** That the arm had. */
  masks: measured,
  /** Mean test Dice that it reached with them. */
  dice: measured,
  baseline_masks: maskCount,
  /** 95 % interval by resampling seeds; missing with fewer than three. */
  ci95: z.tuple([maskCount, maskCount]).optional(),
  seeds: z.number(),
});
/** How many masks the baseline needs to do as well as an arm. */
export type MasksSaved = Kept<typeof masksSaved>;

const labelEfficiency = z.object({
  /** Mean test Dice over seeds by number of masks, an arm each. */
  curves: z.array(z.object({ arm: z.string(), points: z.array(efficiencyPoint) })),
  /** Of the mean Dice under the curve over log2 of the masks; seeds that have all budgets of masks, in both arms. */
  area: z.array(numberComparison),
  masks_saved: z.array(masksSaved),
});
/** What masks are worth to an arm: from several budgets of masks. */
export type LabelEfficiency = Kept<typeof labelEfficiency>;

const estimate = z.object({ value: measured, ci95: interval }) satisfies z.ZodType<Estimate>;

const heldOut = z.object({
  ...{ masks: measured, seen: measured, predicted: estimate, held: z.boolean() },
}) satisfies z.ZodType<HeldOut>;

const learningCurve = z.object({
  /** score(n) = a - b n^-c */
  law: z.object({ a: measured, b: measured, c: measured }),
  seeds: z.number(),
  images: z.number(),
  /** Where images have groups: how many. */
  groups: z.number().optional(),
  /** From the smallest budget to twice the largest. */
  points: z.array(estimate.extend({ masks: measured })),
  /** Of the masks that are asked for: what they gain, and the score with them. */
  gain: estimate,
  score: estimate,
  /** Missing with fewer than four budgets. */
  held_out: heldOut.optional(),
});
/** Test Dice of an arm by number of masks, by a law. */
export type FoundCurve = Kept<typeof learningCurve>;

const moreMasks = z.object({
  arm: z.string(),
  /** The largest budget. */
  masks: measured,
  /** So many more are asked for. */
  more: z.number(),
  /** Missing where nothing can be said. */
  curve: learningCurve.optional(),
  /** What they would buy, or why that cannot be said. */
  sentence: z.string(),
});
/** What more masks would buy an arm. */
export type MoreMasks = Kept<typeof moreMasks>;

const armRuns = z.object({
  arm: z.string(),
  /** Ascending. */
  seeds: z.array(z.number()),
  /** Seeds times the draws of each. */
  runs: z.number(),
  /** Mean native test Dice over the seeds. */
  dice: measured,
});
export type ArmRuns = Kept<typeof armRuns>;

const reach = z.object({
  /** The most seeds that an arm shares with the baseline. */
  seeds: z.number(),
  /** Arms compared with the baseline. */
  comparisons: z.number(),
  smallest_p: measured,
  /** Adjusted for the number of comparisons. */
  smallest_p_holm: measured,
  /** With which the latter would be at most 5 %. */
  seeds_needed: z.number(),
});
/** What the sign-flip test over seeds could show at best: if all seeds agreed. */
export type Reach = Kept<typeof reach>;

const budgetAnalysis = budget.extend({
  arms: z.array(armRuns),
  /** A metric each, in the order of the columns. */
  metrics: z.array(metricAnalysis),
  lowest_val_loss: z.array(numberComparison),
  best_epoch: z.array(numberComparison),
  /** Missing without epochs, and without validation. */
  epochs_to_level: epochsToLevel.optional(),
  stability,
  reach,
});
/** The arms at one budget of masks. All comparisons are with the baseline, over the seeds that both have. */
export type BudgetAnalysis = Kept<typeof budgetAnalysis>;

const primaryContrast = z.object({
  arm: z.string(),
  /** A column of `study.csv`. */
  metric: z.string(),
  /** One of the study's budgets of masks. */
  labels: z.string(),
});
/** The one comparison that a study is made for, named before it runs. */
export type PrimaryContrast = Kept<typeof primaryContrast>;

const evidence = z.object({
  arm: z.string(),
  /** NaN without validation, if the claim is about it. Arm minus baseline; of spreads over seeds the ratio of the standard deviations, arm over baseline. */
  estimate: measured,
  /** Missing with one seed. */
  ci95: interval.optional(),
  p: measured,
  /** What the verdict goes by; of the primary contrast it is `p`. */
  p_holm: measured,
  seeds: z.number(),
  /** The smallest `p_holm` that as many seeds can give. */
  smallest_p: measured,
  /** So that `smallest_p` would be below 5 %. */
  seeds_needed: z.number(),
});
/** The numbers that a claim is judged by. */
export type Evidence = Kept<typeof evidence>;

const claimName = z.enum([
  'better_score',
  'lower_validation_loss',
  'fewer_epochs',
  'steadier_over_epochs',
  'steadier_over_seeds',
]);
/** What may be claimed of an arm, compared with the baseline. */
export type ClaimName = Kept<typeof claimName>;

const verdict = z.enum(['supported', 'contradicted', 'no_difference', 'cannot_be_claimed']);
export type Verdict = Kept<typeof verdict>;

const claim = evidence.extend({
  claim: claimName,
  labels: z.string(),
  /** Of `better_score`: the primary contrast's, else `dice`. */
  metric: z.string().optional(),
  /** Whether it is the contrast named before the study ran. */
  primary: z.boolean(),
  verdict,
  /** The verdict in words, with its numbers. */
  sentence: z.string(),
});
/** A claim judged. */
export type Claim = Kept<typeof claim>;

export const studyFindings = z.object({
  baseline: z.string(),
  primary: primaryContrast.optional(),
  /** Of which there are runs; the baseline first. */
  arms: z.array(z.string()),
  /** Ascending in masks. */
  budgets: z.array(budgetAnalysis),
  /** Missing with one budget of masks. */
  efficiency: labelEfficiency.optional(),
  /** An arm each; missing with one budget of masks. */
  more_masks: z.array(moreMasks).optional(),
  /** Sentences: what is missing, and what was left out. */
  notes: z.array(z.string()),
  /** By budget of masks, then by arm; the scores first. */
  claims: z.array(claim),
});
/** What a study has found, and what may be claimed of it: the content of `analysis.json`. */
export type StudyFindings = Kept<typeof studyFindings>;
/** What a study has found. */
export type StudyAnalysis = Omit<StudyFindings, 'claims'>;
