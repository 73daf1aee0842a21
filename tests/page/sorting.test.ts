import { expect, test } from 'vitest';
import { type Column, pressed, sorted } from '../../page/src/look/sorting.ts';

interface Row {
  readonly name: string;
  readonly score?: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { key: 'name', title: 'Name', value: ({ name }) => name },
  { key: 'score', title: 'Score', value: ({ score }) => score, first: 'descending' },
];
const rows: readonly Row[] = [
  { name: 'run-10', score: 0.5 },
  { name: 'run-9' },
  { name: 'run-2', score: 0.9 },
  { name: 'run-1', score: 0.5 },
];
const names = (key: string, direction: 'ascending' | 'descending') =>
  sorted(rows, COLUMNS, { key, direction }).map(({ name }) => name);

test('names are sorted by their numbers, scores by their size; what is not known comes last either way', () => {
  expect(names('name', 'ascending')).toEqual(['run-1', 'run-2', 'run-9', 'run-10']);
  expect(names('name', 'descending')).toEqual(['run-10', 'run-9', 'run-2', 'run-1']);
  expect(names('score', 'ascending')).toEqual(['run-10', 'run-1', 'run-2', 'run-9']);
  expect(names('score', 'descending')).toEqual(['run-2', 'run-10', 'run-1', 'run-9']);
  expect(names('nothing', 'ascending')).toEqual(rows.map(({ name }) => name));
});

test('a header that is pressed sorts as it says first, then the other way round', () => {
  const [name, score] = COLUMNS;
  const first = pressed({ key: 'name', direction: 'descending' }, score);
  expect(first).toEqual({ key: 'score', direction: 'descending' });
  expect(pressed(first, score)).toEqual({ key: 'score', direction: 'ascending' });
  expect(pressed(first, name)).toEqual({ key: 'name', direction: 'ascending' });
});
