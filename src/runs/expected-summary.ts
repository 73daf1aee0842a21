import { mean } from '../core/mean.ts';
import { type Expected, falseAlarms } from '../expect/expectation.ts';
import { tailBeyondRank } from '../stats/beyond-rank.ts';
import { rankCorrelation } from '../stats/rank-correlation.ts';
import type { ExpectationBasis } from './expecter.node.ts';

/** Lower bounds hold with this probability, if none is given. */
export const USUAL_LEVEL = 0.95;

/** The level that a setting asks for; undefined if it asks for none. */
export function levelOf(expect: boolean | number | undefined): number | undefined {
  return expect === true ? USUAL_LEVEL : expect || undefined;
}

/** What is expected of a set of images. */
export interface ExpectedSummary {
  readonly basis: ExpectationBasis;
  readonly images: number;
  /** Means over the images: of the expected Dice, and of the lower bounds of those that have one. */
  readonly dice: number;
  readonly bound?: number;
  /** So many are unlike the images of the training: they have no bound. */
  readonly unlike: number;
  /** So many are images of the training, or copies: of their masks too much is expected. */
  readonly known: number;
  /** What keeps all of this from holding. */
  readonly warnings: readonly string[];
}

/** Features of an image and of its copy differ by rounding alone. */
const SAME = 1e-6;

/** A share of unlike images is more than chance below this probability. */
const CHANCE = 0.01;

/** @param predictions of images; those without `expected` do not count */
export function summariseExpected(
  basis: ExpectationBasis,
  predictions: readonly { readonly expected?: Expected }[],
): ExpectedSummary {
  const all = predictions.flatMap(({ expected }) => expected ?? []);
  const bounds = all.flatMap(({ bound }) => bound ?? []);
  const unlike = all.filter((each) => each.unlike).length;
  const known = all.filter(({ distance }) => distance < SAME).length;
  const { rate, rank } = falseAlarms(basis.units);
  const more = tailBeyondRank(unlike, all.length, { rank, known: basis.units }) < CHANCE;
  return {
    ...{ basis, images: all.length, dice: mean(all.map(({ dice }) => dice)) },
    ...(bounds.length > 0 && { bound: mean(bounds) }),
    ...{ unlike, known },
    warnings: [
      ...(more
        ? [
            `${unlike} of ${all.length} images are unlike those of the training, where about ${Math.round(100 * rate)} % would be by chance: this set was not drawn as they were, and what is expected of the others may be wrong, too`,
          ]
        : []),
      ...(known > 0
        ? [
            `${known} of ${all.length} images are images of the training, or copies of them: their masks are better than those of others, and nothing can be said of them by what is expected`,
          ]
        : []),
    ],
  };
}

/** How what was expected of masks compares with their truth. */
export interface ExpectedCheck extends ExpectedSummary {
  /** The true mean Dice. */
  readonly true_dice: number;
  /** Spearman's, of expected and true Dice; NaN of fewer than two images. */
  readonly rank_correlation: number;
  /** Share of the images with a bound whose Dice is at least that; NaN if there are none. */
  readonly coverage: number;
}

export function checkExpected(
  basis: ExpectationBasis,
  images: readonly { readonly expected: Expected; readonly dice: number }[],
): ExpectedCheck {
  const bounded = images.filter(({ expected }) => expected.bound !== undefined);
  const held = bounded.filter(({ expected, dice }) => dice >= expected.bound!);
  return {
    ...summariseExpected(basis, images),
    true_dice: mean(images.map(({ dice }) => dice)),
    rank_correlation: rankCorrelation(
      images.map(({ expected }) => expected.dice),
      images.map(({ dice }) => dice),
    ),
    coverage: held.length / bounded.length,
  };
}
