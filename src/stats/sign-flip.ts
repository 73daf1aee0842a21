import { RandomStream } from '../core/random.ts';

/** Up to so many differences all sign patterns are gone through; beyond, so many patterns are drawn. */
const MOST_EXACT = 20;
const DRAWN = 2 ** 16;

/**
 * Two-sided sign-flip (paired randomisation) test of the mean difference (Fisher 1935, The Design of Experiments, 21): the
 * share of all 2^n sign patterns whose sum is at least as far from zero as the one observed. It is exact where, without an
 * effect, the differences are independent and each is as likely to be d as -d.
 *
 * Beyond 20 differences, 65536 patterns are drawn from a fixed stream and the one observed counts as one of them
 * (Phipson and Smyth 2010), so that p is at least 1/65537.
 *
 * @param differences at least one
 * @returns p in (0, 1]
 */
export function signFlipP(differences: readonly number[]): number {
  const observed = Math.abs(differences.reduce((sum, value) => sum + value, 0));
  // Rounding must not exclude the observed pattern itself.
  const bound = observed - 1e-12 * differences.reduce((sum, value) => sum + Math.abs(value), 0);
  const isExtreme = (flipped: (i: number) => boolean) =>
    Math.abs(differences.reduce((sum, value, i) => (flipped(i) ? sum - value : sum + value), 0)) >= bound;

  let extreme = 0;
  if (differences.length <= MOST_EXACT) {
    const patterns = 2 ** differences.length;
    for (let pattern = 0; pattern < patterns; pattern++) {
      if (isExtreme((i) => ((pattern >> i) & 1) === 1)) extreme++;
    }
    return extreme / patterns;
  }
  const stream = new RandomStream(0, 'sign-flip');
  for (let draw = 0; draw < DRAWN; draw++) if (isExtreme(() => stream.uniform() < 0.5)) extreme++;
  return (extreme + 1) / (DRAWN + 1);
}

/** The smallest p that the exact test can give: 2 of the 2^n patterns, if all differences agree. @param n from 1 on */
export function smallestP(n: number): number {
  return 2 / 2 ** n;
}

/**
 * How many seeds it takes for the smallest p to be at most 5 %.
 *
 * @param comparisons of the family, of which the first is multiplied by their number (Holm)
 */
export function seedsNeeded(comparisons = 1): number {
  return 1 + Math.ceil(Math.log2(comparisons / 0.05));
}
