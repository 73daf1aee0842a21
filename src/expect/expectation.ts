import { type ConformalBound, conformalBound, mostLevel } from '../stats/conformal.ts';
import { expectedScore, type Predictors, type ScoreModel } from './model.ts';

/** Images with known scores that chose neither weights, nor threshold, nor the model of scores. */
export interface Calibration {
  /** By how much less they scored than was expected, in units of `spreadOf`. */
  readonly errors: readonly number[];
  /** Of these images, in their order: what belongs together, such as a patient. */
  readonly groups: readonly string[];
  /** How far each is from the images of the training. */
  readonly distances: readonly number[];
}

/** What is expected of the mask of an image. */
export interface Expected {
  /** The expected mean Dice of its classes, 0..1. */
  readonly dice: number;
  /** A lower bound of it, 0..1; absent for an image unlike those of the training. */
  readonly bound?: number;
  readonly distance: number;
  /** Farther from the images of the training than nearly all that it was calibrated on. */
  readonly unlike: boolean;
}

/** Where nearly all is right, errors are small: they count in units of how far a score is from 1, or of this. */
const LEAST_SPREAD = 0.05;

/** The unit of errors at an expected score. */
export const spreadOf = (expected: number): number => Math.max(LEAST_SPREAD, 1 - expected);

/** An error as `Calibration` has it. */
export const errorOf = (expected: number, score: number): number => (expected - score) / spreadOf(expected);

/** So often an image like those of the training is called unlike them, where there are enough units. */
const FALSE_ALARMS = 0.05;

/** Beyond which distance an image is unlike those of the training: by its rank among the calibration's images, whose groups count alike. */
export function farDistance({ distances, groups }: Calibration): ConformalBound {
  return conformalBound(distances, 1 - FALSE_ALARMS, groups);
}

/**
 * How often an image like those of the training is called unlike them, in the mean over calibrations of so many units; and beyond which
 * of these, the nearest first, it then lies.
 */
export function falseAlarms(units: number): { readonly rate: number; readonly rank: number } {
  const level = Math.min(1 - FALSE_ALARMS, mostLevel(units));
  return { rate: 1 - level, rank: Math.min(units, Math.ceil(level * (units + 1) - 1e-9)) };
}

/** What is expected of masks, and what its bounds rest on. */
export interface Expecting {
  readonly bound: Pick<ConformalBound, 'level' | 'units'>;
  of(predictors: Predictors): Expected;
}

/**
 * What is expected of masks of images like those that it was calibrated on.
 *
 * @param level the wanted probability of the lower bound; with too few units it is lower
 */
export function expecting(model: ScoreModel, calibration: Calibration, level: number): Expecting {
  const { error, ...bound } = conformalBound(calibration.errors, level, calibration.groups);
  const far = farDistance(calibration).error;
  return {
    bound,
    of: (predictors) => {
      const dice = expectedScore(model, predictors);
      const unlike = predictors.distance > far;
      const least = Math.min(1, Math.max(0, dice - error * spreadOf(dice)));
      return { dice, ...(!unlike && { bound: least }), distance: predictors.distance, unlike };
    },
  };
}
