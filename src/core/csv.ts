import { UserError } from './errors.ts';

/** A row of a table, by column. */
export type Row = Readonly<Record<string, number | string>>;

/**
 * Rows with equal keys as CSV; text with commas, quotes or line ends is quoted, and what a spreadsheet would take for a formula
 * has an apostrophe before it, which reading takes away. Without rows there is the header of the columns alone.
 */
export function csvOf(rows: readonly Row[], columns: readonly string[] = Object.keys(rows[0] ?? {})): string {
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((cells) => `${cells.map(cellOf).join()}\n`)
    .join('');
}

function cellOf(value: number | string): string {
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What spreadsheets compute, if it is no number; also with apostrophes before it, so that each text is read as it was. */
const FORMULA = /^'*[=+\-@\t\r]/;

const withoutGuard = (text: string) => (text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text);

/**
 * Rows of a CSV text with a header line (RFC 4180: fields may be quoted, quotes doubled), as objects by column name.
 * Short rows lack their last columns, as a file does whose writer was stopped.
 *
 * @param file for messages
 * @throws UserError as `parseTable`
 */
export function parseCsv(text: string, file = 'CSV'): Record<string, string>[] {
  const { header, rows } = parseTable(text, file);
  return rows.map((fields) => rowOf(header, fields));
}

/** Fields by the names of their columns. */
export function rowOf(header: readonly string[], fields: readonly string[]): Record<string, string> {
  return Object.fromEntries(fields.map((field, i) => [header[i] ?? `column ${i + 1}`, field]));
}

/**
 * The header line of a CSV text, and the rows below it that are not empty.
 *
 * @throws UserError for two columns of one name, and as `parseFields`
 */
export function parseTable(
  text: string,
  file: string,
): { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] } {
  const [header = [], ...lines] = parseFields(text, file);
  expectDistinct(header, file);
  return { header, rows: lines.filter((fields) => fields.some((field) => field !== '')) };
}

/** @throws UserError for two columns of one name: which of them is meant, nobody knows */
export function expectDistinct(header: readonly string[], file: string): void {
  const twice = header.find((name, i) => name !== '' && header.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new UserError({
    what: file,
    got: `two columns "${twice}"`,
    expected: 'one of each name',
    fix: 'rename one of them, or take it away',
  });
}

/**
 * The fields of each line of a CSV text (RFC 4180).
 *
 * @param file for messages
 * @throws UserError for a quote that is not closed, or within a field, naming the line
 */
export function parseFields(given: string, file = 'CSV'): string[][] {
  const text = given.replace(/^\ufeff/, '');
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; ; ) {
    const { value, end } = text[at] === '"' ? quotedAt(text, at) : plainAt(text, at);
    const after = separatorAt(text, end);
    if (after === undefined) throw unreadable(file, text.slice(0, at));
    row.push(withoutGuard(value));
    at = end + after.length;
    if (after === ',') continue;
    rows.push(row);
    if (after === '') return rows;
    row = [];
  }
}

/** What a field holds, and where it ends in the text. */
interface Field {
  readonly value: string;
  readonly end: number;
}

/** Where its quote is not closed it ends where it begins: there is no separator. */
function quotedAt(text: string, start: number): Field {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  return end < 0
    ? { value: '', end: start }
    : { value: text.slice(start + 1, end).replaceAll('""', '"'), end: end + 1 };
}

/** What ends a field without quotes, or may not be in it. */
const SIGN = /[",\r\n]/g;

function plainAt(text: string, start: number): Field {
  SIGN.lastIndex = start;
  const end = SIGN.exec(text)?.index ?? text.length;
  return { value: text.slice(start, end), end };
}

/** What ends a field: a comma, the end of a line, or that of the text, which is empty; undefined of anything else. */
function separatorAt(text: string, at: number): string | undefined {
  SEPARATOR.lastIndex = at;
  return SEPARATOR.exec(text)?.[0];
}

const SEPARATOR = /,|\r?\n|$/y;

function unreadable(file: string, before: string): UserError {
  return new UserError({
    what: `${file}, line ${before.split('\n').length}`,
    got: 'a quote or a line end within a field that is not in quotes, or quotes that are not closed',
    expected: 'fields with such in quotes, and quotes in them doubled',
    fix: 'write the table as CSV again',
  });
}

/** The finite number a CSV field holds, if it does. */
export function numberIn(field: string | undefined): number | undefined {
  if (field === undefined || field.trim() === '') return undefined;
  const value = Number(field);
  return Number.isFinite(value) ? value : undefined;
}
