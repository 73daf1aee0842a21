import { existsSync } from 'node:fs';
import { appendFile, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { csvOf, type Row } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { isUnfinished, readJson, writeWhole, writing } from '../core/files.node.ts';
import { manifest } from '../core/manifest.node.ts';
import type { FileHashes } from '../data/loading/read.node.ts';
import { readMapping } from '../settings/mapping.node.ts';
import { LOCK } from './lock.node.ts';

/** A sample in `splits.json`: its name and the SHA-256 of its files. */
export interface SplitEntry extends FileHashes {
  readonly stem: string;
}

/**
 * What runs and studies write; overwriting takes away nothing else, and that in this order: if it is cut off, nothing is
 * taken for a run that could go on, and what is left can still be overwritten.
 */
const OWN_ENTRIES: readonly string[] = [
  'summary.json',
  'state.safetensors',
  'environment.json',
  'splits.json',
  'metrics.jsonl',
  'results.csv',
  'comparisons.csv',
  'test.csv',
  'study.csv',
  'runs.csv',
  'epochs.csv',
  'times.csv',
  'analysis.json',
  'report.html',
  'weights',
  'images',
];

/** The last to go: without it a folder is no run. */
const SETTINGS = 'config.yaml';

/** The folder that a run or a study writes: its only output and the record of what was done. */
export class RunFolder {
  #resultColumns: readonly string[] = [];

  private constructor(readonly path: string) {}

  /**
   * Looks whether a folder may be written, before any work is done for it.
   *
   * @throws UserError if it holds something already and may not be overwritten, or is no run
   */
  static async check(path: string, overwrite: boolean): Promise<void> {
    const content = await entriesOf(path);
    if (content.length > 0 && !overwrite) {
      throw new UserError({
        what: `--out ${path}`,
        got: `a folder with ${content.length} entries`,
        expected: 'a new or empty folder',
        fix: content.includes('config.yaml')
          ? 'choose another, or pass --resume to go on with the run in it, or --overwrite to replace it'
          : 'choose another',
      });
    }
    if (content.length > 0 && !content.includes('config.yaml')) {
      throw new UserError({
        what: `--out ${path}`,
        got: 'a folder that is no run (it has no config.yaml)',
        expected: 'a new or empty folder, or an earlier run',
        fix: 'choose another; --overwrite replaces runs only',
      });
    }
  }

  /**
   * Makes the folder, and takes away what an earlier run or study wrote there; whatever else lies there stays.
   *
   * @throws UserError as `check` does
   */
  static async create(path: string, overwrite: boolean): Promise<RunFolder> {
    await RunFolder.check(path, overwrite);
    const content = await entriesOf(path);
    const own = [...OWN_ENTRIES, ...(await membersOf(path, content)), SETTINGS];
    for (const entry of own.filter((name) => content.includes(name))) {
      await rm(join(path, entry), { recursive: true });
    }
    await writing(path, () => mkdir(path, { recursive: true }));
    await removeUnfinished(path);
    return new RunFolder(path);
  }

  /** The folder of a run that goes on, all that is in it kept but files that were not written to their end. */
  static async reopen(path: string): Promise<RunFolder> {
    for (const folder of ['', 'weights', 'images']) await removeUnfinished(join(path, folder));
    return new RunFolder(path);
  }

  /** The resolved configuration and the environment. */
  async writeSetUp(
    config: Readonly<Record<string, unknown>>,
    command: string | undefined,
    threads: number,
  ): Promise<void> {
    await writeWhole(join(this.path, SETTINGS), stringify(config));
    await this.writeJson('environment.json', { ...environment(threads), command });
  }

  /** Writes settings and environment; from here on the folder is of a run that is not done. */
  async begin(...setUp: Parameters<RunFolder['writeSetUp']>): Promise<void> {
    await rm(join(this.path, 'summary.json'), { force: true });
    await this.writeSetUp(...setUp);
  }

  /** Which images do what: `splits.json`. */
  async writeSplits(parts: SplitParts): Promise<void> {
    await this.writeJson('splits.json', splitsOf(parts));
  }

  /**
   * A run that goes on needs the images that it was started with.
   *
   * @throws UserError naming the first image that was not there, or not the same, when `splits.json` was written
   */
  async expectSplits(parts: SplitParts): Promise<void> {
    const path = join(this.path, 'splits.json');
    if (!existsSync(path)) return;
    expectSameSplits(this.path, await readJson<Splits>(path, 'the images of a run'), splitsOf(parts));
  }

  async writeJson(name: string, content: unknown): Promise<void> {
    await writeWhole(join(this.path, name), `${JSON.stringify(content, null, 2)}\n`);
  }

  /** Appends to `metrics.jsonl`. */
  async appendMetrics(row: Row): Promise<void> {
    await append(join(this.path, 'metrics.jsonl'), JSON.stringify(row));
  }

  /** An epoch's row, in `metrics.jsonl` and `results.csv`; the former has the details, too. */
  async appendEpoch(row: Row, details: Row = {}): Promise<void> {
    await this.appendMetrics({ ...row, ...details });
    const path = join(this.path, 'results.csv');
    if (this.#resultColumns.length === 0) {
      this.#resultColumns = Object.keys(row);
      await append(path, this.#resultColumns.join());
    }
    await append(path, this.#resultColumns.map((column) => row[column] ?? '').join());
  }

  /** Waits until the disk has all rows so far: what is saved of a run's state must never be ahead of them. */
  async flushRows(): Promise<void> {
    for (const name of ['metrics.jsonl', 'results.csv'].filter((name) => existsSync(join(this.path, name)))) {
      const file = await open(join(this.path, name), 'r+');
      await file.sync().finally(() => file.close());
    }
  }

  /** Takes away the rows after a step, and a row that was not written to its end. */
  async cutBack(step: number, epochs: number): Promise<void> {
    const keep = async (name: string, kept: (line: string, index: number) => boolean) => {
      const path = join(this.path, name);
      const text = await readFile(path, 'utf8').catch(() => undefined);
      if (text === undefined) return [];
      const lines = text.split('\n').slice(0, -1).filter(kept);
      await writeWhole(path, lines.map((line) => `${line}\n`).join(''));
      return lines;
    };
    await keep('metrics.jsonl', (line) => {
      const row = JSON.parse(line) as { step?: number; epoch?: number };
      return row.step === undefined ? row.epoch! <= epochs : row.step <= step;
    });
    const [header] = await keep('results.csv', (_, index) => index <= epochs);
    this.#resultColumns = header?.split(',') ?? [];
  }

  async writeCsv(name: string, rows: readonly Row[]): Promise<void> {
    await writeWhole(join(this.path, name), csvOf(rows));
  }

  /** What the run goes on from if it is stopped; it goes away when the run is done. */
  get statePath(): string {
    return join(this.path, 'state.safetensors');
  }

  /** The summary, the last thing a run writes: it is done, or `interrupted`. */
  async finish(summary: { readonly interrupted: boolean }): Promise<void> {
    await this.writeJson('summary.json', summary);
    if (!summary.interrupted) await rm(this.statePath, { force: true });
  }

  weightsPath(which: 'best' | 'last'): string {
    return join(this.path, 'weights', `${which}.safetensors`);
  }
}

const SPLIT_NAMES = ['train', 'validation', 'test'] as const;
type SplitName = (typeof SPLIT_NAMES)[number];
type Splits = Readonly<Record<SplitName, readonly SplitEntry[]>>;

/** The images of a run by what they do in it. */
export type SplitParts = Partial<Record<SplitName, { readonly entries: readonly SplitEntry[] }>>;

function splitsOf(parts: SplitParts): Splits {
  return Object.fromEntries(SPLIT_NAMES.map((name) => [name, parts[name]?.entries ?? []])) as Splits;
}

function expectSameSplits(run: string, before: Splits, now: Splits): void {
  for (const name of SPLIT_NAMES) {
    const length = Math.max(before[name].length, now[name].length);
    for (let i = 0; i < length; i++) {
      const [then, found] = [before[name][i], now[name][i]];
      if (then && found && SAMPLE_KEYS.every((key) => then[key] === found[key])) continue;
      const same = then?.stem === found?.stem;
      throw new UserError({
        what: `--resume ${run}: ${name} image ${i + 1}`,
        got: found ? `${found.stem}${same ? ' with other content' : ''}` : 'none',
        expected: then ? `${then.stem} as it was when the run was started` : 'no more images',
        fix: 'restore the data, or start the run again with --overwrite',
      });
    }
  }
}

const SAMPLE_KEYS = ['stem', 'image', 'mask'] as const;

function append(path: string, line: string): Promise<void> {
  return writing(path, () => appendFile(path, `${line}\n`));
}

async function removeUnfinished(path: string): Promise<void> {
  const names = await readdir(path).catch(() => []);
  for (const name of names.filter(isUnfinished)) await rm(join(path, name), { force: true });
}

/** The folders of a study's arms and pretrainings. */
async function membersOf(path: string, content: readonly string[]): Promise<string[]> {
  if (!content.includes(SETTINGS)) return [];
  // What cannot be read any more names nothing.
  const { arms, pretrainings } = await readMapping(join(path, SETTINGS), 'settings').catch(
    (): Record<string, unknown> => ({}),
  );
  const names = [arms, pretrainings].flatMap((named) =>
    Array.isArray(named) ? named.map(String) : Object.keys(named ?? {}),
  );
  return names.filter((name) => !OWN_ENTRIES.includes(name) && content.includes(name));
}

/** What lies in a folder; neither its lock nor a file that was not written to its end is anything. */
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
    onnxruntime: manifest.dependencies['onnxruntime-node'],
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    threads,
  };
}
