import { bitsOf } from '../../core/bits.ts';
import { type Appearance, correlation } from './appearance.ts';
import { cropsOf } from './crops.ts';
import { clustersIn, type GroupOf } from './together.ts';

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
 * cannot be read, has no duplicates. A group joins, further, the parts that were cut out of one of its images, each with its
 * own duplicates, but not the parts of these parts that are none of the group's: no chain follows a camera that comes closer.
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
  return withParts(cliquesOf(appearances), appearances)
    .map((members) => members.flatMap((i) => different[i]).sort((a, b) => a - b))
    .filter(({ length }) => length > 1)
    .sort(([a], [b]) => a - b);
}

/** Groups of duplicates among some images, as `clustersOf` has them. */
export type Clustering = (some: readonly Fingerprint[]) => number[][];

/**
 * `clustersOf` for any choice of some images, among which duplicates are looked for once.
 *
 * @returns as `clustersOf`, numbers in the choice
 */
export function clusteringOf(all: readonly Fingerprint[]): Clustering {
  const clusters = clustersOf(all);
  const clusterOf = new Map(all.map(({ hash }, i) => [hash, clusters.length + i]));
  for (const [i, members] of clusters.entries()) for (const k of members) clusterOf.set(all[k].hash, i);
  return (some) =>
    clustersIn([...some.keys()], (i) => clusterOf.get(some[i].hash)).filter(({ length }) => length > 1);
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

/** Groups with the groups of the parts that were cut out of their images: those that are parts of the fewest others come first. */
function withParts(
  groups: readonly (readonly number[])[],
  appearances: readonly (Appearance | undefined)[],
): (readonly number[])[] {
  const groupOf = new Map(groups.flatMap((members) => members.map((i) => [i, members] as const)));
  const partsOf = new Map<readonly number[], Set<readonly number[]>>();
  const wholes = new Map(groups.map((group) => [group, 0]));
  for (const { part, whole } of cropsOf(appearances)) {
    const [own, of] = [groupOf.get(part)!, groupOf.get(whole)!];
    const parts = partsOf.get(of) ?? new Set();
    if (own === of || parts.has(own)) continue;
    partsOf.set(of, parts.add(own));
    wholes.set(own, wholes.get(own)! + 1);
  }
  const left = new Set([...groups].sort((a, b) => wholes.get(a)! - wholes.get(b)!));
  const joined: (readonly number[])[] = [];
  for (const group of left) {
    const parts = [...(partsOf.get(group) ?? [])].filter((part) => left.has(part));
    for (const taken of [group, ...parts]) left.delete(taken);
    joined.push([group, ...parts].flat());
  }
  return joined;
}

/** The pairs that are alike, most alike first. */
function pairsOf(appearances: readonly (Appearance | undefined)[]): Pair[] {
  const pairs: Pair[] = [];
  for (const [b, second] of appearances.entries()) {
    if (!second) continue;
    for (let a = 0; a < b; a++) {
      const first = appearances[a];
      if (!first) continue;
      const likeness = candidateLikeness(first, second);
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

/** The greatest of any view in which their signs propose them; no array of views is made, as there are millions of pairs. */
function candidateLikeness(a: Appearance, b: Appearance): number | undefined {
  let greatest: number | undefined;
  for (let view = 0; view < b.signs.length; view++) {
    if (differentSigns(a.signs[0], b.signs[view]) > MOST_DIFFERENT_SIGNS) continue;
    const likeness = alikeAs(a, b, view);
    if (likeness !== undefined && (greatest === undefined || likeness > greatest)) greatest = likeness;
  }
  return greatest;
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
 * @param clustersAmong where duplicates were looked for already
 */
export function clusterLookup(
  paths: readonly string[],
  fingerprints: readonly (Fingerprint | undefined)[],
  clustersAmong: Clustering = clustersOf,
): GroupOf<{ readonly image: string }> {
  const known = [...paths.keys()].filter((i) => fingerprints[i] !== undefined);
  const clusters = clustersAmong(known.map((i) => fingerprints[i]!));
  const lookup = new Map(
    clusters.flatMap((members, cluster) => members.map((k) => [paths[known[k]], cluster])),
  );
  return ({ image }) => lookup.get(image);
}
