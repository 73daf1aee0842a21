import { UserError } from '../../core/errors.ts';
import { RandomStream } from '../../core/random.ts';
import { cutBetween, firstWhole, type GroupOf, joined, together } from '../duplicates/together.ts';
import type { DataFolder, ListName, Sample } from './folder.node.ts';
import { type Fold, testOfFold } from './folds.ts';
import type { Labels } from './labels.ts';
import { type Shortage, shortageOf } from './shortage.ts';
import { dividedGroups, expectListsWhole, expectTwoGroups } from './whole-groups.ts';

export interface SplitOptions {
  /** Draws the labelled images, and the folds. The usual test set of a folder without lists does not depend on it. */
  readonly seed: number;
  /** The whole budget of masks, training and validation together. */
  readonly labels: Labels;
  /** Which of several draws of as many masks; default 0. */
  readonly draw?: number;
  /** Whether part of the budget is kept for validation; `auto`: if that is enough to choose by. */
  readonly validation: boolean | 'auto';
  /** One of several parts of the images with masks tests in place of the usual test set. */
  readonly fold?: Fold;
  /** Duplicates; without, every image is alone. */
  readonly clusterOf?: GroupOf<Sample>;
  /** Whether every image serves for pretraining, also those that validate or test and duplicates of them. */
  readonly transductive?: boolean;
}

/** Who does what. Train, validation and test samples all have masks. */
export interface Splits {
  readonly train: readonly Sample[];
  readonly validation: readonly Sample[];
  readonly test: readonly Sample[];
  /** For pretraining, masks unread: every image that is neither for validation nor for testing, nor a duplicate of one. */
  readonly plain: readonly Sample[];
  readonly warnings: readonly string[];
}

/** Fewer validation images say too little of which weights, or which threshold, is the best. */
export const ENOUGH_TO_CHOOSE = 10;

/** Part of the masked samples that is the test set if the folder has no lists. */
const testFraction = 0.15;

/**
 * Splits a data folder.
 *
 * The test set is `test.txt`; or `val.txt` if only that exists; or what `train.txt` leaves over if only that
 * exists; or, without any list, 15 % of the samples with masks, the same for every seed. With both `val.txt`
 * and `test.txt`, `val.txt` is the validation list, and none of it is used for pretraining.
 *
 * With a fold (of a folder without lists) the images of that fold test, and no others.
 *
 * A budget of N masks is the first N of a shuffle of the training part by seed and draw, so budgets nest; the last
 * max(2, floor(N / 8)) of them validate (88 = 77 + 11). If the folder has a validation list, they come from
 * there. All labels without validation: the order of `train.txt`.
 *
 * Without lists, duplicates stay together in what is drawn: in the test set, which may get smaller by it, and in what
 * validates, which may get a little smaller or larger. Lists are followed as they are.
 *
 * Named groups (`Sample.group`) are never in two of training, validation, test and, but for transductive pretraining, the
 * plain images beside the latter two. A budget is drawn image by image, so that few masks come from many groups.
 * @throws UserError if the budget is larger than the number of masks, or too small to validate; for lists that split a
 *   group, and where one group is all there is to split
 */
export function splitSamples(folder: DataFolder, options: SplitOptions): Splits {
  const warnings = [...folder.warnings];
  const { clusterOf: duplicateOf = () => undefined, transductive = false } = options;
  const followed = Object.keys(folder.lists).length === 0 ? duplicateOf : () => undefined;
  const kinship: Kinship = { duplicateOf: followed, wholeOf: joined(folder.samples, followed) };
  const parts = options.fold
    ? partsOfFold(folder, options.fold, options.seed, kinship.wholeOf)
    : partsOf(folder, kinship.wholeOf);
  expectListsWhole(folder, namedParts(folder, parts));
  const masked = (stems: readonly string[]) =>
    stems.map((stem) => parts.sampleOf.get(stem)!).filter((sample) => sample.mask !== undefined);
  /** Images listed to be scored; training images without masks still serve for pretraining. */
  const scored = (stems: readonly string[], part: string) => {
    const found = masked(stems);
    if (found.length < stems.length) {
      warnings.push(`${stems.length - found.length} of ${stems.length} ${part} images have no mask`);
    }
    return found;
  };
  const train = masked(parts.train);
  const listed = parts.validation && scored(parts.validation, 'validation');
  const test = scored(parts.test, 'test');
  expectTwoGroups(folder, train, test);
  const drawn = draw(train, listed, { ...options, shortage: shortageOf(folder, train, test) }, kinship);

  const kept = transductive
    ? () => false
    : keeping(
        [...parts.test, ...(parts.validation ?? [])]
          .map((stem) => parts.sampleOf.get(stem)!)
          .concat(drawn.validation),
        joined(folder.samples, duplicateOf),
      );
  const order = new Set(parts.train);
  for (const sample of folder.samples) order.add(sample.stem);
  const plain = [...order].map((stem) => parts.sampleOf.get(stem)!).filter((sample) => !kept(sample));
  return { ...drawn, test, plain, warnings };
}

