import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { inform, progressOf } from '../core/events.ts';
import { findDuplicates } from '../data/duplicates/duplicates.node.ts';
import { joined } from '../data/duplicates/together.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import { dividedInto } from '../data/folders/folds.ts';
import type { MaskSource } from '../data/folders/mask-source.ts';
import type { RunContext, RunEvent } from '../events/run-event.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { expectEntry, readEntry } from '../records/entry.node.ts';
import { readingOf } from '../settings/pixels.ts';
import type { TrainConfig, TrainOptions } from '../settings/training.ts';
import { chooseSamples } from './choose-samples.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import { trainInRounds } from './self-training.node.ts';

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
  await tellTime(run, paths, context);
  for (const [k, part] of parts.entries()) {
    const train = parts.flatMap((other) => (other === part ? [] : other));
    if (!(await isDone(paths[k])))
      inform(context, `fold ${k + 1} of ${folds}: ${train.length} masks train, ${part.length} are held out`);
    const splits = { train, validation: [], test: part, plain: [], warnings: [] };
    const onEvent = foldEvents(k, folds, context);
    const at = { ...context, out: paths[k], resume: true, onEvent };
    const summary = await trainInRounds(settingsOf(config), at, { splits, apart: part });
    if (summary.interrupted) return undefined;
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

/** Nothing is chosen by the masks that are held out, nor by others. */
function settingsOf({ fold: _, ...config }: TrainConfig): TrainOptions {
  return { ...config, validation: false, patience: 0 } as TrainOptions;
}

function expectTraining({ path, config }: Pick<OpenedRun, 'path' | 'config'>): TrainConfig {
  if (config.kind === 'train') {
    const { kind: _, ...settings } = config;
    if (!settings.crop) return settings;
    throw new UserError({
      what: path,
      got: 'a network that was trained on pieces of images (--crop)',
      expected: 'one of whole images: only of those can be said what to expect',
      fix: 'name another run',
    });
  }
  throw new UserError({
    what: path,
    got: 'an autoencoder, which makes no masks',
    expected: 'a training',
    fix: 'name the folder of one',
  });
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

async function tellTime(
  run: Pick<OpenedRun, 'path'>,
  paths: readonly string[],
  context: RunContext,
): Promise<void> {
  const missing = (await Promise.all(paths.map(isDone))).filter((done) => !done).length;
  const own = await readEntry(run.path, RUN.summary);
  if (missing === 0 || !own || !('seconds' in own)) return;
  const minutes = Math.max(1, Math.round((missing * own.seconds) / 60));
  inform(
    context,
    `${missing} networks are trained without a part of the masks each: about ${minutes} min, as the run took ${Math.max(1, Math.round(own.seconds / 60))}`,
  );
}

async function isDone(path: string): Promise<boolean> {
  const summary = await readEntry(path, RUN.summary).catch(() => undefined);
  return summary !== undefined && !summary.interrupted;
}

/** Steps are told as those of all folds. */
function foldEvents(fold: number, folds: number, { onEvent }: RunContext) {
  return (event: RunEvent) => {
    if ((event.type === 'start' && fold > 0) || event.type === 'done') return;
    if (event.type !== 'step') return onEvent?.(event);
    const { step, steps, epoch, epochs } = event;
    onEvent?.({
      ...event,
      ...{
        step: fold * steps + step,
        steps: folds * steps,
        epoch: fold * epochs + epoch,
        epochs: folds * epochs,
      },
    });
  };
}
