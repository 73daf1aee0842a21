import { plainMinus, significant } from '../core/format.ts';
import type { SplitComparison } from '../index.ts';
import type { VarianceParts } from '../stats/variance-parts.ts';
import { alignedTable } from './tables.ts';

/** What each part is called. */
const NAMES: Readonly<Record<keyof VarianceParts, string>> = {
  seeds: 'seeds',
  draws: 'draws of masks',
  images: 'images',
  images_by_seed: 'images by seed',
  rest: 'images by run',
};

/** What the differences vary by, an arm and a part a row. */
export function partsText(comparisons: readonly SplitComparison[]): string[] {
  const split = comparisons.flatMap(({ arm, groups, parts }) => (parts ? [{ arm, groups, parts }] : []));
  if (split.length === 0) return [];
  const together = split.some(({ parts }) => !parts.draws);
  const rows = split.flatMap(({ arm, groups, parts }) =>
    (Object.keys(parts) as (keyof VarianceParts)[]).map((name) => {
      const { variance, standard_error: error } = parts[name]!;
      const title = name === 'seeds' && !parts.draws ? 'seeds and draws of masks' : NAMES[name];
      return [
        arm,
        groups === undefined ? title : title.replace('images', 'groups of images'),
        ...[variance, error, Math.sqrt(Math.max(0, variance))].map(short),
      ];
    }),
  );
  return [
    '',
    'what a single difference varies by (estimates without bias: below zero means little or nothing)',
    alignedTable([['arm', 'part', 'variance', 'standard error', 'standard deviation'], ...rows]),
    ...(together
      ? [
          'each seed has one draw of masks, so seeds and draws cannot be told apart: a study with --labels 88x2 draws twice for each seed',
        ]
      : []),
  ];
}

const short = (value: number): string => plainMinus(significant(value, 2));
