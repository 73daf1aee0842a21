import { UserError } from '../core/errors.ts';
import { inform } from '../core/events.ts';
import type { Sample } from '../data/folders/folder.node.ts';
import type { RunContext, RunEvent } from '../events/run-event.ts';
import { RUN } from '../records/entries.ts';
import { expectEntry, readEntry } from '../records/entry.node.ts';
import type { TrainConfig, TrainOptions } from '../settings/training.ts';
import type { OpenedRun } from './open-run.node.ts';
import { trainInRounds } from './self-training.node.ts';

/** A training of a run's settings on other images. */
export interface Retraining {
  readonly out: string;
  readonly train: readonly Sample[];
  /** What is tested in the end, and seen in no other way: not as plain images either. */
  readonly test: readonly Sample[];
  /** Default the run's own. */
  readonly seed?: number;
}

/** Which of how many trainings one is, from 0. */
interface Counted {
  readonly number: number;
  readonly of: number;
}

/**
 * The settings of a training.
 *
 * @throws UserError for a run of another kind
 */
export function trainingOf({ path, config }: Pick<OpenedRun, 'path' | 'config'>): TrainConfig {
  if (config.kind === 'train') {
    const { kind: _, ...settings } = config;
    return settings;
  }
  throw new UserError({
    what: path,
    got: 'an autoencoder, which makes no masks',
    expected: 'a training',
    fix: 'name the folder of one',
  });
}

/**
 * The settings of a training whose networks can be trained anew on other images.
 *
 * @throws UserError for a run of another kind, and for one on pieces of images
 */
export function expectTraining(run: Pick<OpenedRun, 'path' | 'config'>): TrainConfig {
  const settings = trainingOf(run);
  if (!settings.crop) return settings;
  throw new UserError({
    what: run.path,
    got: 'a network that was trained on pieces of images (--crop)',
    expected: 'one of whole images: only of those can be said what to expect',
    fix: 'name another run',
  });
}

/**
 * Trains a network with a run's settings on other images. It does not validate: its weights are the last ones. What is there already
 * is not trained again, and what was stopped goes on.
 *
 * @returns whether it ended; false if it was interrupted
 * @throws UserError where a training on other images is there already
 */
export async function retrain(
  config: TrainConfig,
  { out, train, test, seed = config.seed }: Retraining,
  counted: Counted,
  context: RunContext,
): Promise<boolean> {
  const { fold: _, ...settings } = config;
  const options = { ...settings, seed, validation: false, patience: 0 } as TrainOptions;
  const splits = { train, validation: [], test, plain: [], warnings: [] };
  const place = { ...context, out, resume: true, onEvent: countedEvents(counted, context) };
  const summary = await trainInRounds(options, place, { splits, apart: test });
  if (summary.interrupted) return false;
  const there = await expectEntry(out, RUN.splits);
  if (namesOf(there.train) === namesOf(train) && namesOf(there.test) === namesOf(test)) return true;
  throw new UserError({
    what: out,
    got: 'a network that was trained on other images',
    expected: `${train.length} images with masks of the run, as they are now`,
    fix: 'remove that folder, and give the same command again',
  });
}

const namesOf = (images: readonly { readonly stem: string }[]): string =>
  images
    .map(({ stem }) => stem)
    .sort()
    .join('\n');

/** Tells how long trainings will take, by the time of the run itself. */
export async function tellTime(
  run: Pick<OpenedRun, 'path'>,
  paths: readonly string[],
  what: string,
  context: RunContext,
): Promise<void> {
  const missing = (await Promise.all(paths.map(isDone))).filter((done) => !done).length;
  const own = await readEntry(run.path, RUN.summary);
  if (missing === 0 || !own || !('seconds' in own)) return;
  const minutes = (seconds: number) => Math.max(1, Math.round(seconds / 60));
  const all = minutes(missing * own.seconds);
  const time = all < 120 ? `${all} min` : `${(all / 60).toFixed(1)} h`;
  inform(
    context,
    `${missing} networks are trained ${what}: about ${time}, as the run took ${minutes(own.seconds)} min`,
  );
}

/** Whether there is a network that was trained to the end. */
export async function isDone(path: string): Promise<boolean> {
  const summary = await readEntry(path, RUN.summary).catch(() => undefined);
  return summary !== undefined && !summary.interrupted;
}

/** Steps are told as those of all trainings. */
function countedEvents({ number, of }: Counted, { onEvent }: RunContext) {
  return (event: RunEvent) => {
    if ((event.type === 'start' && number > 0) || event.type === 'done') return;
    if (event.type !== 'step') return onEvent?.(event);
    const { step, steps, epoch, epochs } = event;
    onEvent?.({
      ...event,
      ...{
        step: number * steps + step,
        steps: of * steps,
        epoch: number * epochs + epoch,
        epochs: of * epochs,
      },
    });
  };
}
