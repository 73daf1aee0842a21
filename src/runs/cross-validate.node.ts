import { join } from 'node:path';
import { inform, progressOf } from '../core/events.ts';
import { findDuplicates } from '../data/duplicates/duplicates.node.ts';
import { joined } from '../data/duplicates/together.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { dividedInto } from '../data/folders/folds.ts';
import type { MaskSource } from '../data/folders/mask-source.ts';
import type { RunContext } from '../events/run-event.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { expectEntry } from '../records/entry.node.ts';
import { readingOf } from '../settings/pixels.ts';
import type { TrainConfig } from '../settings/training.ts';
import { chooseSamples } from './choose-samples.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import { expectTraining, isDone, retrain, tellTime } from './retrain.node.ts';

/** How a run's masks are held out. */
export interface CrossValidation {
  /** How many parts there are, 2 and more. */
  readonly folds: number;
  /** The folder in which the networks lie; default the run's own. */
  readonly place?: string;
  /** Masks in place of those that images have, by stem. */
  readonly masks?: ReadonlyMap<string, MaskSource>;
}

/** A training without one part of a run's masks, which it has not seen: neither to learn, nor to choose. */
export interface FoldRun {
  /** Its run folder, whose test images are that part. */
  readonly path: string;
}

/**
 * Trains a network for each part of a run's masks, with the run's settings, on the other parts: so each of them gets a prediction by
 * a network that has not seen it. They lie in the run's folder; what is there already is not trained again, and what was stopped
 * goes on. Their test images are the parts. None of them validates: their weights are the last ones.
 *
 * Duplicates and groups stay in one part. Plain images that are duplicates of a part are not learned from without it.
 *
 * @returns undefined if it was interrupted
 * @throws UserError for a run that marks nothing, with too few masks, or whose images have changed
 */
export async function crossValidate(
  run: Pick<OpenedRun, 'path' | 'config'>,
  { folds, place = run.path, masks = new Map() }: CrossValidation,
  context: RunContext,
): Promise<readonly FoldRun[] | undefined> {
  const config = expectTraining(run);
  const masked = (await masksOf(run)).map((sample) => withMask(sample, masks));
  const parts = await partsOf(run, masked, { config, folds, context });
  const paths = parts.map((_, k) => foldPath(place, k + 1, folds));
  await tellTime(run, paths, 'without a part of the masks each', context);
  for (const [k, part] of parts.entries()) {
    const train = parts.flatMap((other) => (other === part ? [] : other));
    if (!(await isDone(paths[k])))
      inform(context, `fold ${k + 1} of ${folds}: ${train.length} masks train, ${part.length} are held out`);
    if (!(await retrain(config, { out: paths[k], train, test: part }, { number: k, of: folds }, context)))
      return undefined;
  }
  return paths.map((path) => ({ path }));
}

/** Where the network lies that held out a part, from 1. */
export const foldPath = (place: string, part: number, of: number): string =>
  join(place, RUN_PATHS.folds, `${part}-of-${of}`);

/** The images that a run has learned and chosen by, with their masks. */
export async function masksOf(run: Pick<OpenedRun, 'path' | 'config'>): Promise<readonly Sample[]> {
  const recorded = await expectEntry(run.path, RUN.splits);
  const masked: Sample[] = [];
  for (const split of ['train', 'validation'] as const)
    if (recorded[split].length > 0) masked.push(...(await chooseSamples(run, { split })).samples);
  return masked;
}

/** A sample with another mask than its own, where there is one for its stem. */
export function withMask(sample: Sample, masks: ReadonlyMap<string, MaskSource>): Sample {
  const mask = masks.get(sample.stem);
  return mask === undefined ? sample : { ...sample, mask };
}

async function partsOf(
  run: Pick<OpenedRun, 'path'>,
  masked: readonly Sample[],
  {
    config,
    folds,
    context,
  }: { readonly config: TrainConfig; readonly folds: number; readonly context: RunContext },
): Promise<readonly (readonly Sample[])[]> {
  const clusterOf = await findDuplicates(masked, readingOf(config), progressOf(context, 'reading images'));
  const wholeOf = joined(masked, clusterOf);
  return dividedInto(folds, masked, { root: run.path, seed: config.seed, wholeOf });
}
