import { mean } from '../../core/mean.ts';
import type {
  ArmRuns,
  Budget,
  BudgetAnalysis,
  PrimaryContrast,
  Reach,
  StudyAnalysis,
} from '../../records/study-findings.ts';
import type { RunKey, RunRow, StudyTables } from '../../records/study-tables.ts';
import { holm } from '../../stats/holm.ts';
import { compareNumbers } from '../../stats/paired-numbers.ts';
import { seedsNeeded, smallestP } from '../../stats/sign-flip.ts';
import { coursesOf, isValidated } from './courses.ts';
import { numbersOf, withSharedDraws } from './draws.ts';
import { labelEfficiency } from './efficiency.ts';
import { imagesLeftOut, missingRuns } from './gaps.ts';
import { epochsToLevel } from './level.ts';
import { analyseMetrics } from './metrics.ts';
import { MORE_MASKS, moreMasks } from './more-masks.ts';
import { stabilityOf } from './stability.ts';

export interface AnalysisOptions {
  /** The arm with which all others are compared. */
  readonly baseline: string;
  readonly primary?: PrimaryContrast;
  /**
   * Validation Dice in 0..1 that epochs are counted to; default, for each budget of masks, 95 % of the median over its runs, of
   * all arms, of the best validation Dice.
   */
  readonly level?: number;
  /** How many masks more than the largest budget are asked about; default 20. */
  readonly more?: number;
}

/**
 * Analyses a study as far as it has come. Runs of one seed are paired across arms; the draws of a seed are averaged before
 * anything else, image by image.
 */
export function analyseStudy(
  tables: StudyTables,
  { baseline, primary, level, more = MORE_MASKS }: AnalysisOptions,
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
    ...(several && { more_masks: moreMasks(paired.images, budgets, arms, more) }),
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
  const validated = courses.filter(isValidated);
  const compare = (numberOf: (run: RunRow) => number | undefined) =>
    compareNumbers(numbersOf(runs, numberOf), baseline);
  return {
    arms: arms.flatMap((arm) => armRuns(runs, arm)),
    lowest_val_loss: compare((run) => run.lowest_val_loss),
    best_epoch: compare((run) => run.best_epoch),
    ...(validated.length > 0 && { epochs_to_level: epochsToLevel(validated, arms, level) }),
    stability: stabilityOf(courses, runs, baseline),
    reach: reachOf(compare(({ dice }) => dice).map(({ seeds }) => seeds)),
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
