import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { count, listed } from '../../core/format.ts';
import { mean } from '../../core/mean.ts';
import { STUDY } from '../../records/entries.ts';
import type { Part, VarianceParts } from '../../stats/variance-parts.ts';
import { ofPresentClass, readScores } from '../analysis/compare-results.node.ts';
import { withSharedDraws } from '../analysis/draws.ts';
import { partsOf } from '../analysis/parts.ts';

/** What differences between an arm and the baseline vary by, and how that is known. */
export interface KnownVariance {
  readonly parts: VarianceParts;
  /** In words. */
  readonly origin: string;
  /** Whether images are groups of images. */
  readonly grouped: boolean;
}

const part = (variance: number): Part => ({ variance, standard_error: Number.NaN });

/** If no earlier study is named. */
export const USUAL: KnownVariance = {
  parts: { seeds: part(0.00074), images: part(-0.00064), rest: part(0.035) },
  origin:
    'as in studies/kvasir-88: means over 12 arms against scratch, Dice of polyps with 88 masks and a frozen encoder. Yours may vary otherwise: name an earlier study by --like',
  grouped: false,
};

/** What is compared. */
interface Wanted {
  readonly baseline: string;
  readonly metric: string;
  readonly labels: string;
}

/**
 * The variance of an earlier study: of each arm against the baseline, or else the first arm, and the mean over them.
 *
 * @param path of its folder or of its `study.csv`
 * @throws UserError for a file that cannot be read, lacks a column, or has no two arms that share two seeds and two images
 */
export async function earlierVariance(
  path: string,
  { baseline, metric, labels }: Wanted,
): Promise<KnownVariance> {
  const inside = join(path, STUDY.images.name);
  const file = existsSync(inside) ? inside : path;
  const all = await readScores(file, metric);
  const budgets = [...new Set(all.map((score) => score.labels))];
  const budget = budgets.includes(labels) ? labels : budgets.at(-1)!;
  const scores = withSharedDraws(ofPresentClass(all.filter((score) => score.labels === budget)));
  const arms = [...new Set(scores.map(({ arm }) => arm))];
  const first = arms.includes(baseline) ? baseline : arms[0];
  const others = arms.filter((arm) => arm !== first);
  const split = others.flatMap((arm) => partsOf(scores, arm, first) ?? []);
  if (split.length === 0) {
    throw new UserError({
      what: `--like ${path}`,
      got: `${listed(arms)}${budget ? ` with ${budget} masks` : ''}, of which no two share two seeds and two images`,
      expected: 'an earlier study of two arms over several seeds and images',
      fix: 'leave --like out: then the usual variance is taken',
    });
  }
  const names = Object.keys(split[0]) as (keyof VarianceParts)[];
  const means = names.map((name) => [name, meanPart(split.map((parts) => parts[name]!))]);
  return {
    parts: Object.fromEntries(means) as VarianceParts,
    origin: `as in ${path}: ${count(split.length, 'arm')} against ${first}, ${metric}${budget ? `, ${budget} masks` : ''}`,
    grouped: scores.some(({ group }) => group !== undefined),
  };
}

const meanPart = (parts: readonly Part[]): Part => ({
  variance: mean(parts.map(({ variance }) => variance)),
  standard_error: mean(parts.map(({ standard_error }) => standard_error)),
});
