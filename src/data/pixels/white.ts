import { UserError } from '../../core/errors.ts';
import { type Range, whiteOf } from '../decode/numbers.ts';

/** A file of floats, or of integers that are no bytes or words, whose values are usual ones. */
export interface UsualNumbers {
  readonly path: string;
  readonly range: Range;
}

/** Whether floats of a set are in 0..1 or in 0..255. */
export interface White {
  /** The value that is white. */
  readonly white: 1 | 255;
  /** Files in 0..1, and in 0..255, that have anything but 0. */
  readonly dark: readonly UsualNumbers[];
  readonly light: readonly UsualNumbers[];
}

/**
 * One rule for the floats of a set. Files of nothing but 0 go with any.
 *
 * @param name of the set
 * @returns undefined where there are none
 * @throws UserError where most are in 0..1, and some are not
 */
export function whiteOfSet(name: string, files: readonly UsualNumbers[]): White | undefined {
  const telling = files.filter(({ range }) => range.high > 0);
  const dark = telling.filter(({ range }) => whiteOf(range) === 1);
  const light = telling.filter(({ range }) => whiteOf(range) === 255);
  if (files.length === 0) return undefined;
  if (light.length > 0 && dark.length >= light.length) throw mixed(name, { dark, light });
  return { white: light.length > 0 ? 255 : 1, dark, light };
}

interface Mixture {
  /** At least one. */
  readonly dark: readonly UsualNumbers[];
  /** The same. */
  readonly light: readonly UsualNumbers[];
}

function mixed(name: string, { dark, light }: Mixture): UserError {
  const [first] = light;
  return new UserError({
    what: name,
    got: `values in 0..1 (${named(dark)}) and up to ${first.range.high} (${named(light)})`,
    expected: 'all images in 0..1, or all in 0..255',
    fix: 'convert or leave out those that differ, or say which value is white: --intensity 0:1 or 0:255',
  });
}

export const named = ([{ path }, ...others]: readonly Pick<UsualNumbers, 'path'>[]): string =>
  others.length === 0 ? path : `${path} and ${others.length} more`;
