import type { Signal } from '@preact/signals';
import { type Column, pressed, type Sorting } from './sorting.ts';

/** The headers of a table's columns: a press sorts by one, another the other way round. */
export function Headers<Row>({
  columns,
  sorting,
}: {
  readonly columns: readonly Column<Row>[];
  readonly sorting: Signal<Sorting>;
}) {
  const { key, direction } = sorting.value;
  return (
    <tr>
      {columns.map((column) => (
        <th key={column.key} scope="col" aria-sort={column.key === key ? direction : 'none'}>
          <button
            type="button"
            class="sort"
            onClick={() => {
              sorting.value = pressed(sorting.value, column);
            }}
          >
            {column.title} <span aria-hidden="true">{column.key === key ? ARROWS[direction] : ''}</span>
          </button>
        </th>
      ))}
    </tr>
  );
}

const ARROWS = { ascending: '▲', descending: '▼' } as const;
