import { readFileSync } from 'node:fs';
import { appendFile, mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { UserError } from '../core/errors.ts';
import { writeWhole } from '../core/files.node.ts';
import type { FileHashes } from '../data/read.node.ts';
import { ARM_NAMES } from './config.ts';

/** A row of `metrics.jsonl`. */
export type Row = Readonly<Record<string, number | string>>;

/** A sample in `splits.json`: its name and the SHA-256 of its files. */
export interface SplitEntry extends FileHashes {
  readonly stem: string;
}

/** What runs and studies write; overwriting takes away nothing else. */
const OWN_ENTRIES: readonly string[] = [
  'config.yaml',
  'environment.json',
  'splits.json',
  'metrics.jsonl',
  'results.csv',
  'test.csv',
  'study.csv',
  'summary.json',
  'report.html',
  'weights',
  'images',
  ...ARM_NAMES,
];

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
        fix: 'choose another, or pass --overwrite to replace it',
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
    for (const entry of content.filter((name) => OWN_ENTRIES.includes(name))) {
      await rm(join(path, entry), { recursive: true });
    }
    await mkdir(path, { recursive: true });
    return new RunFolder(path);
  }

  /** The resolved configuration and the environment. */
  async writeSetUp(
    config: Readonly<Record<string, unknown>>,
    command: string | undefined,
    threads: number,
  ): Promise<void> {
    await writeWhole(join(this.path, 'config.yaml'), stringify(config));
    await this.writeJson('environment.json', { ...environment(threads), command });
  }

  /** Which images did what: `splits.json`. */
  async writeSplits(
    parts: Partial<Record<'train' | 'validation' | 'test', { entries: readonly SplitEntry[] }>>,
  ): Promise<void> {
    const entries = (part: keyof typeof parts) => parts[part]?.entries ?? [];
    await this.writeJson('splits.json', {
      train: entries('train'),
      validation: entries('validation'),
      test: entries('test'),
    });
  }

  async writeJson(name: string, content: unknown): Promise<void> {
    await writeWhole(join(this.path, name), `${JSON.stringify(content, null, 2)}\n`);
  }

  /** Appends to `metrics.jsonl`. */
  async appendMetrics(row: Row): Promise<void> {
    await appendFile(join(this.path, 'metrics.jsonl'), `${JSON.stringify(row)}\n`);
  }

  /** An epoch's row, in `metrics.jsonl` and `results.csv`. */
  async appendEpoch(row: Row): Promise<void> {
    await this.appendMetrics(row);
    const path = join(this.path, 'results.csv');
    if (this.#resultColumns.length === 0) {
      this.#resultColumns = Object.keys(row);
      await appendFile(path, `${this.#resultColumns.join()}\n`);
    }
    await appendFile(path, `${this.#resultColumns.map((column) => row[column] ?? '').join()}\n`);
  }

  async writeCsv(name: string, rows: readonly Row[]): Promise<void> {
    await writeWhole(join(this.path, name), csvOf(rows));
  }

  weightsPath(which: 'best' | 'last'): string {
    return join(this.path, 'weights', `${which}.safetensors`);
  }
}

async function entriesOf(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new UserError({
      what: `--out ${path}`,
      got: `an error (${code})`,
      expected: 'a folder to write to',
    });
  }
}

/** Rows with equal keys as CSV; text with commas or quotes is quoted. */
export function csvOf(rows: readonly Row[]): string {
  const cell = (value: number | string) =>
    typeof value === 'string' && /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value);
  const columns = Object.keys(rows[0] ?? {});
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((cells) => `${cells.map(cell).join()}\n`)
    .join('');
}

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

export const manifest = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8'),
) as Manifest;

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
