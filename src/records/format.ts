import { stringify } from 'yaml';
import * as z from 'zod';
import { csvOf, parseTable, type Row, rowOf } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { yamlOf } from '../core/yaml.ts';

/** A file of a run or study folder: its name, what it is, and how its text is read and written. */
export interface Entry<Content, Written = Content> {
  readonly name: string;
  /** In words, for messages. */
  readonly what: string;
  /** Whether lines come at its end while it is there: the last one may be cut, even within a letter. */
  readonly grows?: true;
  /** @throws UserError naming the place in the file that is damaged */
  read(text: string, path: string): Content;
  write(content: Written): string;
}

/** What a schema reads, as read-only. */
export type Kept<Schema extends z.ZodType> = Unchanging<z.output<Schema>>;
type Unchanging<Content> = Content extends object
  ? { readonly [Key in keyof Content]: Unchanging<Content[Key]> }
  : Content;

/** A number that may not be finite: JSON has no NaN, and says null. */
export const measured = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

type Settings = Readonly<Record<string, unknown>>;

/** Without settings a folder is no run that may be overwritten. */
const ELSEWHERE = 'restore the file, or start again in another folder';

/** Settings as YAML. */
export function yamlFile<Schema extends z.ZodType<Settings>>(
  name: string,
  what: string,
  schema: Schema,
): Entry<Kept<Schema>> {
  return {
    ...{ name, what },
    read: (text, path) =>
      checked(schema, parsed(yamlOf, 'no YAML', text, path, what, ELSEWHERE), path, what, ELSEWHERE),
    write: (content) => stringify(content),
  };
}

export function jsonFile<Schema extends z.ZodType>(
  name: string,
  what: string,
  schema: Schema,
): Entry<Kept<Schema>> {
  return {
    ...{ name, what },
    read: (text, path) => parsedJson(schema, text, path, what),
    write: (content) => `${JSON.stringify(content, null, 2)}\n`,
  };
}

/**
 * Reads JSON.
 *
 * @param place of the text, for messages
 * @param what it is, in words
 * @throws UserError naming the part that is damaged
 */
export function parsedJson<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  place: string,
  what: string,
): Kept<Schema> {
  return checked(schema, parsed(JSON.parse, 'no JSON', text, place, what), place, what);
}

/** Lines of JSON. A last line without an end is ignored: it is being written, or its writer was stopped. */
export function linesFile<Schema extends z.ZodType>(
  name: string,
  what: string,
  schema: Schema,
): Entry<readonly Kept<Schema>[]> {
  return {
    ...{ name, what, grows: true },
    read: (text, path) =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line, i) => parsedJson(schema, line, `${path}, line ${i + 1}`, what)),
    write: (lines) => lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  };
}

/**
 * Cells of a table by column; it may have more columns than are named.
 *
 * @param texts of a table that only the program writes, the columns that hold text: the others hold numbers, or nothing, and
 *   a last line without its end was cut. Tables of studies may be edited
 */
export function tableFile(
  name: string,
  content: string,
  columns: readonly string[],
  texts?: readonly string[],
): Entry<readonly Readonly<Record<string, string>>[], readonly Row[]> {
  const what = `${content}, a CSV file with the columns ${columns.join(', ')}`;
  return {
    name,
    what,
    read: (text, path) => {
      if (text === '') throw damaged(path, 'an empty file', what);
      if (texts && !text.endsWith('\n')) throw damaged(path, 'a last line without its end', what);
      const { header, rows } = parseTable(text, path);
      const missing = columns.filter((column) => rows.length > 0 && !header.includes(column));
      if (missing.length > 0)
        throw damaged(path, `no column ${missing.map((column) => `"${column}"`).join(', ')}`, what);
      for (const [i, fields] of rows.entries()) {
        const place = `${path}, row ${i + 1} after the header`;
        if (fields.length !== header.length)
          throw damaged(place, `${fields.length} cells, not ${header.length}`, what);
        const odd = fields.findIndex((field, at) => texts && !texts.includes(header[at]) && !isNumber(field));
        if (odd >= 0) throw damaged(`${place}, ${header[odd]}`, `"${fields[odd]}", no number`, what);
      }
      return rows.map((fields) => rowOf(header, fields));
    },
    write: csvOf,
  };
}

/** Also of one that is not finite, and no number at all. */
const isNumber = (field: string) => field === 'NaN' || !Number.isNaN(Number(field));

function parsed(
  parse: (text: string) => unknown,
  got: string,
  text: string,
  place: string,
  what: string,
  fix?: string,
): unknown {
  try {
    return parse(text);
  } catch {
    throw damaged(place, got, what, fix);
  }
}

function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: string,
  what: string,
  fix?: string,
): Kept<Schema> {
  const found = schema.safeParse(value);
  if (found.success) return found.data as Kept<Schema>;
  const [{ path, message }] = found.error.issues;
  throw damaged(path.length > 0 ? `${place}: ${path.join('.')}` : place, message, what, fix);
}

function damaged(
  place: string,
  got: string,
  what: string,
  fix = 'restore the file, or start again with --overwrite',
): UserError {
  return new UserError({ what: place, got, expected: what, fix });
}
