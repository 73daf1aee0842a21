import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { numberIn } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { mean } from '../core/mean.ts';
import { STUDY } from './entries.ts';
import { expectEntry, readEntry } from './entry.node.ts';
import {
  agree,
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
 * @throws UserError for a file or a column that is missing, for a cell that is not what it should be, naming it, for a row
 *   that occurs twice, and for a run of which `study.csv` and `runs.csv` do not say the same. Of a study that is not done, runs
 *   that are in one of them alone are left out: it writes one after the other
 */
export async function readTables(folder: string): Promise<StudyTables> {
  return tablesOf(await wholeRuns(folder));
}

type Cells = Readonly<Record<string, string>>;

/**
 * The same tables, the cells as they are written.
 *
 * @throws UserError as `readTables` does
 */
export async function readTableCells(folder: string): Promise<Record<keyof StudyTables, Cells[]>> {
  const rows = await wholeRuns(folder);
  tablesOf(rows);
  const { images, runs, epochs } = rows;
  const written = (table: readonly Row[]) => table.map((row) => row.written());
  return { images: written(images), runs: written(runs), epochs: written(epochs) };
}

type TableRows = Readonly<Record<keyof StudyTables, readonly Row[]>>;

const tablesOf = ({ images, runs, epochs }: TableRows): StudyTables => ({
  images: imageRows(images),
  runs: runs.map(runRow),
  epochs: epochs.map(epochRow),
});

/** Whether a study is made in this folder and is not done; tables that are kept by themselves have no plan. */
async function isUnderWay(folder: string): Promise<boolean> {
  if (!existsSync(join(folder, STUDY.plan.name))) return false;
  return (await readEntry(folder, STUDY.summary))?.interrupted ?? true;
}

/** The rows of the runs that both tables have. */
async function wholeRuns(folder: string): Promise<TableRows> {
  // Before the tables: a study that is done writes none.
  const mayBeAhead = await isUnderWay(folder);
  // They are written in another order: who reads while a run lands finds the images of all runs.
  const runs = await readTable(folder, STUDY.runs, []);
  const [images, epochs] = await Promise.all([
    readTable(folder, STUDY.images, ['image']),
    readTable(folder, STUDY.epochs, ['epoch']),
  ]);
  const refuse = (row: Row, got: string, expected: string): never => {
    const { arm, labels, draw, seed, fold } = row.key();
    const named = `arm ${arm}, labels ${labels}, draw ${draw}, seed ${seed}${fold === undefined ? '' : `, fold ${fold}`}`;
    throw new UserError({
      what: `${join(folder, STUDY.runs.name)}: ${named}`,
      got,
      expected,
      fix: 'restore the tables, make them anew of their runs with study --resume DIR --gather, or leave the run out of all three',
    });
  };
  const diceOf = new Map<string, number[]>(runs.map((run) => [keyOf(run), []]));
  for (const row of images) {
    const dice = diceOf.get(keyOf(row));
    if (dice) dice.push(row.cells.dice ? row.finite('dice') : Number.NaN);
    else if (!mayBeAhead) refuse(row, 'no row', `one, as ${STUDY.images.name} has its images`);
  }
  for (const run of runs) {
    const dice = diceOf.get(keyOf(run))!;
    const known = mean(dice.filter(Number.isFinite));
    if (dice.length === 0 && mayBeAhead) diceOf.delete(keyOf(run));
    else if (dice.length === 0) refuse(run, 'a run without images', `its scores in ${STUDY.images.name}`);
    else if (!agree(known, run.finite('dice')))
      refuse(run, `dice ${run.cells.dice}`, `${known}, the mean of its images in ${STUDY.images.name}`);
  }
  const whole = (rows: readonly Row[]) => rows.filter((row) => diceOf.has(keyOf(row)));
  return { images: whole(images), runs: whole(runs), epochs: whole(epochs) };
}

const keyOf = (row: Row) => JSON.stringify(row.key());

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

  /** The cells, those that name the run as the program writes them. */
  written(): Cells {
    const named = Object.entries(this.key()).map(([column, value]) => [column, `${value}`]);
    return { ...this.cells, ...Object.fromEntries(named) };
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