/** Whether an image is one of some, by its name, or belongs to one: as a duplicate, or by a group. */
export function keeping(some: readonly Sample[], clusterOf: GroupOf<Sample>): (sample: Sample) => boolean {
  const stems = new Set(some.map(({ stem }) => stem));
  const clusters = new Set(some.map(clusterOf));
  clusters.delete(undefined);
  return (sample) => stems.has(sample.stem) || clusters.has(clusterOf(sample));
}

/** What belongs together. */
interface Kinship {
  readonly duplicateOf: GroupOf<Sample>;
  /** Duplicates and named groups: what is never taken apart. */
  readonly wholeOf: GroupOf<Sample>;
}

interface Parts {
  readonly sampleOf: ReadonlyMap<string, Sample>;
  readonly train: readonly string[];
  readonly test: readonly string[];
  /** The folder's own validation list. */
  readonly validation?: readonly string[];
}

function partsOfFold(folder: DataFolder, fold: Fold, seed: number, wholeOf: GroupOf<Sample>): Parts {
  const masked = folder.samples.filter(({ mask }) => mask !== undefined);
  const test = new Set(testOfFold(folder, masked, fold, seed, wholeOf));
  const stemsOf = (samples: readonly Sample[]) => samples.map(({ stem }) => stem);
  return {
    sampleOf: new Map(folder.samples.map((sample) => [sample.stem, sample])),
    train: stemsOf(masked.filter((sample) => !test.has(sample))),
    test: stemsOf(masked.filter((sample) => test.has(sample))),
  };
}

function partsOf({ samples, lists }: DataFolder, clusterOf: GroupOf<Sample>): Parts {
  const sampleOf = new Map(samples.map((sample) => [sample.stem, sample]));
  const stems = samples.map((sample) => sample.stem);
  const stemsWithMask = samples.filter((sample) => sample.mask !== undefined).map((sample) => sample.stem);
  const without = (from: readonly string[], ...names: ListName[]) => {
    const taken = new Set(names.flatMap((name) => lists[name] ?? []));
    return from.filter((stem) => !taken.has(stem));
  };
  if (lists.test) {
    const train = lists.train ?? without(stems, 'val', 'test');
    return { sampleOf, train, test: lists.test, validation: lists.val };
  }
  if (lists.val) return { sampleOf, train: lists.train ?? without(stems, 'val'), test: lists.val };
  if (lists.train) return { sampleOf, train: lists.train, test: without(stemsWithMask, 'train') };
  // The keys hold no seed, so that runs with different seeds are measured on the same images.
  const shuffled = new RandomStream(0, 'split').shuffled(stemsWithMask);
  const size = stemsWithMask.length === 0 ? 0 : Math.max(1, Math.round(testFraction * stemsWithMask.length));
  const test = new Set(firstWhole(shuffled, size, (stem) => clusterOf(sampleOf.get(stem)!)));
  return {
    sampleOf,
    train: stemsWithMask.filter((stem) => !test.has(stem)),
    test: stemsWithMask.filter((stem) => test.has(stem)),
  };
}

/** The parts that lists make, by what the user calls them; images without masks count where a list has them. */
function namedParts({ lists }: DataFolder, parts: Parts): Record<string, Sample[]> {
  const samplesOf = (stems: readonly string[], listed: boolean) =>
    stems.map((stem) => parts.sampleOf.get(stem)!).filter(({ mask }) => listed || mask !== undefined);
  if (Object.keys(lists).length === 0) return {};
  const unlisted = 'the images in no list';
  return {
    [lists.train ? 'train.txt' : unlisted]: samplesOf(parts.train, lists.train !== undefined),
    ...(parts.validation && { 'val.txt': samplesOf(parts.validation, true) }),
    [lists.test ? 'test.txt' : lists.val ? 'val.txt' : unlisted]: samplesOf(
      parts.test,
      (lists.test ?? lists.val) !== undefined,
    ),
  };
}

