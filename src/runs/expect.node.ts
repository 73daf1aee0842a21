import { mean } from '../core/mean.ts';
import { THRESHOLD } from '../eval/overlap.ts';
import type { Views } from '../eval/views.ts';
import type { RunContext } from '../events/run-event.ts';
import { type Calibration, errorOf, expecting } from '../expect/expectation.ts';
import { expectedScore, fitScoreModel, type ScoreModel } from '../expect/model.ts';
import { RUN } from '../records/entries.ts';
import { readEntry, writeEntry } from '../records/entry.node.ts';
import type { ExpectationRecord } from '../records/run-records.ts';
import { parseSettings } from '../settings/parse.ts';
import { rankCorrelation } from '../stats/rank-correlation.ts';
import { crossValidate } from './cross-validate.node.ts';
import { checkExpected, type ExpectedCheck, USUAL_LEVEL } from './expected-summary.ts';
import {
  type Expecting,
  type HeldOut,
  heldOutOf,
  knownFeatures,
  openExpecting,
  testedBy,
} from './held-out.node.ts';
import { writeKnown } from './known-features.node.ts';
import { openRun } from './open-run.node.ts';
import { type ExpectOptions, expectSchema } from './settings.ts';

/** How well scores are expected of masks that were held out: each by a model that was fitted without it. */
export interface ExpectedOfHeldOut {
  readonly images: number;
  /** Means of the expected and of the true Dice, and of their difference, whichever is larger. */
  readonly dice: number;
  readonly true_dice: number;
  readonly mean_error: number;
  /** Spearman's; NaN where all are alike. */
  readonly rank_correlation: number;
}

/** What was found out of what to expect of a run's masks. */
export interface Expectation {
  readonly run: string;
  readonly weights: 'best' | 'last';
  readonly views: number;
  readonly folds: number;
  readonly held_out: ExpectedOfHeldOut;
  /** The run's test images, if it has any, against what is expected by the masks that were held out. */
  readonly test?: ExpectedCheck;
}

/** Views whose masks are compared, at least. */
const FEWEST_VIEWS = 4;

/**
 * Finds out what to expect of a run's masks where there is no truth: trains networks that each hold out a part of its masks, and fits
 * to these what a prediction says of itself. What is found lies in the run's folder, for `predict` and `evaluate` with `expect`.
 *
 * @returns undefined if it was interrupted
 * @throws UserError for a run that cannot be used, or has too few masks
 */
export async function findExpectation(
  options: ExpectOptions,
  context: RunContext = {},
): Promise<Expectation | undefined> {
  const { run: path, folds, weights, encoder, threads } = parseSettings(expectSchema, options);
  const run = await openRun(path, { weights, encoder, ...context });
  const trained = await crossValidate(run, { folds }, context);
  if (!trained) return undefined;
  const views = run.config.kind === 'train' ? viewsOf(run.config.views) : FEWEST_VIEWS;
  const how: Expecting = { views, weights: run.weights, encoder, threads };
  const heldOut = await heldOutOf(trained, how, context);
  const { model, leftOut } = fitScoreModel(
    heldOut.map(({ dice, predictors }) => ({ score: dice, predictors })),
  );
  const runs = await openExpecting(path, how, context);
  const known = await knownFeatures(runs, how, context);
  const splits = await readEntry(path, RUN.splits);
  const tested = splits && splits.test.length > 0 ? await testedBy(runs, known, how, context) : [];
  const record: ExpectationRecord = {
    ...{ weights: run.weights, views, mask_threshold: THRESHOLD, folds, model },
    held_out: calibrationOf(heldOut, leftOut),
    ...(tested.length > 0 && { test: calibrationOf(tested, expectedOf(model, tested)) }),
  };
  await writeKnown(path, known);
  await writeEntry(
    path,
    RUN.heldOut,
    heldOut.map((image, i) => rowOf(image, leftOut[i])),
  );
  await writeEntry(path, RUN.expectation, record);
  const expect = expecting(model, record.held_out, USUAL_LEVEL);
  const basis = { of: 'held_out', images: heldOut.length, ...expect.bound } as const;
  return {
    ...{ run: path, weights: run.weights, views, folds },
    held_out: foundIn(heldOut, leftOut),
    ...(tested.length > 0 && {
      test: checkExpected(
        basis,
        tested.map(({ dice, predictors }) => ({ dice, expected: expect.of(predictors) })),
      ),
    }),
  };
}

function foundIn(images: readonly HeldOut[], expected: readonly number[]): ExpectedOfHeldOut {
  const dice = images.map((image) => image.dice);
  return {
    ...{ images: images.length, dice: mean(expected), true_dice: mean(dice) },
    mean_error: mean(dice.map((value, i) => Math.abs(value - expected[i]))),
    rank_correlation: rankCorrelation(expected, dice),
  };
}

const viewsOf = (views: Views): Views => (views < FEWEST_VIEWS ? FEWEST_VIEWS : views);

const expectedOf = (model: ScoreModel, images: readonly HeldOut[]): number[] =>
  images.map(({ predictors }) => expectedScore(model, predictors));

function calibrationOf(images: readonly HeldOut[], expected: readonly number[]): Calibration {
  return {
    errors: images.map(({ dice }, i) => errorOf(expected[i], dice)),
    groups: images.map(({ stem, group }) => group ?? stem),
    distances: images.map(({ predictors }) => predictors.distance),
  };
}

function rowOf(
  { stem, group, fold, dice, predictors }: HeldOut & { readonly fold: number },
  expected: number,
) {
  return { stem, ...(group !== undefined && { group }), fold, dice, expected, ...predictors };
}
