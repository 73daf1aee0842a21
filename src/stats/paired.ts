import { UserError } from '../core/errors.ts';

/** What one run scored on one image. */
export interface Score {
  readonly arm: string;
  readonly seed: string;
  readonly image: string;
  /** What the image belongs to, such as a patient: groups are then drawn anew, not images. */
  readonly group?: string;
  readonly value: number;
}

/** Differences of two arms where seed and image are the same. */
export interface PairedDifferences {
  readonly seeds: readonly string[];
  readonly images: readonly string[];
  /** Where images have groups: of each image its own. */
  readonly groups?: readonly string[];
  /** By seed, then by image, in the orders above. */
  readonly values: readonly (readonly number[])[];
}

/** By seed, then by image. */
type Table = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * Arm minus baseline for every seed and image that both have, in an order that does not depend on that of the scores.
 *
 * @throws UserError if they share no seed or no image, if a value is not finite, or if one is missing or there twice
 */
export function pairedDifferences(
  scores: readonly Score[],
  arm: string,
  baseline: string,
): PairedDifferences {
  const [ours, theirs] = [tableOf(scores, arm), tableOf(scores, baseline)];
  const seeds = shared(ours.keys(), theirs.keys());
  requireSome(seeds, 'seeds', arm, baseline);
  const images = shared(imagesOf(ours, seeds), imagesOf(theirs, seeds));
  requireSome(images, 'images', arm, baseline);
  const values = seeds.map((seed) =>
    images.map((image) => cell(ours, arm, seed, image) - cell(theirs, baseline, seed, image)),
  );
  const groups = groupsOf(scores, images);
  return { seeds, images, values, ...(groups && { groups }) };
}

/**
 * @returns undefined if no image has a group; one without a group is alone
 * @throws UserError if an image has two
 */
export function groupsOf(scores: readonly Score[], images: readonly string[]): string[] | undefined {
  const known = new Map<string, string>();
  for (const { image, group } of scores) {
    if (group === undefined) continue;
    const before = known.get(image) ?? group;
    if (before !== group) {
      throw new UserError({
        what: `image ${image}`,
        got: `the groups ${before} and ${group}`,
        expected: 'one group',
        fix: 'correct the column group',
      });
    }
    known.set(image, group);
  }
  if (known.size === 0) return undefined;
  // No group is called so.
  return images.map((image) => known.get(image) ?? `\n${image}`);
}

function tableOf(scores: readonly Score[], arm: string): Table {
  const table = new Map<string, Map<string, number>>();
  for (const { arm: of, seed, image, value } of scores) {
    if (of !== arm) continue;
    const row = table.get(seed) ?? new Map<string, number>();
    table.set(seed, row);
    const what = nameOf(arm, seed, image);
    if (!Number.isFinite(value)) {
      throw new UserError({
        what,
        got: `the value ${value}`,
        expected: 'a finite number',
        fix: 'correct it, or leave the image out everywhere',
      });
    }
    if (row.has(image)) {
      throw new UserError({ what, got: 'two values', expected: 'one', fix: 'leave one of them out' });
    }
    row.set(image, value);
  }
  return table;
}

function imagesOf(table: Table, seeds: readonly string[]): Set<string> {
  return new Set(seeds.flatMap((seed) => [...table.get(seed)!.keys()]));
}

function shared(ours: Iterable<string>, theirs: Iterable<string>): string[] {
  const known = new Set(theirs);
  return [...ours].filter((name) => known.has(name)).sort();
}

function requireSome(names: readonly string[], kind: string, arm: string, baseline: string): void {
  if (names.length > 0) return;
  throw new UserError({
    what: `${arm} and ${baseline}`,
    got: `no ${kind} that both have`,
    expected: 'the same seeds and images in both arms',
    fix: 'run both arms with the same seeds, on the same test images',
  });
}

function cell(table: Table, arm: string, seed: string, image: string): number {
  const value = table.get(seed)!.get(image);
  if (value !== undefined) return value;
  throw new UserError({
    what: nameOf(arm, seed, image),
    got: 'no value',
    expected: 'one for every seed, as differences are taken image by image',
    fix: 'add it, or leave the image out everywhere',
  });
}

const nameOf = (arm: string, seed: string, image: string) => `${arm}, seed ${seed}, image ${image}`;
