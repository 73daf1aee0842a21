import { PATHS } from './paths.ts';

/**
 * What comes through a path: the image's own features, zeros, the features' mean over the audited images (per channel
 * and position), or another image's.
 */
export type Content = 'own' | 'zero' | 'mean' | 'other';

/** What comes through each path. */
export type Condition = readonly Content[];

/** What a path that is off is replaced by, under the name that the report gives it. */
export const REPLACEMENTS = { zero: 'zero', mean: 'mean', shuffle: 'other' } as const;
export type Replacement = keyof typeof REPLACEMENTS;
export const REPLACEMENT_NAMES = Object.keys(REPLACEMENTS) as Replacement[];

export const WHOLE: Condition = PATHS.map(() => 'own');

/** Every path intact but one. */
export function without(path: number, replacement: Replacement): Condition {
  return PATHS.map((_, i) => (i === path ? REPLACEMENTS[replacement] : 'own'));
}

/** The paths of a coalition intact (bit p of its number set), means in the others. */
export function coalition(number: number): Condition {
  return PATHS.map((_, i) => (number & (1 << i) ? 'own' : 'mean'));
}

export const COALITIONS: readonly Condition[] = Array.from({ length: 2 ** PATHS.length }, (_, number) =>
  coalition(number),
);

/** One image's skips, another's bottleneck; and the other way round. */
export const SWAPS = {
  bottleneck: PATHS.map(({ name }) => (name === 'bottleneck' ? 'other' : 'own')),
  skips: PATHS.map(({ name }) => (name === 'bottleneck' ? 'own' : 'other')),
} satisfies Record<string, Condition>;

/** The bottleneck alone, its skips silent: as a network knows them that was trained with skips dropped, and as others do. */
export const DEPTH_ALONE = {
  zero: PATHS.map(({ name }) => (name === 'bottleneck' ? 'own' : 'zero')),
  mean: PATHS.map(({ name }) => (name === 'bottleneck' ? 'own' : 'mean')),
} satisfies Record<string, Condition>;

/** Equal conditions have equal keys. */
export const keyOf = (condition: Condition): string => condition.join(' ');

/** Every condition that is measured, each once. */
export const CONDITIONS: readonly Condition[] = [
  ...new Map(
    [
      ...COALITIONS,
      ...REPLACEMENT_NAMES.flatMap((replacement) => PATHS.map((_, path) => without(path, replacement))),
      ...Object.values(SWAPS),
      ...Object.values(DEPTH_ALONE),
    ].map((condition) => [keyOf(condition), condition]),
  ).values(),
];
