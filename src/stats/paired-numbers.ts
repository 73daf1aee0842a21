import { mean } from '../core/mean.ts';
import { decompose } from './decompose.ts';
import { withHolm } from './holm.ts';
import { signFlipP } from './sign-flip.ts';
import { studentQuantile } from './student.ts';

/** One number of a run, such as its lowest validation loss. */
export interface RunNumber {
  readonly arm: string;
  readonly seed: string;
  readonly value: number;
}

/** How one number a run differs from the baseline's, over the seeds that both have. */
export interface NumberComparison {
  readonly arm: string;
  /** Means over those seeds. */
  readonly mean: number;
  readonly baseline_mean: number;
  /** Mean of arm minus baseline. */
  readonly difference: number;
  /** 95 % interval of it by Student's t; missing with one seed. */
  readonly ci95?: readonly [number, number];
  /** Two-sided sign-flip test over the seeds. */
  readonly p: number;
  /** Adjusted after Holm for the number of arms that are compared. */
  readonly p_holm: number;
  readonly seeds: number;
  /** Arm minus baseline, a number a seed, by ascending name of the seed. */
  readonly differences: readonly number[];
}

/**
 * Compares one number a run between all other arms and the baseline, seed by seed; arms in the order in which they first
 * come. Arms that share no seed with the baseline are left out.
 *
 * @param numbers finite, at most one of an arm and a seed
 */
export function compareNumbers(numbers: readonly RunNumber[], baseline: string): NumberComparison[] {
  const byArm = new Map<string, Map<string, number>>();
  for (const { arm, seed, value } of numbers) {
    const bySeed = byArm.get(arm) ?? new Map<string, number>();
    if (bySeed.has(seed)) throw new Error(`compareNumbers: two numbers of ${arm}, seed ${seed}`);
    byArm.set(arm, bySeed.set(seed, value));
  }
  const reference = byArm.get(baseline) ?? new Map<string, number>();
  const compared = [...byArm].flatMap(([arm, bySeed]) => {
    const seeds = [...bySeed.keys()].filter((seed) => reference.has(seed)).sort();
    if (arm === baseline || seeds.length === 0) return [];
    const [ours, theirs] = [bySeed, reference].map((values) => seeds.map((seed) => values.get(seed)!));
    return [{ arm, ...compareSamples(ours, theirs) }];
  });
  return withHolm(compared);
}

function compareSamples(ours: readonly number[], theirs: readonly number[]) {
  const differences = ours.map((value, i) => value - theirs[i]);
  // Seeds with one image each: what varies between seeds is all there is.
  const { mean: difference, variance, degreesOfFreedom } = decompose(differences.map((d) => [d]));
  const half = studentQuantile(0.975, degreesOfFreedom) * Math.sqrt(variance);
  return {
    mean: mean(ours),
    baseline_mean: mean(theirs),
    difference,
    ...(ours.length > 1 && { ci95: [difference - half, difference + half] as const }),
    p: signFlipP(differences),
    seeds: ours.length,
    differences,
  };
}
