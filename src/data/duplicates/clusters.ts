import { bitsOf } from '../../core/bits.ts';
import { type Appearance, correlation } from './appearance.ts';
import type { GroupOf } from './together.ts';

/** By what an image is compared with others. */
export interface Fingerprint {
  /** SHA-256 of the file. */
  readonly hash: string;
  /** Undefined if it has too little structure: it is then a duplicate of equal files only. */
  readonly appearance?: Appearance;
}

/**
 * Least correlation of reliefs with which images are duplicates. JPEG of quality 60 and up, half to twice the size and
 * 10 % more or less light, all at once, leave 0.97 or more (92 real and synthetic
 * images, 31 variants of each, all pairs of them); different views of 2,200 colonoscopic images reach 0.85. Of all 2.4 million
 * pairs of these, one mirrored or turned by quarters, the most alike reach 0.79; an image and its own mirror image 0.88. Copies so turned, of half and
 * twice the size, of quality 60 and up and 10 % less light keep 0.99 (1,036 of 37 images).
 */
const ALIKE = 0.92;
/**
 * Pictures so smooth that traces of compression count in their relief are known by the grey image, too. Smooth parts of
 * synthetic images, of 128 pixels, keep 0.8 of the relief in 87 of 90 cases when changed so, most of them 0.985 of the grey;
 * colonoscopic images that are above both show the same view, those of one lesion from elsewhere reach 0.983.
 */
const NEARLY_ALIKE = 0.8;
const SAME_GREY = 0.985;
/**
 * Most signs, of 128, that differ between duplicates: more than the 18 found at most, and so few that of different images
 * one pair in two hundred is compared any further.
 */
const MOST_DIFFERENT_SIGNS = 36;

/** Two images by their numbers, a < b. */
interface Pair {
  readonly a: number;
  readonly b: number;
  /** Correlation of their reliefs. */
  readonly likeness: number;
}

/**
 * Groups images that are duplicates: equal byte by byte, or alike. In a group every image is a duplicate of every other
 * (complete linkage), the pairs most alike being joined first. To join whatever a chain of duplicates connects would make
 * one group of a camera's slow way through a bowel, from end to end. An image without fingerprint, such as one that
 * cannot be read, has no duplicates.
 *
 * @returns groups of two and more numbers of images, ascending; the groups by their first
 */
export function clustersOf(fingerprints: readonly (Fingerprint | undefined)[]): number[][] {
  const equal = new Map<string, number[]>();
  for (const [i, fingerprint] of fingerprints.entries()) {
    if (!fingerprint) continue;
    const group = equal.get(fingerprint.hash);
    if (group) group.push(i);
    else equal.set(fingerprint.hash, [i]);
  }
  const different = [...equal.values()];
  const appearances = different.map(([i]) => fingerprints[i]!.appearance);
  return cliquesOf(appearances)
    .map((members) => members.flatMap((i) => different[i]).sort((a, b) => a - b))
    .filter(({ length }) => length > 1)
    .sort(([a], [b]) => a - b);
}

/** All images, in groups of one and more. */
function cliquesOf(appearances: readonly (Appearance | undefined)[]): (readonly number[])[] {
  const groupOf = appearances.map((_, i) => [i]);
  for (const { a, b } of pairsOf(appearances)) {
    const [own, other] = [groupOf[a], groupOf[b]];
    if (own === other || !own.every((i) => other.every((k) => alike(appearances[i]!, appearances[k]!))))
      continue;
    own.push(...other);
    for (const i of other) groupOf[i] = own;
  }
  return [...new Set(groupOf)];
}

/** The pairs that are alike, most alike first. */
function pairsOf(appearances: readonly (Appearance | undefined)[]): Pair[] {
  const pairs: Pair[] = [];
  for (const [b, second] of appearances.entries()) {
    if (!second) continue;
    for (let a = 0; a < b; a++) {
      const first = appearances[a];
      if (!first) continue;
      const likeness = greatest(
        second.signs.map((signs, view) =>
          differentSigns(first.signs[0], signs) > MOST_DIFFERENT_SIGNS
            ? undefined
            : alikeAs(first, second, view),
        ),
      );
      if (likeness !== undefined) pairs.push({ a, b, likeness });
    }
  }
  return pairs.sort((p, q) => q.likeness - p.likeness || p.a - q.a || p.b - q.b);
}

/** Whether they are duplicates, in any view. */
const alike = (a: Appearance, b: Appearance): boolean =>
  b.signs.some((_, view) => alikeAs(a, b, view) !== undefined);

/** The correlation of the relief of one with a view of the other's, if they are duplicates so. */
function alikeAs(a: Appearance, b: Appearance, view: number): number | undefined {
  const likeness = correlation(a.relief, b.relief, view);
  if (likeness >= ALIKE) return likeness;
  return likeness >= NEARLY_ALIKE && correlation(a.grey, b.grey, view) >= SAME_GREY ? likeness : undefined;
}

function greatest(values: readonly (number | undefined)[]): number | undefined {
  const there = values.filter((value) => value !== undefined);
  return there.length > 0 ? Math.max(...there) : undefined;
}

function differentSigns(a: Int32Array, b: Int32Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) count += bitsOf(a[i] ^ b[i]);
  return count;
}

/**
 * The number of the cluster that the image of a sample is in; undefined of one that could not be read.
 *
 * @param paths of the images
 * @param fingerprints of the same, in their order
 */
export function clusterLookup(
  paths: readonly string[],
  fingerprints: readonly (Fingerprint | undefined)[],
): GroupOf<{ readonly image: string }> {
  const clusters = clustersOf(fingerprints);
  const lookup = new Map(clusters.flatMap((members, cluster) => members.map((i) => [paths[i], cluster])));
  return ({ image }) => lookup.get(image);
}
