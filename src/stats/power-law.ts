import { mean } from '../core/mean.ts';

/** score(n) = a - b n^-c with n masks (Cortes et al. 1994, "Learning curves: asymptotic values and rate of convergence"). */
export interface PowerLaw {
  readonly a: number;
  /** >= 0: more masks are never worse. */
  readonly b: number;
  /** From 0.1 to 2. */
  readonly c: number;
}

/** Of the law: from 0.1, at which every doubling gains nearly as much as the one before, to 2, at which the next gains a quarter. */
export const EXPONENTS: readonly number[] = Array.from({ length: 13 }, (_, k) => 0.1 * 20 ** (k / 12));

/**
 * The score at n that least squares fit for a given exponent is linear in the scores at the budgets; these are its weights. They sum to 1.
 *
 * @param masks of the budgets; two differ
 */
export function weightsAt(n: number, masks: readonly number[], c: number): number[] {
  const x = masks.map((m) => m ** -c);
  const centre = mean(x);
  const spread = x.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return x.map((value) => 1 / x.length + ((n ** -c - centre) * (value - centre)) / spread);
}

/** A law with a given exponent, and how far it is from the scores. */
export interface Fit extends PowerLaw {
  /** Sum of the squared residuals. */
  readonly misfit: number;
}

/** Between the neighbours of the exponent that fits best. */
const FINER = 8;

/** By exponent, those of `EXPONENTS` and some about the best of them: the law that is nearest to the scores in least squares, with b >= 0. */
export function fitsOf(masks: readonly number[], scores: readonly number[]): Fit[] {
  const coarse = EXPONENTS.map((c) => fitWith(c, masks, scores));
  const best = coarse.reduce((least, { misfit }, k) => (misfit < coarse[least].misfit ? k : least), 0);
  const [low, high] = [best - 1, best + 1].map((k) => EXPONENTS[k] ?? EXPONENTS[best]);
  const finer = Array.from({ length: FINER }, (_, k) => low * (high / low) ** ((k + 1) / (FINER + 1)));
  return [...coarse, ...finer.map((c) => fitWith(c, masks, scores))];
}

function fitWith(c: number, masks: readonly number[], scores: readonly number[]): Fit {
  const x = masks.map((n) => n ** -c);
  const [ofX, ofScores] = [mean(x), mean(scores)];
  const product = x.reduce((sum, value, i) => sum + (value - ofX) * (scores[i] - ofScores), 0);
  const b = Math.max(0, -product / x.reduce((sum, value) => sum + (value - ofX) ** 2, 0));
  const a = ofScores + b * ofX;
  return { a, b, c, misfit: x.reduce((sum, value, i) => sum + (scores[i] - a + b * value) ** 2, 0) };
}

export const scoreAt = ({ a, b, c }: PowerLaw, n: number): number => a - b * n ** -c;
