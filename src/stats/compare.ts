import { UserError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { RandomStream } from '../core/random.ts';
import { decompose } from './decompose.ts';
import { detectableDifference } from './detectable.ts';
import { overGroups } from './groups.ts';
import { withHolm } from './holm.ts';
import { meanInterval } from './interval.ts';
import { pairedDifferences, type Score } from './paired.ts';
import { signFlipP } from './sign-flip.ts';

/** How an arm differs from the baseline. */
export interface Comparison {
  readonly arm: string;
  /** Mean of arm minus baseline over the seeds and images that both have. */
  readonly difference: number;
  /** 95 % interval of it, over seeds and images (or groups of them) both drawn anew; over the others alone if there is one seed or one image. */
  readonly ci95: readonly [number, number];
  /** Two-sided sign-flip test over the seeds, for these images. */
  readonly p: number;
  /** Adjusted after Holm for the number of arms that are compared; of the primary contrast it is `p`. */
  readonly p_holm: number;
  readonly seeds: number;
  readonly images: number;
  /** Where images have groups, such as patients: how many. The interval is over these in place of images. */
  readonly groups?: number;
  /** The smallest difference that as many seeds and images would tell from zero: two-sided 5 %, power 80 %. */
  readonly detectable: number;
}

/**
 * Compares all other arms with the baseline, in the order in which they first come. The same scores give the same numbers,
 * in whatever order they are.
 *
 * @param options.primary the arm of the primary contrast, named before there were scores: it stands outside the family of
 *   comparisons that Holm's adjustment is for
 * @throws UserError for an unknown baseline or primary arm, a single arm, scores that `pairedDifferences` refuses, or arms
 *   that share one seed and one image only
 */
export function compareArms(
  scores: readonly Score[],
  baseline: string,
  { primary }: { readonly primary?: string } = {},
): Comparison[] {
  const arms = [...new Set(scores.map(({ arm }) => arm))];
  requireOne('baseline', baseline, arms);
  if (arms.length === 1) {
    throw new UserError({
      what: 'arms',
      got: `${baseline} alone`,
      expected: 'another one to compare it with',
      fix: 'put the results of both into the file',
    });
  }
  const others = arms.filter((arm) => arm !== baseline);
  if (primary !== undefined) requireOne('primary', primary, others);
  const found = others.map((arm) => compareWith(scores, arm, baseline));
  return withHolm(found, primary);
}

function requireOne(what: string, arm: string, arms: readonly string[]): void {
  if (arms.includes(arm)) return;
  throw new UserError({
    what,
    got: `"${arm}"`,
    expected: `one of ${arms.join(', ')}`,
    fix: `did you mean ${nearest(arm, arms)}?`,
  });
}

function compareWith(scores: readonly Score[], arm: string, baseline: string): Omit<Comparison, 'p_holm'> {
  const { seeds, images, groups, values: byImage } = pairedDifferences(scores, arm, baseline);
  const values = groups ? overGroups(byImage, groups) : byImage;
  const units = values[0].length;
  if (seeds.length === 1 && units === 1) {
    throw new UserError({
      what: `${arm} and ${baseline}`,
      got: `one seed and one ${groups ? 'group of images' : 'image'} that both have`,
      expected: 'at least two of either',
      fix: `test on more ${groups ? 'groups' : 'images'}`,
    });
  }
  const parts = decompose(values);
  return {
    arm,
    difference: parts.mean,
    // Every arm gets the same draws, so neither its name nor the other arms change its interval.
    ci95: meanInterval(values, new RandomStream(0, 'comparison'), parts),
    p: signFlipP(parts.seedMeans),
    seeds: seeds.length,
    images: images.length,
    ...(groups && { groups: units }),
    detectable: detectableDifference(parts),
  };
}
