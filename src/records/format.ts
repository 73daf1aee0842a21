import { parse as parseYaml, stringify } from 'yaml';
import * as z from 'zod';
import { csvOf, parseCsv, type Row } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';

/** A file of a run or study folder: its name, what it is, and how its text is read and written. */
export interface Entry<Content, Written = Content> {
  readonly name: string;
  /** In words, for messages. */
  readonly what: string;
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

/** Settings as YAML. */
export function yamlFile<Schema extends z.ZodType<Settings>>(
  name: string,
  what: string,
  schema: Schema,
): Entry<Kept<Schema>> {
  return {
    ...{ name, what },
    read: (text, path) => checked(schema, parsed(parseYaml, 'no YAML', text, path, what), path, what),
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
    ...{ name, what },
    read: (text, path) =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line, i) => parsedJson(schema, line, `${path}, line ${i + 1}`, what)),
    write: (lines) => lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  };
}

/** Cells of a table by column; it may have more columns than are named. */
export function tableFile(
  name: string,
  content: string,
  columns: readonly string[],
): Entry<readonly Readonly<Record<string, string>>[], readonly Row[]> {
  const what = `${content}, a CSV file with the columns ${columns.join(', ')}`;
  return {
    name,
    what,
    read: (text, path) => {
      const rows = parseCsv(text);
      const found = new Set(rows.flatMap(Object.keys));
      const missing = columns.filter((column) => rows.length > 0 && !found.has(column));
      if (missing.length > 0)
        throw damaged(path, `no column ${missing.map((column) => `"${column}"`).join(', ')}`, what);
      return rows;
    },
    write: csvOf,
  };
}

function parsed(
  parse: (text: string) => unknown,
  got: string,
  text: string,
  place: string,
  what: string,
): unknown {
  try {
    return parse(text);
  } catch {
    throw damaged(place, got, what);
  }
}

function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  place: string,
  what: string,
): Kept<Schema> {
  const found = schema.safeParse(value);
  if (found.success) return found.data as Kept<Schema>;
  const [{ path, message }] = found.error.issues;
  throw damaged(path.length > 0 ? `${place}: ${path.join('.')}` : place, message, what);
}

function damaged(place: string, got: string, what: string): UserError {
  return new UserError({
    what: place,
    got,
    expected: what,
    fix: 'restore the file, or start again with --overwrite',
  });
}
