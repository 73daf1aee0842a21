import { existsSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { csvOf, parseFields, type Row } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { appendLine, isUnfinished, readNamed, remove, writeWhole, writing } from '../core/files.node.ts';
import { makeFolder } from '../core/folders.node.ts';
import { LOCK } from '../core/lock/held.node.ts';
import { expectNoOwnerWithin } from '../core/lock/lock.node.ts';
import { manifest } from '../core/manifest.node.ts';
import { decodeText, wholeLines } from '../core/text.ts';
import { type ImageLook, knownLooks } from '../data/loading/look.ts';
import { RUNTIME_VERSION } from '../runtime/onnxruntime.node.ts';
import { RUN, RUN_PATHS } from './entries.ts';
import { readEntry, writeEntry } from './entry.node.ts';
import { ownOf } from './own-files.node.ts';
import type { BaselineRow, MetricsRow, SplitEntry, Splits, ThresholdRecord } from './run-records.ts';
import { RUN_KINDS, type RunKind, type SummaryOf } from './summaries.ts';

/** The folder that a run or a study writes: its only output and the record of what was done. */
export class RunFolder {
  #resultColumns: readonly string[] = [];

  private constructor(readonly path: string) {}

  /**
   * Looks whether a folder may be written, before any work is done for it.
   *
   * @throws UserError if it holds something already and may not be overwritten, or is no run, or if somebody writes a run in it
   */
  static async check(path: string, overwrite: boolean): Promise<void> {
    const content = await entriesOf(path);
    if (content.length === 0) return;
    if (!overwrite) {
      const settings = await settingsIn(path).catch(() => undefined);
      throw new UserError({
        what: `--out ${path}`,
        got: `a folder with ${content.length} entries`,
        expected: 'a new or empty folder',
        fix: settings
          ? 'choose another, or pass --resume to go on with the run in it, or --overwrite to replace it'
          : 'choose another',
      });
    }
    const settings = await settingsIn(path);
    if (!settings) {
      throw new UserError({
        what: `--out ${path}`,
        got: `a folder that is no run (it has no ${RUN.settings.name} of one)`,
        expected: 'a new or empty folder, or an earlier run',
        fix: 'choose another; --overwrite replaces runs only',
      });
    }
    const names = (await ownOf(path, settings)).map((entry) => entry.split(sep)[0]);
    for (const name of new Set(names)) await expectNoOwnerWithin(join(path, name));
  }

  /**
   * Makes the folder, and removes what an earlier run or study wrote there; other files stay.
   *
   * @throws UserError as `check` does
   */
  static async create(path: string, overwrite: boolean): Promise<RunFolder> {
    await RunFolder.check(path, overwrite);
    const settings = await settingsIn(path);
    for (const entry of settings ? await ownOf(path, settings) : []) await remove(join(path, entry));
    await writing(path, async () => makeFolder(path));
    await removeUnfinished(path);
    return new RunFolder(path);
  }

  /** The folder of a run that is resumed. Everything in it is kept, except files that were not written to their end. */
  static async reopen(path: string): Promise<RunFolder> {
    for (const folder of ['', ...[RUN_PATHS.best, RUN.pictures.name].map((path) => dirname(path))])
      await removeUnfinished(join(path, folder));
    return new RunFolder(path);
  }

  /** The resolved configuration and the environment. */
  async writeSetUp(
    config: Readonly<Record<string, unknown>>,
    command: string | undefined,
    threads: number,
  ): Promise<void> {
    await writeEntry(this.path, RUN.settings, config);
    await writeEntry(this.path, RUN.environment, { ...environment(threads), command });
  }

  /** Writes settings and environment; from here on the folder is that of an unfinished run. */
  async begin(...setUp: Parameters<RunFolder['writeSetUp']>): Promise<void> {
    await remove(join(this.path, RUN.summary.name));
    await this.writeSetUp(...setUp);
  }

  /** Which images train, validate and test; and what those are like that are learned from. */
  async writeSplits(parts: SplitParts): Promise<void> {
    await writeEntry(this.path, RUN.splits, splitsOf(parts));
    const learned = LEARNED_NAMES.flatMap((name) => parts[name]?.looks ?? []);
    if (learned.length > 0)
      await writeEntry(this.path, RUN.looks, { images: learned.length, ...knownLooks(learned) });
  }

  /**
   * A resumed run needs the images that it was started with.
   *
   * @throws UserError naming the first image that was not there, or not the same, when the run was started
   */
  async expectSplits(parts: SplitParts): Promise<void> {
    const before = await readEntry(this.path, RUN.splits);
    if (before) expectSameSplits(this.path, before, splitsOf(parts));
  }

  async appendMetrics(row: Row): Promise<void> {
    await appendLine(join(this.path, RUN.metrics.name), JSON.stringify(row));
  }

  /** An epoch's row, in the metrics and in the table of epochs; the former have the details, too. */
  async appendEpoch(row: Row, details: Row = {}): Promise<void> {
    await this.appendMetrics({ ...row, ...details });
    const path = join(this.path, RUN.epochs.name);
    if (this.#resultColumns.length === 0) {
      this.#resultColumns = Object.keys(row);
      await appendLine(path, csvOf([], this.#resultColumns).trimEnd());
    }
    await appendLine(path, this.#resultColumns.map((column) => row[column] ?? '').join());
  }

  /** Waits until all rows so far are on the disk: the saved state of a run must never be ahead of them. */
  async flushRows(): Promise<void> {
    const paths = [RUN.metrics, RUN.epochs].map(({ name }) => join(this.path, name));
    for (const path of paths.filter((path) => existsSync(path))) {
      await writing(path, async () => {
        const file = await open(path, 'r+');
        await file.sync().finally(() => file.close());
      });
    }
  }

  /**
   * Removes the rows after a step, and a row that was not written to its end.
   *
   * @throws UserError naming the first row that is damaged, or if the rows do not come as far
   */
  async cutBack(step: number, epochs: number): Promise<void> {
    const rows = (await readEntry(this.path, RUN.metrics)) ?? [];
    this.#expectRows(RUN.metrics.name, 'step', step, rows);
    this.#expectRows(RUN.metrics.name, 'epoch', epochs, rows);
    await this.#keep(RUN.metrics.name, (index) => {
      const row = rows[index];
      return row.step === undefined ? row.epoch! <= epochs : row.step <= step;
    });
    const [header, ...kept] = await this.#keep(RUN.epochs.name, (index) => index <= epochs);
    this.#expectRows(
      RUN.epochs.name,
      'epoch',
      epochs,
      kept.map((line) => ({ epoch: Number(line.split(',')[0]) })),
    );
    this.#resultColumns = header ? parseFields(header)[0] : [];
  }

  /** The saved state is never ahead of the rows. */
  #expectRows(
    name: string,
    of: 'step' | 'epoch',
    reached: number,
    rows: readonly Pick<MetricsRow, 'step' | 'epoch'>[],
  ): void {
    if (reached === 0 || rows.some((row) => row[of] === reached)) return;
    const last = rows.findLast((row) => row[of] !== undefined)?.[of];
    throw new UserError({
      what: join(this.path, name),
      got: last === undefined ? `no row of any ${of}` : `rows up to ${of} ${last}`,
      expected: `those up to ${of} ${reached}, which ${RUN_PATHS.state} has come to`,
      fix: 'restore both files, or start the run again with --overwrite',
    });
  }

  /** Of the lines that were written to their end. */
  async #keep(name: string, kept: (index: number) => boolean): Promise<string[]> {
    const path = join(this.path, name);
    if (!existsSync(path)) return [];
    const text = decodeText(wholeLines(await readNamed(path, 'the course of a run')), path);
    const lines = text.split('\n').slice(0, -1);
    const left = lines.filter((_, index) => kept(index));
    await writeWhole(path, left.map((line) => `${line}\n`).join(''));
    return left;
  }

  /** From which probability on masks of the validation images are best. */
  async writeThreshold(record: ThresholdRecord): Promise<void> {
    await writeEntry(this.path, RUN.threshold, record);
  }

  /** What the run scored on each test image. */
  async writeTest(rows: readonly (Row & { readonly stem: string })[]): Promise<void> {
    await writeEntry(this.path, RUN.test, rows);
  }

  /** What costs nothing, on the same images. */
  async writeBaselines(rows: readonly BaselineRow[]): Promise<void> {
    await writeEntry(this.path, RUN.baselines, rows);
  }

  /** The state from which a stopped run is resumed; it is deleted when the run is done. */
  get statePath(): string {
    return join(this.path, RUN_PATHS.state);
  }

  /** The summary, the last thing a run writes: it is done, or `interrupted`. */
  async finish(summary: SummaryOf<RunKind>): Promise<void> {
    await writeEntry(this.path, RUN.summary, summary);
    if (!summary.interrupted) await remove(this.statePath);
  }

  weightsPath(which: 'best' | 'last'): string {
    return join(this.path, RUN_PATHS[which]);
  }
}

