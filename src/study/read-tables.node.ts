import { join } from 'node:path';
import { numberIn, parseCsv } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { readNamed } from '../core/files.node.ts';
import { STUDY } from '../records/entries.ts';
import {
  type EpochRow,
  type ImageRow,
  RUN_COLUMNS,
  type RunKey,
  type RunRow,
  type StudyTables,
} from './tables.ts';

const KEYS = ['arm', 'labels', 'draw', 'seed'];
const EPOCH_NUMBERS = ['epoch', 'train_loss', 'val_loss', 'val_dice'] as const;

/**
 * Reads `study.csv`, `runs.csv` and `epochs.csv`. Other columns may be there, too: in `study.csv` each that holds numbers is
 * a metric, whose cells may be empty.
 *
 * @throws UserError for a file or a column that is missing, for a cell that is not what it should be, naming it, and for a row
 *   that is there twice
 */
export async function readTables(folder: string): Promise<StudyTables> {
  const [images, runs, epochs] = await Promise.all([
    readTable(join(folder, STUDY.images.name), ['image'], ['dice']),
    readTable(join(folder, STUDY.runs.name), [], RUN_COLUMNS),
    readTable(join(folder, STUDY.epochs.name), ['epoch'], EPOCH_NUMBERS),
  ]);
  return { images: imageRows(images), runs: runs.map(runRow), epochs: epochs.map(epochRow) };
}

/** A row of a file, which complains about its cells. */
class Row {
  constructor(
    readonly cells: Readonly<Record<string, string>>,
    readonly file: string,
    /** From 1, after the header. */
    readonly number: number,
  ) {}

  text(column: string): string {
    return this.cells[column] || this.refuse(column, 'a name');
  }

  finite(column: string): number {
    return numberIn(this.cells[column]) ?? this.refuse(column, 'a finite number');
  }

  /** A whole number. */
  whole(column: string, least: number): number {
    const value = this.finite(column);
    return Number.isInteger(value) && value >= least
      ? value
      : this.refuse(column, `a whole number from ${least} on`);
  }

  key(): RunKey {
    return {
      arm: this.text('arm'),
      labels: this.text('labels'),
      draw: this.whole('draw', 0),
      seed: this.whole('seed', 0),
    };
  }

  refuse(column: string, expected: string): never {
    const cell = this.cells[column];
    throw new UserError({
      what: `${this.file}, row ${this.number} after the header, ${column}`,
      got: cell ? `"${cell}"` : 'nothing',
      expected,
      fix: 'correct it, or leave the run out of all three tables',
    });
  }

  refuseTwice(keys: readonly string[]): never {
    throw new UserError({
      what: `${this.file}, row ${this.number} after the header`,
      got: `${keys.map((key) => `${key} ${this.cells[key]}`).join(', ')} a second time`,
      expected: 'one row of each',
      fix: 'leave one of them out',
    });
  }
}

/**
 * @param within what tells the rows of a run apart, beside what names the run
 * @param columns that it must have, too
 */
async function readTable(
  file: string,
  within: readonly string[],
  columns: readonly string[],
): Promise<Row[]> {
  const keys = [...KEYS, ...within];
  const wanted = [...new Set([...keys, ...columns])];
  const expected = `a CSV file with the columns ${wanted.join(', ')}`;
  const rows = parseCsv((await readNamed(file, expected)).toString());
  const found = new Set(rows.flatMap(Object.keys));
  const missing = wanted.filter((column) => rows.length > 0 && !found.has(column));
  if (missing.length > 0) {
    throw new UserError({
      what: file,
      got: `no column ${missing.map((column) => `"${column}"`).join(', ')}`,
      expected,
      fix: 'restore the file, or run the study again',
    });
  }
  const seen = new Set<string>();
  return rows.map((cells, index) => {
    const row = new Row(cells, file, index + 1);
    const key = JSON.stringify(keys.map((column) => cells[column]));
    if (seen.has(key)) row.refuseTwice(keys);
    seen.add(key);
    return row;
  });
}

function imageRows(rows: readonly Row[]): ImageRow[] {
  const metrics = metricsIn(rows);
  return rows.map((row) => ({
    ...row.key(),
    image: row.text('image'),
    scores: Object.fromEntries(
      metrics.flatMap((metric) => (row.cells[metric] ? [[metric, row.finite(metric)]] : [])),
    ),
  }));
}

/** Columns with a number in some row; `dice` whatever is in it. */
function metricsIn(rows: readonly Row[]): string[] {
  const columns = [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))];
  return columns.filter(
    (column) =>
      ![...KEYS, 'image'].includes(column) &&
      (column === 'dice' || rows.some(({ cells }) => numberIn(cells[column]) !== undefined)),
  );
}

const runRow = (row: Row): RunRow => ({ ...row.key(), ...numbers(row, RUN_COLUMNS) });

const epochRow = (row: Row): EpochRow => ({
  ...row.key(),
  ...numbers(row, EPOCH_NUMBERS),
  epoch: row.whole('epoch', 1),
});

function numbers<Column extends string>(row: Row, columns: readonly Column[]): Record<Column, number> {
  return Object.fromEntries(columns.map((column) => [column, row.finite(column)])) as Record<Column, number>;
}
