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

/** What came of a training that failed, and how it was begun: it may have left no folder. */
interface Failure {
  readonly message: string;
  readonly options: TrainOptions;
}

/** The trainings of a data folder: one at a time, the others wait. They are run folders like any others. */
export class Trainings {
  readonly #jobs = new Map<string, Job>();
  readonly #failed = new Map<string, Failure>();
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
    const there = await readdir(this.folder).catch((): string[] => []);
    // A name is free until the next wait.
    const name = this.#freeName(there);
    this.#queue({ name, options: options as TrainOptions, resume: false });
    return name;
  }

  /**
   * Goes on with a training that was stopped; one that failed before it had a folder begins anew.
   *
   * @throws UserError where there is none of that name, or it is under way
   */
  async resume(name: string): Promise<void> {
    const view = (await this.list()).find((run) => run.name === name);
    if (view?.state !== 'stopped' && view?.state !== 'failed') {
      throw notStopped(name, view?.state);
    }
    const failure = this.#failed.get(name);
    if (failure && !existsSync(join(this.folder, name)))
      this.#queue({ name, options: failure.options, resume: false });
    else this.#queue({ name, options: { data: this.options.data }, resume: true });
  }

  /** Stops a training after its step under way, its state saved; one that waits is taken out of the queue. */
  stop(name: string): void {
    const job = this.#jobs.get(name);
    job?.controller.abort();
    if (job?.view.state === 'queued') this.#jobs.delete(name);
    this.#changed();
  }

  /** Stops all, and waits until what ran is saved. */
  async close(): Promise<void> {
    for (const name of [...this.#jobs.keys()]) this.stop(name);
    await this.queue.idle();
  }

  /** @throws UserError for one that runs or waits already */
  #queue({ name, options, resume }: Pick<Job, 'name' | 'options' | 'resume'>): void {
    if (this.#jobs.has(name)) throw notStopped(name, this.#jobs.get(name)!.view.state);
    const job: Job = {
      ...{ name, options, resume },
      ...{ controller: new AbortController(), view: { state: 'queued' } },
    };
    this.#failed.delete(name);
    this.#jobs.set(name, job);
    this.queue.add(() => this.#work(job)).catch(console.error);
    this.#changed();
  }

  async #work(job: Job): Promise<void> {
    const { name, options, resume, controller } = job;
    if (controller.signal.aborted) return;
    try {
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
      const message = own ? error.message : 'it broke off; see the terminal';
      this.#failed.set(name, { message, options });
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
    const runs = (await Promise.all(names.map((name) => this.#runOf(name)))).filter(
      (run) => run !== undefined,
    );
    const known = new Set(runs.map(({ name }) => name));
    for (const name of [...this.#jobs.keys(), ...this.#failed.keys()])
      if (!known.has(name)) runs.push({ name, reported: false, ...this.#toldOf(name, 'queued') });
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
    return {
      name,
      ...(done && {
        ...{ masks: done.masks, step: done.steps, steps: done.steps },
        ...{ validation: done.best_val_dice, test: done.test?.native.dice.mean },
      }),
      reported: existsSync(join(folder, RUN_PATHS.report)),
      ...this.#toldOf(name, done ? 'done' : 'stopped'),
    };
  }

  /** What is known of a training beside its folder, whose state is `otherwise`. */
  #toldOf(name: string, otherwise: RunView['state']): Pick<RunView, 'state'> & Partial<RunView> {
    const failure = this.#failed.get(name);
    return {
      state: otherwise,
      ...(failure && otherwise !== 'done' && { state: 'failed', note: failure.message }),
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

  #freeName(there: readonly string[]): string {
    const names = new Set([...there, ...this.#jobs.keys()]);
    const stem = basename(this.options.data).replaceAll(/[^\w-]+/g, '-') || 'run';
    for (let number = 1; ; number++) if (!names.has(`${stem}-${number}`)) return `${stem}-${number}`;
  }
}

const notStopped = (name: string, state = 'no such run') =>
  new UserError({ what: name, got: state, expected: 'one that was stopped' });

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
  const found = settingsOf(trainSchema).find(([name, , { path, file }]) => {
    const given = settings[name];
    return (path !== undefined && name in settings) || (typeof given === 'string' && file?.(given));
  });
  if (found === undefined) return;
  throw new UserError({
    what: found[0],
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
