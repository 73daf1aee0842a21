import { UserError } from '../../core/errors.ts';
import { RandomStream } from '../../core/random.ts';
import { clustersIn, type GroupOf } from '../duplicates/together.ts';
import type { DataFolder, Sample } from './folder.node.ts';

/** One of several parts of the images with masks, each of which tests once. */
export interface Fold {
  /** From 1. */
  readonly number: number;
  /** How many there are, 2 and more. */
  readonly of: number;
}

/**
 * Reads a fold: `2/5` is the second of five.
 *
 * @throws UserError if it is anything else
 */
export function parseFold(text: string): Fold {
  const [, number, of] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text.replaceAll(' ', '')) ?? [];
  const fold = { number: Number(number), of: Number(of) };
  if (fold.of >= 2 && fold.number <= fold.of) return fold;
  throw new UserError({
    what: 'fold',
    got: `"${text}"`,
    expected: 'the number of a fold and how many there are, such as 2/5',
    fix: 'write 1/5, 2/5 and so on',
  });
}

export const formatFold = ({ number, of }: Fold): string => `${number}/${of}`;

/**
 * The images with masks that test in a fold, see `dividedInto`.
 *
 * @param samples of the folder that have masks
 * @throws UserError for a folder with lists, which say who tests, and for fewer parts than folds
 */
export function testOfFold(
  { root, lists }: DataFolder,
  samples: readonly Sample[],
  { number, of }: Fold,
  seed: number,
  wholeOf: GroupOf<Sample>,
): readonly Sample[] {
  const listed = Object.keys(lists);
  if (listed.length > 0) {
    throw new UserError({
      what: root,
      got: `folds beside ${listed.map((name) => `${name}.txt`).join(' and ')}`,
      expected: 'folds or lists: both say which images test',
      fix: 'take the lists away, or leave out the folds',
    });
  }
  return dividedInto(of, samples, { root, seed, wholeOf })[number - 1];
}

/**
 * Images in parts of about one size. What belongs together is never divided, and goes, the largest first, into the part that has the
 * fewest images, in an order that depends on seed and stems.
 *
 * @param parts how many, 2 and more
 * @throws UserError, of `root`, where fewer than so many belong apart
 */
export function dividedInto(
  parts: number,
  samples: readonly Sample[],
  {
    root,
    seed,
    wholeOf,
  }: { readonly root: string; readonly seed: number; readonly wholeOf: GroupOf<Sample> },
): readonly (readonly Sample[])[] {
  const clusters = clustersIn(new RandomStream(seed, 'folds').shuffled(samples), wholeOf);
  if (clusters.length < parts) {
    throw new UserError({
      what: root,
      got: `${clusters.length} images with masks, or groups of them, for ${parts} folds`,
      expected: 'one for each fold at least',
      fix: 'take fewer folds, or add masks',
    });
  }
  const folds = Array.from({ length: parts }, (): Sample[] => []);
  for (const cluster of clusters.sort((a, b) => b.length - a.length)) {
    const fewest = Math.min(...folds.map(({ length }) => length));
    folds.find(({ length }) => length === fewest)!.push(...cluster);
  }
  return folds;
}
