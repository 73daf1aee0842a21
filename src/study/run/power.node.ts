import { parseDraws } from '../../data/folders/labels.ts';
import { seedsFor, smallestDifference } from '../../stats/power.ts';
import { seedsNeeded } from '../../stats/sign-flip.ts';
import type { VarianceParts } from '../../stats/variance-parts.ts';
import type { StudyConfig } from '../config.ts';
import { earlierVariance, USUAL } from './earlier.node.ts';
import { seedsOf } from './plan.ts';
import type { StudySamples } from './samples.node.ts';

/** What a study will be able to show. Found: as a claim is judged, with a probability of 80 %. */
export interface PlannedPower {
  /** Of the primary contrast, or else of Dice with the most masks. */
  readonly metric: string;
  readonly labels: string;
  readonly seeds: number;
  /** Draws of masks for each seed. */
  readonly draws: number;
  /** Test images. */
  readonly images: number;
  /** Where images have groups, and so had those of the earlier study: their number counts, not that of images. */
  readonly groups?: number;
  /** Arms whose p are adjusted together. */
  readonly comparisons: number;
  /** How the variance is known, in words. */
  readonly origin: string;
  readonly parts: VarianceParts;
  /** With fewer nothing can be claimed. */
  readonly least_seeds: number;
  /** The smallest true difference that is found with the seeds of the study, or with the least that can show any. */
  readonly smallest: number;
  /** A difference that is asked about, and how many seeds find it; missing if 64 do not. */
  readonly asked?: { readonly difference: number; readonly seeds?: number };
}

/** What may be asked before a study. */
export interface PowerQuestion {
  /** Folder or `study.csv` of an earlier study. */
  readonly like?: string;
  readonly difference?: number;
}

/**
 * What a study will be able to show.
 *
 * @returns undefined for a study of one arm, or of one test image
 * @throws UserError for an earlier study that cannot be used
 */
export async function plannedPower(
  config: StudyConfig,
  { test }: Pick<StudySamples, 'test'>,
  { like, difference }: PowerQuestion,
): Promise<PlannedPower | undefined> {
  const { baseline, primary, arms } = config;
  const others = Object.keys(arms).filter((arm) => arm !== baseline);
  if (others.length === 0 || test.length < 2) return undefined;
  const all = parseDraws(config.labels);
  const { metric = 'dice', labels = all.at(-1)!.labels } = primary ?? {};
  const known = like === undefined ? USUAL : await earlierVariance(like, { baseline, metric, labels });
  const compared = primary ? [primary.arm] : others;
  const seeds = Math.min(...[baseline, ...compared].map((arm) => seedsOf(config, arm)));
  const groups = new Set(test.map(({ group, stem }) => group ?? `\n${stem}`)).size;
  const counted = known.grouped && test.some(({ group }) => group !== undefined);
  const size = {
    draws: all.filter((draw) => draw.labels === labels).length,
    images: counted ? groups : test.length,
    comparisons: compared.length,
  };
  const least = seedsNeeded(size.comparisons);
  const enough =
    difference === undefined ? undefined : seedsFor(difference, known.parts, { ...size, seeds: 0 });
  return {
    ...{ metric, labels, seeds, draws: size.draws, images: test.length },
    ...(counted && { groups }),
    ...{ comparisons: size.comparisons, origin: known.origin, parts: known.parts, least_seeds: least },
    smallest: smallestDifference(known.parts, { ...size, seeds: Math.max(seeds, least) })!,
    ...(difference !== undefined && {
      asked: { difference, ...(enough !== undefined && { seeds: enough }) },
    }),
  };
}
