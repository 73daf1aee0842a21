import { UserError } from '../core/errors.ts';

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

/** Every set of paths is measured, and there are 2^paths of them. */
export const MOST_PATHS = 10;

/** The conditions that a network with a number of paths is measured under; the last path is the bottleneck. */
export interface Conditions {
  readonly whole: Condition;
  /** All paths but one as they are. */
  without(path: number, replacement: Replacement): Condition;
  /** The paths of a coalition intact (bit p of its number set), means in the others. */
  coalition(number: number): Condition;
  /** All of them, by their number. */
  readonly coalitions: readonly Condition[];
  /** One image's skips, another's bottleneck; and the other way round. Undefined where there is no skip. */
  readonly swaps: { readonly bottleneck: Condition; readonly skips: Condition } | undefined;
  /** The bottleneck only: skips at zero, as in a training with dropped skips, and skips at their means. */
  readonly depthAlone: { readonly zero: Condition; readonly mean: Condition };
  /** Every condition that is measured, each once. */
  readonly all: readonly Condition[];
}

/** Equal conditions have equal keys. */
export const keyOf = (condition: Condition): string => condition.join(' ');

/**
 * @param count of paths, at least 1
 * @throws UserError for more than `MOST_PATHS`
 */
export function conditionsOf(count: number): Conditions {
  if (count > MOST_PATHS) {
    throw new UserError({
      what: 'audit',
      got: `a network with ${count} paths from the encoder into the decoder`,
      expected: `at most ${MOST_PATHS}: each of the ${2 ** count} sets of paths is measured`,
      fix: 'take an encoder with fewer taps',
    });
  }
  const paths = Array.from({ length: count }, (_, path) => path);
  const bottleneck = count - 1;
  const split = (deep: Content, shallow: Content): Condition =>
    paths.map((path) => (path === bottleneck ? deep : shallow));
  const without = (off: number, replacement: Replacement): Condition =>
    paths.map((path) => (path === off ? REPLACEMENTS[replacement] : 'own'));
  const coalition = (number: number): Condition =>
    paths.map((path) => (number & (1 << path) ? 'own' : 'mean'));
  const coalitions = Array.from({ length: 2 ** count }, (_, number) => coalition(number));
  const swaps = count > 1 ? { bottleneck: split('other', 'own'), skips: split('own', 'other') } : undefined;
  const depthAlone = { zero: split('own', 'zero'), mean: split('own', 'mean') };
  const all = [
    ...coalitions,
    ...REPLACEMENT_NAMES.flatMap((replacement) => paths.map((path) => without(path, replacement))),
    ...Object.values(swaps ?? {}),
    ...Object.values(depthAlone),
  ];
  return {
    ...{ whole: split('own', 'own'), without, coalition, coalitions, swaps, depthAlone },
    all: [...new Map(all.map((condition) => [keyOf(condition), condition])).values()],
  };
}
