import { UserError } from '../core/errors.ts';
import { progressOf } from '../core/events.ts';
import { RandomStream } from '../core/random.ts';
import { parseSize } from '../core/size.ts';
import { findDuplicates } from '../data/duplicates/duplicates.node.ts';
import { readDataFolder, type Sample } from '../data/folders/folder.node.ts';
import { readPlainImages } from '../data/folders/plain-images.node.ts';
import { endingWith } from '../events/ending.ts';
import type { RunContext } from '../events/run-event.ts';
import { nearest } from '../expect/nearest.ts';
import { STRATEGIES, type StrategyName, uncertaintyOf } from '../expect/strategies.ts';
import { RUN } from '../records/entries.ts';
import { expectEntry } from '../records/entry.node.ts';
import { readingOf } from '../settings/pixels.ts';
import type { TrainConfig } from '../settings/training.ts';
import { masksOf } from './cross-validate.node.ts';
import { type Expecting, knownFeatures, openExpecting } from './held-out.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import { expectTraining } from './retrain.node.ts';
import { watchedImages } from './watched-images.node.ts';

/** An image that may get a mask next. */
export interface NextImage {
  readonly stem: string;
  readonly image: string;
  /** How little the network's prediction trusts itself: 1 - the mean of `soft_dice` and `view_dice`, 0..1. */
  readonly uncertainty: number;
  /** How far it is from the nearest image with a mask, 0..2. */
  readonly distance: number;
  /** Whether the network marks anything in it. */
  readonly marked: boolean;
}

/** The images that are to get masks next. */
export interface ChosenNext {
  /** Of how many they were chosen. */
  readonly candidates: number;
  /** Images that were left out, as there is one like them: with a mask, or among the candidates. */
  readonly duplicates: number;
  /** The first to be labelled first. */
  readonly images: readonly NextImage[];
}

/**
 * Chooses images without masks that are to get one next, no two of which are duplicates.
 *
 * @param wanted.plain where they lie; default in the run's data folder
 * @throws UserError if there are none, for a run that marks nothing, and for one on pieces of images; the reason of `signal` once it ends the work
 */
export async function chosenNext(
  run: OpenedRun,
  wanted: { readonly plain?: string; readonly count: number; readonly strategy: StrategyName },
  how: Expecting,
  caller: RunContext,
): Promise<ChosenNext> {
  const context = endingWith(caller);
  const config = expectTraining(run);
  const folder = wanted.plain ?? config.data;
  const { samples, duplicates } = await unlabelled(run, config, wanted.plain, context);
  const runs = await openExpecting(run.path, how, context);
  const known = await knownFeatures(runs, how, context);
  const candidates = await watchedImages(runs, { folder, purpose: 'plain', samples }, how, context);
  const chosen = STRATEGIES[wanted.strategy].choose(candidates, {
    ...{ count: wanted.count, known, stream: new RandomStream(config.seed, 'next') },
  });
  return {
    candidates: candidates.length,
    duplicates,
    images: chosen.map((i) => {
      const { stem, image, signals, features } = candidates[i];
      const uncertainty = uncertaintyOf(signals);
      return { stem, image, uncertainty, distance: nearest(features, known), marked: signals.empty === 0 };
    }),
  };
}

/** Images without masks, none a duplicate of one that the run knows, or of another of them. */
async function unlabelled(
  run: Pick<OpenedRun, 'path' | 'config'>,
  config: TrainConfig,
  plain: string | undefined,
  context: RunContext,
): Promise<{ readonly samples: readonly Sample[]; readonly duplicates: number }> {
  const folder = await readDataFolder(config.data, config);
  const { test } = await expectEntry(run.path, RUN.splits);
  const tested = new Set(test.map(({ stem }) => stem));
  const labelled = [...(await masksOf(run)), ...folder.samples.filter(({ stem }) => tested.has(stem))];
  const given =
    plain === undefined
      ? folder.samples
      : await readPlainImages(plain, { ...parseSize(config.size), pages: config.pages }, context);
  const without = given.filter(({ mask }) => mask === undefined);
  if (without.length === 0) {
    throw new UserError({
      what: plain ?? config.data,
      got: plain === undefined ? 'images that all have masks' : 'no image',
      expected: 'images without masks',
      fix: 'name a folder of them: --plain DIR',
    });
  }
  const all = [...labelled, ...without];
  const clusterOf = await findDuplicates(all, readingOf(config), progressOf(context, 'reading images'));
  const keyOf = (sample: Sample) => clusterOf(sample) ?? sample.image;
  const seen = new Set(labelled.map(keyOf));
  const samples = without.filter((sample) => {
    const key = keyOf(sample);
    return !seen.has(key) && seen.add(key);
  });
  if (samples.length > 0) return { samples, duplicates: without.length - samples.length };
  throw new UserError({
    what: plain ?? config.data,
    got: `${without.length} images without masks, all duplicates of images that have one`,
    expected: 'images that are not known yet',
    fix: 'name another folder: --plain DIR',
  });
}
