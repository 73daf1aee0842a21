import { mean } from '../core/mean.ts';

/** The mean of a table of differences, and how far it may be off. */
export interface Decomposition {
  readonly mean: number;
  /** Means over the images, one a seed. */
  readonly seedMeans: readonly number[];
  /** Estimated variance of `mean` over draws of seeds and images. */
  readonly variance: number;
  /** Of `variance`, as if it were a multiple of chi squared; > 0. */
  readonly degreesOfFreedom: number;
}

/**
 * Two-way random effects: d[s][i] = mean + seed s + image i + rest, each of the three independent with a variance of its own
 * (Searle, Casella and McCulloch 1992, Variance Components). With S seeds, I images and sample variances (n - 1),
 *
 *     V_s = variance of the seed means / S          estimates  (var seed + var rest / I) / S
 *     V_i = variance of the image means / I         estimates  (var image + var rest / S) / I
 *     V_e = residual variance / (S I)               estimates  var rest / (S I)
 *     variance = V_e + max(0, V_s - V_e) + max(0, V_i - V_e)
 *     degrees of freedom = variance^2 / (V_s^2 / (S - 1) + V_i^2 / (I - 1) + V_e^2 / ((S - 1) (I - 1)))
 *
 * The sum is V_s + V_i - V_e where seeds and images both vary more than the rest explains. Where one of them does not, its
 * component would come out negative and is taken as zero; so the variance is never below V_s, V_i or V_e. The degrees of
 * freedom are Satterthwaite's (1946), with all three terms: what is not seen to vary was still estimated. With one seed V_s
 * and V_e are zero, and all is said given that seed; with one image likewise.
 *
 * @param differences by seed, then by image: a full table; at least two seeds or two images
 */
export function decompose(differences: readonly (readonly number[])[]): Decomposition {
  const [seeds, images] = [differences.length, differences[0].length];
  const seedMeans = differences.map(mean);
  const imageMeans = differences[0].map((_, i) => mean(differences.map((row) => row[i])));
  const centre = mean(seedMeans);
  const rest = differences.flatMap((row, s) => row.map((d, i) => d - seedMeans[s] - imageMeans[i] + centre));

  const parts = [
    { of: meanSquare(seedMeans, centre, seeds - 1) / seeds, freedom: seeds - 1 },
    { of: meanSquare(imageMeans, centre, images - 1) / images, freedom: images - 1 },
    {
      of: meanSquare(rest, 0, (seeds - 1) * (images - 1)) / (seeds * images),
      freedom: (seeds - 1) * (images - 1),
    },
  ];
  const [ofSeeds, ofImages, ofRest] = parts.map((part) => part.of);
  const variance = ofRest + Math.max(0, ofSeeds - ofRest) + Math.max(0, ofImages - ofRest);
  const uncertainty = parts.reduce((sum, { of, freedom }) => sum + (freedom > 0 ? of ** 2 / freedom : 0), 0);
  // Where nothing varies, any number would do.
  const degreesOfFreedom = uncertainty > 0 ? variance ** 2 / uncertainty : 1;
  return { mean: centre, seedMeans, variance, degreesOfFreedom };
}

function meanSquare(values: readonly number[], centre: number, freedom: number): number {
  return freedom > 0 ? values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / freedom : 0;
}