/** How a budget is drawn, and why there is no larger one. */
type Drawing = SplitOptions & { readonly shortage: Shortage };

type Spent = Pick<Splits, 'train' | 'validation'>;

/** Spends the budget; where `auto` would validate on too few images, on training alone. */
function draw(
  train: readonly Sample[],
  listed: readonly Sample[] | undefined,
  options: Drawing,
  kinship: Kinship,
): Spent {
  const spent = (validation: boolean) => spend(train, listed, { ...options, validation }, kinship);
  if (options.validation !== 'auto') {
    const drawn = spent(options.validation);
    const [group] = dividedGroups([drawn.train, drawn.validation]);
    if (group === undefined) return drawn;
    throw wrongBudget(
      `${drawn.train.length + drawn.validation.length} masks, all of group ${group}`,
      'masks of two groups: one validates, one trains',
      'use more masks, or --no-validation',
    );
  }
  if (budgetOf(options.labels, train.length + (listed?.length ?? 0)) < ENOUGH_TO_CHOOSE) return spent(false);
  const validated = spent(true);
  const divided = dividedGroups([validated.train, validated.validation]).length > 0;
  return divided || validated.validation.length < ENOUGH_TO_CHOOSE ? spent(false) : validated;
}

/** Spends the budget. `listed` are the masked samples of the folder's own validation list. */
function spend(
  train: readonly Sample[],
  listed: readonly Sample[] | undefined,
  { seed, labels, draw = 0, validation, shortage }: Drawing & { readonly validation: boolean },
  { duplicateOf, wholeOf }: Kinship,
): Spent {
  const own = validation ? listed : undefined;
  // Shuffled by stem, so that the draw depends on nothing but its keys and the stems in their order.
  const keys = draw > 0 ? [seed, 'labels', draw] : [seed, 'labels'];
  const shuffled = (samples: readonly Sample[]) => new RandomStream(...keys).shuffled(samples);
  const available = train.length + (own?.length ?? 0);
  const budget = budgetOf(labels, available);
  if (budget > available) {
    throw wrongBudget(`${budget} masks`, `at most the ${available} masks there are for training`);
  }
  if (!validation) {
    const order = () => together(shuffled(train), duplicateOf);
    return { train: labels === 'all' ? train : order().slice(0, budget), validation: [] };
  }
  if (budget < 3) {
    const short = labels === budget && budget < available ? undefined : shortage;
    throw wrongBudget(
      `${budget === 1 ? '1 mask' : `${budget} masks`}${short ? ` to train with: ${short.why}` : ''}`,
      'at least 3: two validate and one trains',
      `${short?.fix ?? 'change labels'}; or pass --no-validation`,
    );
  }
  const validating = Math.max(2, Math.floor(budget / 8));
  if (own === undefined) {
    const used = together(shuffled(train), duplicateOf).slice(0, budget);
    const order = together(used, wholeOf);
    const training = cutBetween(order, budget - validating, 2, wholeOf);
    return { train: order.slice(0, training), validation: order.slice(training) };
  }
  if (labels === 'all' || budget === available) {
    if (train.length > 0 && own.length > 0) return { train, validation: own };
    throw wrongBudget(
      `${train.length} training and ${own.length} validation masks`,
      'at least one of each',
      'add the masks of train.txt and val.txt',
    );
  }
  const fromList = Math.min(validating, own.length);
  const training = budget - fromList;
  if (training > train.length) {
    throw wrongBudget(
      `${budget} masks`,
      `at most ${train.length + fromList}, as train.txt has ${train.length}`,
    );
  }
  return {
    train: shuffled(train).slice(0, training),
    validation: shuffled(own).slice(0, fromList),
  };
}

function budgetOf(labels: Labels, available: number): number {
  if (labels === 'all') return available;
  if (typeof labels === 'number') {
    if (Number.isInteger(labels) && labels > 0) return labels;
    throw wrongBudget(String(labels), 'a whole number of masks above 0');
  }
  if (labels.fraction > 0 && labels.fraction <= 1)
    return Math.max(1, Math.round(labels.fraction * available));
  throw wrongBudget(`the fraction ${labels.fraction}`, 'a fraction above 0 and at most 1');
}

function wrongBudget(got: string, expected: string, fix = 'change labels or add masks'): UserError {
  return new UserError({ what: 'labels', got, expected, fix });
}