const SPLIT_NAMES = ['train', 'validation', 'test'] as const;
type SplitName = (typeof SPLIT_NAMES)[number];

/** Of a training that learns from plain images: these, or these with their pseudo-masks. */
const PLAIN_NAMES = ['plain', 'pseudo'] as const;
/** What weights are learned from. */
const LEARNED_NAMES = ['train', ...PLAIN_NAMES] as const;

/** The images of a run by their use: to train, to validate, to test; and plain ones that a training learns from. */
export type SplitParts = Partial<
  Record<
    SplitName | (typeof PLAIN_NAMES)[number],
    { readonly entries: readonly SplitEntry[]; readonly looks?: readonly ImageLook[] }
  >
>;

function splitsOf(parts: SplitParts): Splits {
  const plain = PLAIN_NAMES.flatMap((name) => (parts[name] ? [[name, parts[name].entries] as const] : []));
  const named = SPLIT_NAMES.map((name) => [name, parts[name]?.entries ?? []] as const);
  return {
    ...(Object.fromEntries(named) as Record<SplitName, SplitEntry[]>),
    ...Object.fromEntries(plain),
  };
}

function expectSameSplits(run: string, before: Splits, now: Splits): void {
  for (const name of [...SPLIT_NAMES, ...PLAIN_NAMES]) {
    const [earlier, present] = [before[name] ?? [], now[name] ?? []];
    const length = Math.max(earlier.length, present.length);
    for (let i = 0; i < length; i++) {
      const [then, found] = [earlier[i], present[i]];
      if (then && found && SAMPLE_KEYS.every((key) => then[key] === found[key])) continue;
      const same = then?.stem === found?.stem;
      const other = then?.group === found?.group ? 'other content' : `group ${found?.group ?? 'none'}`;
      throw new UserError({
        what: `--resume ${run}: ${name} image ${i + 1}`,
        got: found ? `${found.stem}${same ? ` with ${other}` : ''}` : 'none',
        expected: then ? `${then.stem} as it was when the run was started` : 'no more images',
        fix: 'restore the data, or start the run again with --overwrite',
      });
    }
  }
}

const SAMPLE_KEYS = ['stem', 'image', 'mask', 'source', 'group'] as const;

async function removeUnfinished(path: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  for (const name of names.filter(isUnfinished)) await remove(join(path, name));
}

/**
 * The settings of the run or the study in a folder; undefined where they are those of something else, or of nothing.
 *
 * @throws UserError if they are there and must not be read
 */
async function settingsIn(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { name, what, read } = RUN.settings;
  const file = join(path, name);
  if (!existsSync(file)) return undefined;
  const bytes = await readNamed(file, what);
  try {
    const settings = read(decodeText(bytes, file), file);
    return RUN_KINDS.some((kind) => kind === settings.kind) ? settings : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** What is in a folder, without its lock and files that were not written to their end. */
async function entriesOf(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).filter((name) => name !== LOCK && !isUnfinished(name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new UserError({
      what: `--out ${path}`,
      got: code === 'ENOTDIR' ? 'a file in the way' : `an error (${code})`,
      expected: 'a folder to write to',
      fix: 'choose another',
    });
  }
}

function environment(threads: number) {
  return {
    fewmask: manifest.version,
    node: process.version,
    onnxruntime: RUNTIME_VERSION,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    threads,
  };
}
