import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { cachedFile } from '../encoders/cache.node.ts';
import { DEFAULT_ENCODER, isEncoderName, knownEncoder } from '../encoders/catalogue.ts';
import type { RunContext, RunEvent } from '../events/run-event.ts';
import { RUN, RUN_PATHS } from '../records/entries.ts';
import { readEntry } from '../records/entry.node.ts';
import type { TrainSummary } from '../records/summaries.ts';
import { parseSettings } from '../settings/parse.ts';
import { withRecipe } from '../settings/recipes.ts';
import { settingsOf } from '../settings/setting.ts';
import { type TrainOptions, trainSchema } from '../settings/training.ts';
import type { CurvesView, RunView, startSchema } from './api.ts';
import { CHOICES } from './choices.ts';
import type { Queue } from './queue.node.ts';
import type { ReadingSettings } from './settings.ts';

/** Trains a network into a folder, or goes on with what was stopped there. */
export type Train = (
  options: TrainOptions,
  output: RunContext & { readonly out: string; readonly resume?: boolean },
) => Promise<TrainSummary>;

/** A training that is under way or waits. */
interface Job {
  readonly name: string;
  readonly options: TrainOptions;
  readonly resume: boolean;
  readonly controller: AbortController;
  view: Partial<RunView>;
  since?: { readonly step: number; readonly ms: number };
}

