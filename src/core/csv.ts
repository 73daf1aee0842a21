/** A row of a table, by column. */
export type Row = Readonly<Record<string, number | string>>;

/** Rows with equal keys as CSV; text with commas or quotes is quoted. Without rows there is the header of the columns alone. */
export function csvOf(rows: readonly Row[], columns = Object.keys(rows[0] ?? {})): string {
  const cell = (value: number | string) =>
    typeof value === 'string' && /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value);
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((cells) => `${cells.map(cell).join()}\n`)
    .join('');
}

/**
 * Rows of a CSV text with a header line (RFC 4180: fields may be quoted, quotes doubled), as objects by column name.
 * Short rows lack their last columns, as a file does whose writer was stopped.
 */
export function parseCsv(text: string): Record<string, string>[] {
  const [header, ...lines] = parseFields(text);
  if (!header) return [];
  return lines
    .filter((fields) => fields.some((field) => field !== ''))
    .map((fields) => Object.fromEntries(fields.map((field, i) => [header[i] ?? `column ${i + 1}`, field])));
}

/** The fields of each line of a CSV text (RFC 4180). */
export function parseFields(given: string): string[][] {
  const text = given.replace(/^\ufeff/, '');
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** The finite number a CSV field holds, if it does. */
export function numberIn(field: string | undefined): number | undefined {
  if (field === undefined || field.trim() === '') return undefined;
  const value = Number(field);
  return Number.isFinite(value) ? value : undefined;
}
