import { parse as parseYaml, stringify } from 'yaml';
import type * as z from 'zod';
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

type Settings = Readonly<Record<string, unknown>>;

/** Settings as YAML. */
export function yamlFile<Content extends Settings>(
  name: string,
  what: string,
  schema: z.ZodType<Content>,
): Entry<Content> {
  const file = { name, what };
  return {
    ...file,
    read: (text, path) =>
      checked(schema, parsed(parseYaml, 'a file that is no YAML', text, path, file), path, file),
    write: (content) => stringify(content),
  };
}

export function jsonFile<Content>(name: string, what: string, schema: z.ZodType<Content>): Entry<Content> {
  const file = { name, what };
  return {
    ...file,
    read: (text, path) =>
      checked(schema, parsed(JSON.parse, 'a file that is no JSON', text, path, file), path, file),
    write: (content) => `${JSON.stringify(content, null, 2)}\n`,
  };
}

/** Lines of JSON. A last line without an end is passed over: its writer is at work, or was stopped in it. */
export function linesFile<Line>(name: string, what: string, schema: z.ZodType<Line>): Entry<readonly Line[]> {
  const file = { name, what };
  return {
    ...file,
    read: (text, path) =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line, i) => {
          const place = `${path}, line ${i + 1}`;
          return checked(schema, parsed(JSON.parse, 'no JSON', line, place, file), place, file);
        }),
    write: (lines) => lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  };
}

/** Cells of a table by column; it may have more columns than are named. */
export function tableFile(
  name: string,
  what: string,
  columns: readonly string[],
): Entry<readonly Readonly<Record<string, string>>[], readonly Row[]> {
  return {
    name,
    what,
    read: (text, path) => {
      const rows = parseCsv(text);
      const missing = columns.filter((column) => rows.length > 0 && rows[0][column] === undefined);
      if (missing.length > 0) throw damaged(path, `no column ${missing.join(', ')}`, what);
      return rows;
    },
    write: csvOf,
  };
}

type What = Pick<Entry<unknown>, 'what'>;

function parsed(
  parse: (text: string) => unknown,
  got: string,
  text: string,
  place: string,
  { what }: What,
): unknown {
  try {
    return parse(text);
  } catch {
    throw damaged(place, got, what);
  }
}

function checked<Content>(
  schema: z.ZodType<Content>,
  value: unknown,
  place: string,
  { what }: What,
): Content {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
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
