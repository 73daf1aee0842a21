import { UserError } from '../../core/errors.ts';

/** How many are meant by `synthetic`. */
const USUAL_COUNT = 1000;

/**
 * How many synthetic images are meant by `synthetic` or `synthetic:N`; undefined for the path of a folder, which
 * `./synthetic` is, too.
 *
 * @throws UserError for `synthetic:` with anything else behind it
 */
export function syntheticCount(plain: string): number | undefined {
  const [named, , count] = /^synthetic(:(.*))?$/.exec(plain) ?? [];
  if (named === undefined) return undefined;
  if (count === undefined) return USUAL_COUNT;
  if (/^[1-9]\d{0,5}$/.test(count)) return Number(count);
  throw new UserError({
    what: 'plain',
    got: plain,
    expected: 'a folder, or synthetic:N for N synthetic images, from 1 on',
    fix: `write synthetic:${USUAL_COUNT}, or ./${plain} for a folder of that name`,
  });
}

/** Synthetic images in one spelling, `synthetic:N`; undefined for the path of a folder. */
export function syntheticName(plain: string): string | undefined {
  const count = syntheticCount(plain);
  return count === undefined ? undefined : `synthetic:${count}`;
}
