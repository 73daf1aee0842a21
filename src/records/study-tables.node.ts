import { join } from 'node:path';
import { numberIn } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { STUDY } from './entries.ts';
import { expectEntry } from './entry.node.ts';
import {
  EPOCH_COLUMNS,
  type EpochRow,
  type ImageRow,
  MAY_BE_EMPTY,
  type NumbersOf,
  RUN_COLUMNS,
  RUN_KEYS,
  type RunKey,
  type RunRow,
  type StudyTables,
} from './study-tables.ts';

/**
 * Reads `study.csv`, `runs.csv` and `epochs.csv`. Other columns may be there, too: in `study.csv` each that holds numbers is
 * a metric, whose cells may be empty.
 *
 * @throws UserError for a file or a column that is missing, for a cell that is not what it should be, naming it, and for a row
 *   that occurs twice
 */
export async function readTables(folder: string): Promise<StudyTables> {
  const [images, runs, epochs] = await Promise.all([
    readTable(folder, STUDY.images, ['image']),
    readTable(folder, STUDY.runs, []),
    readTable(folder, STUDY.epochs, ['epoch']),
  ]);
  return { images: imageRows(images), runs: runs.map(runRow), epochs: epochs.map(epochRow) };
}

/** A column that only a study over folds has. */
const FOLD = 'fold';

/** A row of a file, with errors that name its cells. */
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
      ...(this.cells.fold && { fold: this.whole('fold', 1) }),
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
      got: `${keys
        .filter((key) => this.cells[key] !== undefined)
        .map((key) => `${key} ${this.cells[key]}`)
        .join(', ')} a second time`,
      expected: 'one row of each',
      fix: 'leave one of them out',
    });
  }
}

/** @param within what distinguishes the rows of one run */
async function readTable(
  folder: string,
  table: (typeof STUDY)['images'],
  within: readonly string[],
): Promise<Row[]> {
  const [file, keys] = [join(folder, table.name), [...RUN_KEYS, FOLD, ...within]];
  const rows = await expectEntry(folder, table);
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
    ...(row.cells.group && { group: row.cells.group }),
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
      !([...RUN_KEYS, FOLD, 'image', 'group'] as string[]).includes(column) &&
      (column === 'dice' || rows.some(({ cells }) => numberIn(cells[column]) !== undefined)),
  );
}

const runRow = (row: Row): RunRow => ({ ...row.key(), ...numbers(row, RUN_COLUMNS) });

const epochRow = (row: Row): EpochRow => ({
  ...row.key(),
  ...numbers(row, EPOCH_COLUMNS),
  epoch: row.whole('epoch', 1),
});

function numbers<Column extends string>(row: Row, columns: readonly Column[]): NumbersOf<Column> {
  const isEmpty = (column: string) => OPTIONAL.has(column) && !row.cells[column];
  const filled = columns.filter((column) => !isEmpty(column));
  return Object.fromEntries(filled.map((column) => [column, row.finite(column)])) as NumbersOf<Column>;
}

const OPTIONAL: ReadonlySet<string> = new Set(MAY_BE_EMPTY);
