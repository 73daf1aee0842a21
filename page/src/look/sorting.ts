/** A column of a table that can be sorted. */
export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** What rows are sorted by; undefined where it is not known. */
  value(row: Row): string | number | undefined;
  /** How it is sorted first. */
  readonly first?: Direction;
}

export type Direction = 'ascending' | 'descending';

/** By which column a table is sorted, and how. */
export interface Sorting {
  readonly key: string;
  readonly direction: Direction;
}

/** Rows in order. What is not known comes last, whatever the direction; equal ones stay as they were. */
export function sorted<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { key, direction }: Sorting,
): Row[] {
  const column = columns.find((each) => each.key === key);
  if (!column) return [...rows];
  const sign = direction === 'ascending' ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [one, two] = [column.value(a), column.value(b)];
    if (one === undefined || two === undefined) return Number(one === undefined) - Number(two === undefined);
    return sign * compared(one, two);
  });
}

function compared(one: string | number, two: string | number): number {
  if (typeof one === 'number' && typeof two === 'number') return one - two;
  return TEXTS.compare(String(one), String(two));
}

const TEXTS = new Intl.Collator('en', { numeric: true });

/** After the header of a column was pressed. */
export function pressed<Row>(sorting: Sorting, { key, first = 'ascending' }: Column<Row>): Sorting {
  if (sorting.key !== key) return { key, direction: first };
  return { key, direction: sorting.direction === 'ascending' ? 'descending' : 'ascending' };
}
