import { RandomStream } from '../../../src/core/random.ts';
import { LearningCurve } from '../../../src/stats/learning-curve.ts';
import { range } from './simulated.ts';

/** The true mean score with n masks. */
export type Truth = (n: number) => number;

const law =
  (a: number, b: number, c: number): Truth =>
  (n) =>
    a - b * n ** -c;

/** From nearly a straight line over log masks to one that has nearly come to its end. */
export const LAWS: Readonly<Record<string, Truth>> = {
  '0.95 - 0.75 n^-0.12': law(0.95, 0.75, 0.12),
  '0.90 - 0.70 n^-0.2': law(0.9, 0.7, 0.2),
  '0.85 - 0.80 n^-0.5': law(0.85, 0.8, 0.5),
  '0.75 - 1.50 n^-1': law(0.75, 1.5, 1),
  '0.72 - 4.00 n^-1.6': law(0.72, 4, 1.6),
};

/** Standard deviations; of two numbers the first is with 11 masks, the second with 88, between them straight over log masks. */
export interface Spreads {
  readonly image: number;
  /** Of an image at one budget. */
  readonly imageBudget: number;
  readonly seed: number;
  /** Of a seed, and so of a draw of masks, at one budget. */
  readonly seedBudget: readonly [number, number];
  readonly rest: readonly [number, number];
}

/** Like `docs/studies/kvasir-labels`, and a study of networks that vary far less. */
export const NOISES: Readonly<Record<string, Spreads>> = {
  'as in kvasir-labels': {
    ...{ image: 0.23, imageBudget: 0.05, seed: 0.012 },
    ...{ seedBudget: [0.03, 0.018], rest: [0.22, 0.16] },
  },
  'a third of it': {
    ...{ image: 0.2, imageBudget: 0.02, seed: 0.01 },
    ...{ seedBudget: [0.012, 0.006], rest: [0.1, 0.08] },
  },
};

interface Design {
  readonly truth: Truth;
  readonly spreads: Spreads;
  readonly masks: readonly number[];
  readonly seeds: number;
  readonly images: number;
  readonly datasets: number;
}

/**
 * In how many of the data sets the intervals held the truth: of the score at the largest budget, with 20 masks more, with twice
 * as many; of the gain by these. And in how many the check said that the law missed the largest budget.
 */
export function coverageOf(design: Design): { readonly held: readonly number[]; readonly failed: number } {
  const { truth, masks, datasets } = design;
  const largest = masks[masks.length - 1];
  const held = [0, 0, 0, 0, 0];
  let failed = 0;
  for (const k of range(datasets)) {
    const curve = new LearningCurve({ masks, tables: simulate(design, k) });
    const asked = [
      ...[largest, largest + 20, 2 * largest].map((n) => ({ ...curve.score(n), true: truth(n) })),
      ...[20, largest].map((more) => ({
        ...curve.gain(more),
        true: truth(largest + more) - truth(largest),
      })),
    ];
    for (const [i, { ci95, true: value }] of asked.entries())
      if (ci95[0] <= value + 1e-12 && value <= ci95[1]) held[i]++;
    if (curve.heldOut()?.held === false) failed++;
  }
  return { held, failed };
}

/** By budget, seed and image. */
function simulate({ truth, spreads, masks, seeds, images }: Design, k: number): number[][][] {
  const stream = new RandomStream(0, 'learning curve', `${truth(20)}`, spreads.rest[0], seeds, k);
  const normals = (count: number, spread: number) => range(count).map(() => spread * stream.normal());
  const [ofImages, ofSeeds] = [normals(images, spreads.image), normals(seeds, spreads.seed)];
  return masks.map((n) => {
    const at = ([few, many]: readonly [number, number]) => few + ((many - few) * Math.log2(n / 11)) / 3;
    const ofImagesHere = normals(images, spreads.imageBudget);
    return ofSeeds.map((ofSeed) => {
      const base = truth(n) + ofSeed + at(spreads.seedBudget) * stream.normal();
      return range(images).map(
        (i) => base + ofImages[i] + ofImagesHere[i] + at(spreads.rest) * stream.normal(),
      );
    });
  });
}
