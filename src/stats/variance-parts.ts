import { mean } from '../core/mean.ts';

/** A variance, estimated without bias: it may come out below zero where there is little or none. */
export interface Part {
  readonly variance: number;
  readonly standard_error: number;
}

/** What differences vary by, each the variance of a single one. */
export interface VarianceParts {
  /** Initial values, order and other draws of a run; with one draw of masks a seed, the draw of masks, too. */
  readonly seeds: Part;
  /** The masks that are drawn, and what they do with one seed only; missing with one draw a seed. */
  readonly draws?: Part;
  /** Images, or groups of them. */
  readonly images: Part;
  /** What a seed does to an image, whatever masks are drawn; missing with one draw a seed. */
  readonly images_by_seed?: Part;
  /** What a run does to an image. */
  readonly rest: Part;
}

/** How a study is made; the variance of its mean difference follows from it. */
export interface StudySize {
  readonly seeds: number;
  /** Of each seed. */
  readonly draws: number;
  /** Or groups of them. */
  readonly images: number;
}

/** A mean square and its degrees of freedom. */
interface MeanSquare {
  readonly of: number;
  readonly freedom: number;
}

/**
 * Splits the variance of differences d[s][k][i] = mean + seed s + draw k of s + image i + image i with seed s + rest, all six
 * independent: seeds and images are crossed, draws lie within seeds, as each seed draws masks of its own. From the mean squares of the
 * analysis of variance, whose expectations are sums of the parts (Searle, Casella and McCulloch 1992, Variance Components, 4):
 *
 *     MS_s  = rest + D images_by_seed + I draws + D I seeds        S - 1 degrees of freedom
 *     MS_k  = rest + I draws                                       S (D - 1)
 *     MS_i  = rest + D images_by_seed + S D images                 I - 1
 *     MS_si = rest + D images_by_seed                              (S - 1) (I - 1)
 *     MS_e  = rest                                                 S (D - 1) (I - 1)
 *
 * The standard error of a combination sum a_j MS_j is sqrt(sum a_j^2 2 MS_j^2 / (df_j + 2)), for normal effects. With one draw a
 * seed MS_k and MS_e are not there: draws are in the part of seeds, and MS_si is the rest.
 *
 * @param differences by seed, then by draw, then by image: a full table of at least two seeds and two images
 */
export function varianceParts(differences: readonly (readonly (readonly number[])[])[]): VarianceParts {
  const [S, D, I] = [differences.length, differences[0].length, differences[0][0].length];
  const runs = differences.map((draws) => draws.map(mean));
  const seeds = runs.map(mean);
  const bySeed = differences.map((draws) => draws[0].map((_, i) => mean(draws.map((row) => row[i]))));
  const images = bySeed[0].map((_, i) => mean(bySeed.map((row) => row[i])));
  const centre = mean(seeds);
  const ofSeeds = meanSquare(
    seeds.map((value) => value - centre),
    S - 1,
    D * I,
  );
  const ofImages = meanSquare(
    images.map((value) => value - centre),
    I - 1,
    S * D,
  );
  const crossed = bySeed.flatMap((row, s) => row.map((value, i) => value - seeds[s] - images[i] + centre));
  const ofBoth = meanSquare(crossed, (S - 1) * (I - 1), D);
  if (D === 1) {
    return {
      seeds: part([1 / I, ofSeeds], [-1 / I, ofBoth]),
      images: part([1 / S, ofImages], [-1 / S, ofBoth]),
      rest: part([1, ofBoth]),
    };
  }
  const ofDraws = meanSquare(
    runs.flatMap((row, s) => row.map((value) => value - seeds[s])),
    S * (D - 1),
    I,
  );
  const left = differences.flatMap((draws, s) =>
    draws.flatMap((row, k) => row.map((value, i) => value - runs[s][k] - bySeed[s][i] + seeds[s])),
  );
  const ofRest = meanSquare(left, S * (D - 1) * (I - 1), 1);
  const whole = 1 / (D * I);
  return {
    seeds: part([whole, ofSeeds], [-whole, ofBoth], [-whole, ofDraws], [whole, ofRest]),
    draws: part([1 / I, ofDraws], [-1 / I, ofRest]),
    images: part([1 / (S * D), ofImages], [-1 / (S * D), ofBoth]),
    images_by_seed: part([1 / D, ofBoth], [-1 / D, ofRest]),
    rest: part([1, ofRest]),
  };
}

/** @param times how often each deviation stands in the table */
function meanSquare(deviations: readonly number[], freedom: number, times: number): MeanSquare {
  return { of: (times * deviations.reduce((sum, value) => sum + value ** 2, 0)) / freedom, freedom };
}

function part(...terms: readonly (readonly [number, MeanSquare])[]): Part {
  return {
    variance: terms.reduce((sum, [factor, { of }]) => sum + factor * of, 0),
    standard_error: Math.sqrt(
      terms.reduce((sum, [factor, { of, freedom }]) => sum + (2 * (factor * of) ** 2) / (freedom + 2), 0),
    ),
  };
}

/** By name: what each part adds to the variance of the mean difference of a study. Parts below zero add nothing. */
export function inMean(
  parts: VarianceParts,
  { seeds, draws, images }: StudySize,
): Map<keyof VarianceParts, number> {
  const divisors: Readonly<Record<keyof VarianceParts, number>> = {
    ...{ seeds, draws: seeds * draws, images },
    ...{ images_by_seed: seeds * images, rest: seeds * draws * images },
  };
  const names = Object.keys(parts) as (keyof VarianceParts)[];
  return new Map(names.map((name) => [name, Math.max(0, parts[name]!.variance) / divisors[name]]));
}
