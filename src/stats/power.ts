import { quantile } from '../core/quantile.ts';
import { RandomStream } from '../core/random.ts';
import { studentQuantile } from './student.ts';
import { inMean, type StudySize, type VarianceParts } from './variance-parts.ts';

/** How often a difference that can be shown is found. */
export const POWER = 0.8;
const LEVEL = 0.05;
const DRAWN = 1000;
/** Beyond so many seeds Student's t stands in place of the sign-flip test. */
const MOST_EXACT = 12;
/** More seeds than that are not tried. */
export const MOST_SEEDS = 64;

/** A study before it is made. */
export interface PlannedSize extends StudySize {
  /** Arms that are compared with the baseline; the first is adjusted for their number (Holm). */
  readonly comparisons: number;
}

/**
 * The smallest true difference that a study finds in four of five cases. Found is what the verdicts ask: p below 5 % by the
 * sign-flip test over seeds, adjusted for the number of arms, and a 95 % interval over seeds and images (`decompose`) without zero.
 *
 * Over 1000 simulated studies with normal effects: of each, the smallest difference with which it would have been found, and of
 * these the 80 % quantile. Means and sums of squares of a balanced table are independent, so that only they are drawn.
 *
 * @returns undefined if with so few seeds no difference can be found
 */
export function smallestDifference(parts: VarianceParts, size: PlannedSize): number | undefined {
  const { seeds, images, comparisons } = size;
  if (patternsBelow(seeds, comparisons) < 1) return undefined;
  const adds = inMean(parts, size);
  const of = (...names: readonly (keyof VarianceParts)[]) =>
    names.reduce((sum, name) => sum + (adds.get(name) ?? 0), 0);
  const ofSeeds = Math.sqrt(seeds * of('seeds', 'draws', 'images_by_seed', 'rest'));
  const [ofImages, ofRest] = [of('images'), of('images_by_seed', 'rest')];
  const stream = new RandomStream(0, 'power', seeds, images);
  const [freeImages, freeRest] = [images - 1, (seeds - 1) * (images - 1)];
  const needed = Float64Array.from({ length: DRAWN }, () => {
    const shift = Math.sqrt(ofImages) * stream.normal();
    const means = Array.from({ length: seeds }, () => shift + ofSeeds * stream.normal());
    const v = {
      seeds: sampleVariance(means) / seeds,
      images: (ofImages + ofRest) * chiSquared(freeImages, stream),
      rest: ofRest * chiSquared(freeRest, stream),
    };
    return Math.max(
      neededByInterval(means, v, [seeds - 1, freeImages, freeRest]),
      neededByTest(means, comparisons),
    );
  });
  return Math.max(0, quantile(needed.sort(), POWER));
}

/**
 * The fewest seeds with which a difference is found in four of five cases.
 *
 * @param size its seeds are not read
 * @returns undefined if 64 are not enough: more images are needed, too
 */
export function seedsFor(difference: number, parts: VarianceParts, size: PlannedSize): number | undefined {
  const enough = (seeds: number) => {
    const smallest = smallestDifference(parts, { ...size, seeds });
    return smallest !== undefined && smallest <= difference;
  };
  if (!enough(MOST_SEEDS)) return undefined;
  let [few, many] = [1, MOST_SEEDS];
  while (many - few > 1) {
    const middle = Math.floor((few + many) / 2);
    if (enough(middle)) many = middle;
    else few = middle;
  }
  return many;
}

/** By how much a sample would have to be shifted upwards for its interval to leave zero out; as `decompose` computes it. */
function neededByInterval(
  means: readonly number[],
  { seeds, images, rest }: Readonly<Record<'seeds' | 'images' | 'rest', number>>,
  freedoms: readonly number[],
): number {
  const variance = rest + Math.max(0, seeds - rest) + Math.max(0, images - rest);
  const uncertainty = [seeds, images, rest].reduce(
    (sum, v, i) => sum + (freedoms[i] > 0 ? v ** 2 / freedoms[i] : 0),
    0,
  );
  if (uncertainty === 0) return -meanOf(means);
  return studentQuantile(0.975, variance ** 2 / uncertainty) * Math.sqrt(variance) - meanOf(means);
}

/**
 * The same for the sign-flip test. A pattern of signs is at least as extreme as the one seen if the mean of the flipped differences is
 * not above zero; so it is about the means of all subsets (Hartigan 1969, "Using subsample values as typical values").
 */
function neededByTest(means: readonly number[], comparisons: number): number {
  const n = means.length;
  if (n > MOST_EXACT) {
    const t = studentQuantile(1 - LEVEL / 2 / comparisons, n - 1);
    return t * Math.sqrt(sampleVariance(means) / n) - meanOf(means);
  }
  const sums = new Float64Array(2 ** n);
  const subsets = new Float64Array(2 ** n);
  const sizes = new Uint8Array(2 ** n);
  subsets[0] = Number.POSITIVE_INFINITY;
  for (let set = 1; set < 2 ** n; set++) {
    const lowest = 31 - Math.clz32(set & -set);
    const others = set & (set - 1);
    sums[set] = sums[others] + means[lowest];
    sizes[set] = sizes[others] + 1;
    subsets[set] = sums[set] / sizes[set];
  }
  return -subsets.sort()[patternsBelow(n, comparisons) - 1];
}

/** How many patterns on one side may be as extreme, the one seen included, for the adjusted p to be below 5 %. */
const patternsBelow = (seeds: number, comparisons: number): number =>
  Math.ceil((LEVEL * 2 ** seeds) / (2 * comparisons)) - 1;

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function sampleVariance(values: readonly number[]): number {
  const centre = meanOf(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

/** Divided by its degrees of freedom (Wilson and Hilferty 1931). */
function chiSquared(freedom: number, stream: RandomStream): number {
  const spread = 2 / (9 * freedom);
  return Math.max(0, 1 - spread + Math.sqrt(spread) * stream.normal()) ** 3;
}
