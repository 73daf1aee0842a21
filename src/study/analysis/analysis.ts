import { mean } from '../../core/mean.ts';
import type { RunKey, RunRow, StudyTables } from '../../records/study-tables.ts';
import { holm } from '../../stats/holm.ts';
import { compareNumbers, type NumberComparison } from '../../stats/paired-numbers.ts';
import { seedsNeeded, smallestP } from '../../stats/sign-flip.ts';
import { coursesOf } from './courses.ts';
import { numbersOf, withSharedDraws } from './draws.ts';
import { type Budget, type LabelEfficiency, labelEfficiency } from './efficiency.ts';
import { imagesLeftOut, missingRuns } from './gaps.ts';
import { type EpochsToLevel, epochsToLevel } from './level.ts';
import { analyseMetrics, type MetricAnalysis } from './metrics.ts';
import { type Stability, stabilityOf } from './stability.ts';

/** The one comparison that a study is made for, named before it runs. */
export interface PrimaryContrast {
  readonly arm: string;
  /** A column of `study.csv`. */
  readonly metric: string;
  /** One of the study's budgets of masks. */
  readonly labels: string;
}

export interface AnalysisOptions {
  /** The arm with which all others are compared. */
  readonly baseline: string;
  readonly primary?: PrimaryContrast;
  /**
   * Validation Dice in 0..1 that epochs are counted to; default, for each budget of masks, 95 % of the median over its runs, of
   * all arms, of the best validation Dice.
   */
  readonly level?: number;
}

/** What a study has found. It is plain data: `analysis.json` holds it, and what may be claimed of it. */
export interface StudyAnalysis {
  readonly baseline: string;
  readonly primary?: PrimaryContrast;
  /** Of which there are runs; the baseline first. */
  readonly arms: readonly string[];
  /** Ascending in masks. */
  readonly budgets: readonly BudgetAnalysis[];
  /** Missing with one budget of masks. */
  readonly efficiency?: LabelEfficiency;
  /** Sentences: what is missing, and what was left out. */
  readonly notes: readonly string[];
}

/** The arms at one budget of masks. All comparisons are with the baseline, over the seeds that both have. */
export interface BudgetAnalysis extends Budget {
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
  /** Seeds times the draws of each. */
  readonly runs: number;
  /** Mean native test Dice over the seeds. */
  readonly dice: number;
}

/** What the sign-flip test over seeds could show at best: if all seeds agreed. */
export interface Reach {
  /** The most seeds that an arm shares with the baseline. */
  readonly seeds: number;
  /** Arms compared with the baseline. */
  readonly comparisons: number;
  readonly smallest_p: number;
  /** Adjusted for the number of comparisons. */
  readonly smallest_p_holm: number;
  /** With which the latter would be at most 5 %. */
  readonly seeds_needed: number;
}

/**
 * Analyses a study as far as it has come. Runs of one seed are paired across arms; the draws of a seed are averaged before
 * anything else, image by image.
 */
export function analyseStudy(
  tables: StudyTables,
  { baseline, primary, level }: AnalysisOptions,
): StudyAnalysis {
  const paired: StudyTables = {
    images: withSharedDraws(tables.images),
    runs: withSharedDraws(tables.runs),
    epochs: withSharedDraws(tables.epochs),
  };
  const budgets = budgetsIn(paired.runs);
  const arms = [baseline, ...new Set(paired.runs.map(({ arm }) => arm).filter((arm) => arm !== baseline))];
  const analyses = budgets.map((budget) => {
    const here = <Row extends RunKey>(rows: readonly Row[]) =>
      rows.filter(({ labels }) => labels === budget.labels);
    const { images, runs, epochs } = paired;
    const primaryOf = (metric: string) =>
      primary?.labels === budget.labels && primary.metric === metric ? primary.arm : undefined;
    return {
      ...budget,
      ...analyseRuns({ images: here(images), runs: here(runs), epochs: here(epochs) }, arms, level),
      metrics: analyseMetrics(here(images), arms, primaryOf),
    };
  });
  const several = budgets.length > 1 && budgets[0].masks < budgets.at(-1)!.masks;
  return {
    baseline,
    ...(primary && { primary }),
    arms: arms.filter((arm) => paired.runs.some((run) => run.arm === arm)),
    budgets: analyses,
    ...(several && { efficiency: labelEfficiency(paired.runs, budgets, arms) }),
    notes: [
      ...missingRuns(tables.runs, paired.runs, budgets, arms),
      ...analyses.flatMap(imagesLeftOut),
      ...(primary && !hasContrast(analyses, primary) ? ['the primary contrast has no results yet'] : []),
    ],
  };
}

/** What does not come from single test images. */
function analyseRuns(
  { runs, epochs }: StudyTables,
  arms: readonly string[],
  level: number | undefined,
): Omit<BudgetAnalysis, keyof Budget | 'metrics'> {
  const [baseline] = arms;
  const courses = coursesOf(epochs);
  const compare = (numberOf: (run: RunRow) => number) => compareNumbers(numbersOf(runs, numberOf), baseline);
  const lowest_val_loss = compare((run) => run.lowest_val_loss);
  return {
    arms: arms.flatMap((arm) => armRuns(runs, arm)),
    lowest_val_loss,
    best_epoch: compare((run) => run.best_epoch),
    ...(courses.length > 0 && { epochs_to_level: epochsToLevel(courses, arms, level) }),
    stability: stabilityOf(courses, runs, baseline),
    reach: reachOf(lowest_val_loss.map(({ seeds }) => seeds)),
  };
}

function armRuns(runs: readonly RunRow[], arm: string): ArmRuns[] {
  const ofArm = runs.filter((run) => run.arm === arm);
  if (ofArm.length === 0) return [];
  const seeds = [...new Set(ofArm.map(({ seed }) => seed))].sort((a, b) => a - b);
  const bySeed = numbersOf(ofArm, ({ dice }) => dice).map(({ value }) => value);
  return [{ arm, seeds, runs: ofArm.length, dice: mean(bySeed) }];
}

/** @param seeds that each compared arm shares with the baseline */
function reachOf(seeds: readonly number[]): Reach {
  return {
    seeds: Math.max(0, ...seeds),
    comparisons: seeds.length,
    smallest_p: Math.min(1, ...seeds.map(smallestP)),
    smallest_p_holm: Math.min(1, ...holm(seeds.map(smallestP))),
    seeds_needed: seedsNeeded(Math.max(1, seeds.length)),
  };
}

/** Ascending in masks. */
function budgetsIn(runs: readonly RunRow[]): Budget[] {
  const budgets = [...new Set(runs.map(({ labels }) => labels))].map((labels) => ({
    labels,
    masks: mean(runs.filter((run) => run.labels === labels).map(({ masks }) => masks)),
  }));
  return budgets.sort((a, b) => a.masks - b.masks);
}

function hasContrast(budgets: readonly BudgetAnalysis[], { arm, metric, labels }: PrimaryContrast): boolean {
  const metrics = budgets.filter((budget) => budget.labels === labels).flatMap((budget) => budget.metrics);
  const comparisons = metrics.filter((one) => one.metric === metric).flatMap((one) => one.comparisons);
  return comparisons.some((comparison) => comparison.arm === arm);
}
