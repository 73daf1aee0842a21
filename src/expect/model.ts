import { mean } from '../core/mean.ts';
import { SIGNAL_NAMES, type Signals } from '../eval/signals.ts';
import { RidgeRegression } from '../stats/ridge.ts';

/** What a score is expected by: a prediction's signals, and how far its image is from those of the training. */
export const PREDICTORS = [...SIGNAL_NAMES, 'distance'] as const;
export type Predictors = Signals & {
  /** See `nearest`; 0..2. */
  readonly distance: number;
};

/** A linear model of a score, 0..1. */
export interface ScoreModel {
  readonly constant: number;
  /** By predictor, in the order of `PREDICTORS`. */
  readonly weights: readonly number[];
  /** By what part of their mean variance the weights were held small. */
  readonly penalty: number;
}

/** What is known of an image whose truth is known. */
export interface Known {
  readonly predictors: Predictors;
  /** Its true score, 0..1. */
  readonly score: number;
}

/** Penalties that are tried, weak to strong. */
const PENALTIES = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30] as const;

/**
 * A ridge regression of scores on standardised predictors. Its penalty is that of the smallest squared error of images left out
 * one by one.
 *
 * @param known at least three
 * @returns the model, and what images left out one by one would be expected to score
 */
export function fitScoreModel(known: readonly Known[]): {
  readonly model: ScoreModel;
  readonly leftOut: readonly number[];
} {
  const tried = PENALTIES.map((penalty) => {
    const leftOut = known.map(({ predictors }, i) =>
      expectedScore(
        fitWith(
          known.filter((_, other) => other !== i),
          penalty,
        ),
        predictors,
      ),
    );
    return { penalty, leftOut, error: mean(leftOut.map((value, i) => (value - known[i].score) ** 2)) };
  });
  const best = tried.reduce((least, each) => (each.error < least.error ? each : least));
  return { model: fitWith(known, best.penalty), leftOut: best.leftOut };
}

/** The expected score of an image, 0..1. */
export function expectedScore({ constant, weights }: ScoreModel, predictors: Predictors): number {
  const sum = PREDICTORS.reduce((part, name, p) => part + weights[p] * predictors[name], constant);
  return Math.min(1, Math.max(0, sum));
}

function fitWith(known: readonly Known[], penalty: number): ScoreModel {
  const columns = PREDICTORS.map((name) => known.map(({ predictors }) => predictors[name]));
  const scales = columns.map(deviation);
  const standardised = columns.flatMap((values, p) =>
    values.map((value) => (scales[p] > 0 ? value / scales[p] : 0)),
  );
  const regression = new RidgeRegression(PREDICTORS.length, 1);
  const scores = Float32Array.from(known, ({ score }) => score);
  regression.add(Float32Array.from(standardised), scores, known.length);
  const solved = regression.weights(penalty);
  const weights = [...solved.weights[0]].map((weight, p) => (scales[p] > 0 ? weight / scales[p] : 0));
  return { constant: solved.constants[0], weights, penalty };
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}