/** The trainings of a data folder: one at a time, the others wait. They are run folders like any others. */
export class Trainings {
  readonly #jobs = new Map<string, Job>();
  readonly #failed = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  constructor(
    /** The folder that run folders lie in. */
    readonly folder: string,
    /** What takes all of the machine, one after the other. */
    readonly queue: Queue,
    readonly options: {
      readonly data: string;
      readonly encoder?: string;
      /** How its masks are read. */
      readonly reading?: Partial<ReadingSettings>;
      readonly train: Train;
    },
  ) {}

  /** Tells of every change. @returns what ends that */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /**
   * Starts a training, or queues it.
   *
   * @returns its name
   * @throws UserError for settings that cannot be given here, and for an encoder that would have to be fetched
   */
  async start({ choice, settings, download }: z.output<typeof startSchema>): Promise<string> {
    const { data, encoder, reading } = this.options;
    expectHarmless(settings);
    const options = {
      ...reading,
      ...CHOICES[choice].settings,
      ...settings,
      data,
      ...(encoder && { encoder }),
    };
    // What is wrong is told now, not when it is its turn.
    parseSettings(trainSchema, withRecipe(options as TrainOptions, true));
    expectEncoder(encoder, download);
    const name = await this.#freeName();
    this.#queue({ name, options: options as TrainOptions, resume: false });
    return name;
  }

  /** Goes on with a training that was stopped. @throws UserError where there is none of that name */
  async resume(name: string): Promise<void> {
    const view = (await this.list()).find((run) => run.name === name);
    if (view?.state !== 'stopped' && view?.state !== 'failed') {
      throw new UserError({
        what: name,
        got: view?.state ?? 'no such run',
        expected: 'one that was stopped',
      });
    }
    this.#queue({ name, options: { data: this.options.data }, resume: true });
  }

  /** Stops a training after its step under way, its state saved; one that waits is taken out of the queue. */
  stop(name: string): void {
    this.#jobs.get(name)?.controller.abort();
    this.#changed();
  }

  /** Stops all, and waits until what ran is saved. */
  async close(): Promise<void> {
    for (const { controller } of this.#jobs.values()) controller.abort();
    await this.queue.idle();
  }

  #queue(job: Pick<Job, 'name' | 'options' | 'resume'>): void {
    this.#failed.delete(job.name);
    this.#jobs.set(job.name, { ...job, controller: new AbortController(), view: { state: 'queued' } });
    this.queue.add(() => this.#work(this.#jobs.get(job.name)!));
    this.#changed();
  }

  async #work(job: Job): Promise<void> {
    const { name, options, resume, controller } = job;
    try {
      if (controller.signal.aborted) return;
      job.view = { state: 'running', note: 'reading the images' };
      this.#changed();
      const onEvent = (event: RunEvent) => this.#take(job, event);
      await this.options.train(options, {
        out: join(this.folder, name),
        resume,
        signal: controller.signal,
        onEvent,
      });
    } catch (error) {
      const own = error instanceof UserError;
      this.#failed.set(name, own ? error.message : 'it broke off; see the terminal');
      if (!own) console.error(error);
    } finally {
      this.#jobs.delete(name);
      this.#changed();
    }
  }

  #take(job: Job, event: RunEvent): void {
    if (event.type === 'step') {
      const { step, steps, loss } = event;
      job.since ??= { step, ms: performance.now() };
      const done = step - job.since.step;
      const left =
        done > 0 ? (((performance.now() - job.since.ms) / done) * (steps - step)) / 1000 : undefined;
      job.view = { ...job.view, step, steps, loss, left, note: undefined };
    } else if (event.type === 'epoch') {
      const { val_dice: dice } = event.row;
      if (dice !== undefined)
        job.view = { ...job.view, validation: Math.max(dice, job.view.validation ?? 0) };
    } else if (event.type === 'saved') {
      job.view = { ...job.view, saved: event.step };
    } else if (event.type === 'phase') {
      job.view = { ...job.view, note: `${event.phase}: ${event.done} of ${event.total}` };
    } else return;
    this.#changed();
  }

  /** All trainings on this data, the newest first. */
  async list(): Promise<RunView[]> {
    const names = await readdir(this.folder).catch((): string[] => []);
    const known = await Promise.all(names.map((name) => this.#runOf(name)));
    const waiting = [...this.#jobs.values()].filter(({ name }) => !names.includes(name));
    const runs = [
      ...known.filter((run) => run !== undefined),
      ...waiting.map(({ name, view }) => ({ name, state: 'queued' as const, reported: false, ...view })),
    ];
    return runs.sort((a, b) => b.name.localeCompare(a.name, 'en', { numeric: true }));
  }

  async #runOf(name: string): Promise<RunView | undefined> {
    const folder = join(this.folder, name);
    // A link may lead anywhere.
    if ((await place(folder)) !== join((await place(this.folder)) ?? '', name)) return undefined;
    const config = await readEntry(folder, RUN.settings).catch(() => undefined);
    if (config?.kind !== 'train' || (await place(config.data)) !== this.options.data) return undefined;
    const summary = await readEntry(folder, RUN.summary).catch(() => undefined);
    const done = summary?.kind === 'train' && !summary.interrupted ? summary : undefined;
    const failed = this.#failed.get(name);
    return {
      name,
      state: done ? 'done' : failed === undefined ? 'stopped' : 'failed',
      ...(failed !== undefined && { note: failed }),
      ...(done && {
        ...{ masks: done.masks, step: done.steps, steps: done.steps },
        ...{ validation: done.best_val_dice, test: done.test?.native.dice.mean },
      }),
      reported: existsSync(join(folder, RUN_PATHS.report)),
      ...this.#jobs.get(name)?.view,
    };
  }

  /** The folder of a training of this list; undefined for other names. */
  async folderOf(name: string): Promise<string | undefined> {
    return (await this.list()).some((run) => run.name === name) ? join(this.folder, name) : undefined;
  }

  /** The curves of a training so far, by its records. */
  async curvesOf(folder: string): Promise<CurvesView> {
    const rows = (await readEntry(folder, RUN.metrics).catch(() => undefined)) ?? [];
    const points = (at: 'step' | 'epoch', name: 'train_loss' | 'val_dice') =>
      thinned(
        rows.flatMap((row) => {
          const [x, value] = [row[at], row[name]];
          return typeof x === 'number' && typeof value === 'number' ? [{ at: x, value }] : [];
        }),
      );
    return { loss: points('step', 'train_loss'), validation: points('epoch', 'val_dice') };
  }

  async #freeName(): Promise<string> {
    const names = new Set([...(await readdir(this.folder).catch(() => [])), ...this.#jobs.keys()]);
    const stem = basename(this.options.data).replaceAll(/[^\w-]+/g, '-') || 'run';
    for (let number = 1; ; number++) if (!names.has(`${stem}-${number}`)) return `${stem}-${number}`;
  }
}

const MOST_POINTS = 400;

/** At most so many, evenly. */
function thinned<T>(points: readonly T[]): T[] {
  const every = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, i) => i % Math.max(1, every) === 0 || i === points.length - 1);
}

/** Where a path leads, links followed. */
export const place = async (path: unknown): Promise<string | undefined> =>
  typeof path === 'string' ? realpath(resolve(path)).catch(() => undefined) : undefined;

/** Paths are not given from a page. */
function expectHarmless(settings: Readonly<Record<string, unknown>>): void {
  const paths = settingsOf(trainSchema).flatMap(([name, , about]) =>
    about.path === undefined ? [] : [name],
  );
  const path = Object.keys(settings).find((name) => paths.includes(name));
  if (path === undefined) return;
  throw new UserError({
    what: path,
    got: 'a path',
    expected: 'settings that are none: these are given on the command line',
    fix: 'leave it out',
  });
}

/** What is to be fetched is fetched only if that was said. */
function expectEncoder(name: string = DEFAULT_ENCODER, download: boolean): void {
  if (download || !isEncoderName(name)) return;
  const known = knownEncoder(name);
  if (known && existsSync(cachedFile(known))) return;
  throw new UserError({
    what: `encoder ${name}`,
    got: 'none that is on this machine',
    expected: 'one that is there',
    fix: known ? `allow to download it (${Math.round(known.download / 1e6)} MB)` : 'allow to download it',
  });
}
