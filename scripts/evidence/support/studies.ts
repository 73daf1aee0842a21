import { mean } from '../../../src/core/mean.ts';
import { RandomStream } from '../../../src/core/random.ts';
import { decompose } from '../../../src/stats/decompose.ts';
import { meanInterval } from '../../../src/stats/interval.ts';
import { signFlipP } from '../../../src/stats/sign-flip.ts';
import { type VarianceParts, varianceParts } from '../../../src/stats/variance-parts.ts';
import { range } from './simulated.ts';

/** Standard deviations of the parts of a difference. */
export type PartSpreads = Readonly<Record<keyof VarianceParts, number>>;

export const MAKINGS: Readonly<Record<string, PartSpreads>> = {
  'as in kvasir-88': { seeds: 0.02, draws: 0.02, images: 0.02, images_by_seed: 0.1, rest: 0.16 },
  'seeds vary most': { seeds: 0.04, draws: 0.01, images: 0.02, images_by_seed: 0.05, rest: 0.1 },
  'images vary most': { seeds: 0.005, draws: 0.01, images: 0.12, images_by_seed: 0.05, rest: 0.1 },
};

export interface Design {
  readonly spreads: PartSpreads;
  readonly seeds: number;
  readonly draws: number;
  readonly images: number;
}

/** The parts as they truly are. */
export const partOf = (spreads: PartSpreads): Required<VarianceParts> => {
  const entries = Object.entries(spreads).map(([name, spread]) => [
    name,
    { variance: spread ** 2, standard_error: 0 },
  ]);
  return Object.fromEntries(entries) as Required<VarianceParts>;
};

/** Differences by seed, draw and image. */
function simulate({ spreads, seeds, draws, images }: Design, truth: number, k: number): number[][][] {
  const stream = new RandomStream(0, 'studies', seeds, draws, spreads.seeds, spreads.images, truth, k);
  const ofImages = range(images).map(() => spreads.images * stream.normal());
  return range(seeds).map(() => {
    const ofSeed = spreads.seeds * stream.normal();
    const ofBoth = ofImages.map((ofImage) => ofImage + spreads.images_by_seed * stream.normal());
    return range(draws).map(() => {
      const base = truth + ofSeed + spreads.draws * stream.normal();
      return ofBoth.map((value) => base + value + spreads.rest * stream.normal());
    });
  });
}

/** In how many of the studies the difference is found, as a claim is judged: by test and interval. */
export function foundIn(design: Design, truth: number, datasets: number): number {
  return range(datasets).filter((k) => {
    const table = simulate(design, truth, k).map((draws) =>
      draws[0].map((_, i) => mean(draws.map((row) => row[i]))),
    );
    const parts = decompose(table);
    if (signFlipP(parts.seedMeans) >= 0.05) return false;
    const [low, high] = meanInterval(table, new RandomStream(0, 'interval'), parts);
    // A difference that is there counts on its side alone.
    return truth > 0 ? low > 0 : low > 0 || high < 0;
  }).length;
}

interface PartQuality {
  readonly name: string;
  /** Mean estimate over truth, and its standard error. */
  readonly ratio: number;
  readonly error: number;
  /** Root of the mean squared standard error, in standard deviations of the estimates: 1 if it is right. */
  readonly calibration: number;
}

/** How estimates of the parts compare with the truth. */
export function estimatedParts(design: Design, datasets: number): PartQuality[] {
  const all = range(datasets).map((k) => varianceParts(simulate(design, 0, k)));
  const truth = truthOf(design);
  return (Object.keys(all[0]) as (keyof VarianceParts)[]).map((name) => {
    const estimates = all.map((parts) => parts[name]!.variance);
    const centre = mean(estimates);
    const spread = Math.sqrt(mean(estimates.map((value) => (value - centre) ** 2)));
    return {
      name,
      ratio: centre / truth[name],
      error: spread / Math.sqrt(datasets) / truth[name],
      calibration: Math.sqrt(mean(all.map((parts) => parts[name]!.standard_error ** 2))) / spread,
    };
  });
}

/** With one draw a seed, some parts cannot be told apart. */
function truthOf({ spreads, draws }: Design): Readonly<Record<keyof VarianceParts, number>> {
  const of = partOf(spreads);
  const sum = (...names: readonly (keyof VarianceParts)[]) =>
    names.reduce((total, name) => total + of[name].variance, 0);
  const single = draws === 1;
  return {
    seeds: single ? sum('seeds', 'draws') : of.seeds.variance,
    draws: of.draws.variance,
    images: of.images.variance,
    images_by_seed: of.images_by_seed.variance,
    rest: single ? sum('images_by_seed', 'rest') : of.rest.variance,
  };
}
