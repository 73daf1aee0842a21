import { UserError } from '../../core/errors.ts';
import type { DataFolder, Sample } from './folder.node.ts';
import { someOf } from './groups.ts';

/** The named groups that lie in several of some parts, by first appearance. */
export function dividedGroups(parts: readonly (readonly Sample[])[]): string[] {
  const partOf = new Map<string, number>();
  const divided = new Set<string>();
  for (const [part, samples] of parts.entries()) {
    for (const { group } of samples) {
      if (group === undefined) continue;
      if ((partOf.get(group) ?? part) !== part) divided.add(group);
      partOf.set(group, part);
    }
  }
  return [...divided];
}

/**
 * Looks whether the lists of a folder leave its groups whole.
 *
 * @param parts by the name under which the user knows them
 * @throws UserError naming the groups that lie in several parts, and in which
 */
export function expectListsWhole(
  { root }: DataFolder,
  parts: Readonly<Record<string, readonly Sample[]>>,
): void {
  const divided = dividedGroups(Object.values(parts));
  if (divided.length === 0) return;
  const named = divided.map((group) => {
    const holding = Object.entries(parts).filter(([, samples]) => samples.some((one) => one.group === group));
    return `${group} (${holding.map(([name]) => name).join(' and ')})`;
  });
  throw new UserError({
    what: root,
    got: `${divided.length === 1 ? 'a group' : `${divided.length} groups`} in several parts: ${someOf(named)}`,
    expected: 'each group in one part: all of it trains, or validates, or tests',
    fix: 'correct the lists, or leave out the groups',
  });
}

/** @throws UserError if one group is all that there is to train and to test on */
export function expectTwoGroups(
  { root }: DataFolder,
  train: readonly Sample[],
  test: readonly Sample[],
): void {
  const [group] = dividedGroups([train, test]);
  if (group === undefined) return;
  throw new UserError({
    what: root,
    got: `${train.length + test.length} images with masks that all belong together, with group ${group}`,
    expected: 'images of two groups: one tests, one trains',
    fix: 'add masks of another group, or leave out the groups',
  });
}
