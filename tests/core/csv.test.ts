import { expect, test } from 'vitest';
import { parseFields } from '../../src/core/csv.ts';
import { refusal } from '../support/expect-user-error.ts';

test.each<[string, string[][]]>([
  ['', [['']]],
  ['a', [['a']]],
  ['a,', [['a', '']]],
  ['a,b\n', [['a', 'b'], ['']]],
  [
    'a,b\r\n,\r\n"x\r\n,""y""",',
    [
      ['a', 'b'],
      ['', ''],
      ['x\r\n,"y"', ''],
    ],
  ],
  ['\ufeff"",""""', [['', '"']]],
])('the fields of %j', (text, fields) => {
  expect(parseFields(text)).toEqual(fields);
});

test.each([
  ['a\n"b', 2],
  ['a"b', 1],
  ['"a"b', 1],
  ['a\rb', 1],
  ['"a"",b\nc', 1],
  ['a,"', 1],
])('%j is no CSV, and the line is told', async (text, line) => {
  expect(await refusal(() => parseFields(text, 'f.csv'))).toMatch(`f.csv, line ${line}: got a quote`);
});

test('fields of many megabytes are read, and quotes that are open for so long refused', async () => {
  const long = 'y\n'.repeat(1e7);
  expect(parseFields(`a,"${long}"`)[0][1]).toBe(long);
  expect(parseFields('y'.repeat(2e7))[0][0]).toHaveLength(2e7);
  expect(await refusal(() => parseFields(`a\n"${long}`, 'f.csv'))).toMatch('f.csv, line 2: got a quote');
});
