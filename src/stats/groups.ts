import { mean } from '../core/mean.ts';

/**
 * A table of differences by seed and image as one by seed and group of images, such as patients: groups are what is drawn
 * anew, so they take the place of images in all that follows. With G groups of n_g images, I in all, m the mean of the table and
 * d[s][g] that of a seed and group,
 *
 *     z[s][g] = m + (n_g G / I) (d[s][g] - m)
 *
 * The means of z over the groups are those of the images, of each seed and of all; its variance between groups is that of
 * a mean over groups of unequal size, linearised (Cochran 1977, Sampling Techniques, 9A: cluster sampling with the ratio to size).
 * Groups of one image each leave the table as it is.
 *
 * @param differences by seed, then by image: a full table
 * @param groups of the images, in their order
 * @returns by seed, then by group, in the order in which groups first come
 */
export function overGroups(
  differences: readonly (readonly number[])[],
  groups: readonly string[],
): readonly (readonly number[])[] {
  const members = new Map<string, number[]>();
  for (const [i, group] of groups.entries()) members.set(group, [...(members.get(group) ?? []), i]);
  if (members.size === groups.length) return differences;
  const centre = mean(differences.map(mean));
  const scale = members.size / groups.length;
  return differences.map((row) =>
    [...members.values()].map(
      (images) => centre + scale * images.reduce((sum, i) => sum + (row[i] - centre), 0),
    ),
  );
}
