import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../../core/errors.ts';
import { readNamed } from '../../core/files.node.ts';
import { decodeText } from '../../core/text.ts';
import { yamlOf } from '../../core/yaml.ts';
import type { NamedClass } from './decide.ts';
import { plainName } from './labelling.ts';

/** Files of a data folder that list its classes, the first that is there. */
const NAMES = ['classes.yaml', 'classes.yml', 'classes.txt'];

const colour = z.string().regex(/^#[0-9a-f]{6}$/i, 'a colour such as "#ff8000"');
const number = z.int().min(0).max(65535);
const entry = z.union([
  z.string().min(1),
  z.strictObject({ number: number.optional(), name: z.string().min(1), colour: colour.optional() }),
]);
const listed = z.array(entry).min(1);
const mapped = z.record(z.string(), z.string().min(1));
const ignored = z.union([number, colour]);
const whole = z.strictObject({
  classes: z.union([listed, mapped]),
  ignore: z.union([ignored, z.array(ignored)]).optional(),
});

/** What a data folder says of its classes. */
export interface ClassList {
  readonly classes: readonly NamedClass[];
  /** Values, or colours, of pixels of which nothing is known. */
  readonly ignore?: readonly (number | string)[];
}

/**
 * The classes that a data folder lists; undefined if it has no such file.
 *
 * @throws UserError for a file that says something else
 */
export async function classesOfFolder(root: string): Promise<ClassList | undefined> {
  for (const name of NAMES) {
    const path = join(root, name);
    if (existsSync(path))
      return parseClassesFile(decodeText(await readNamed(path, 'a list of classes'), path), path);
  }
  return undefined;
}

/**
 * Reads classes: YAML, a list of names or of `{ number, name, colour }`, or a mapping of numbers to names, or one of these as
 * `classes` beside `ignore`; or text with a name a line, numbered from 0.
 *
 * @param path for messages
 * @throws UserError for anything else, and for two classes of one name or number
 */
export function parseClassesFile(text: string, path: string): ClassList {
  if (path.endsWith('.txt')) {
    const names = text
      .trimEnd()
      .split(/\r\n|\n|\r/)
      .map((line) => line.trim());
    const gap = names.indexOf('');
    if (gap >= 0)
      throw wrong(`${path}, line ${gap + 1}`, 'no name, and others after it, whose numbers are their lines');
    return { classes: checked(numberedFrom0(names), path) };
  }
  const content = (() => {
    try {
      return yamlOf(text);
    } catch (error) {
      throw wrong(path, error instanceof Error ? error.message.split('\n')[0] : String(error));
    }
  })();
  const asWhole = whole.safeParse(content);
  if (!asWhole.success) return { classes: classesIn(content, path) };
  const { classes, ignore } = asWhole.data;
  return { classes: classesIn(classes, path), ...(ignore !== undefined && { ignore: [ignore].flat() }) };
}

/** @throws UserError for what is neither a list nor a mapping of classes */
function classesIn(content: unknown, path: string): NamedClass[] {
  const asMapping = mapped.safeParse(content);
  if (asMapping.success) {
    const entries = Object.entries(asMapping.data);
    return checked(
      entries.map(([key, name]) => ({ number: wholeNumber(key, path), name })),
      path,
    );
  }
  const asList = listed.safeParse(content);
  if (!asList.success) {
    const [{ path: at, message }] = asList.error.issues;
    throw wrong(path, at.length > 0 ? `at entry ${Number(at[0]) + 1}: ${message}` : message);
  }
  return checked(
    asList.data.map((each, i) => (typeof each === 'string' ? { number: i, name: each } : each)),
    path,
  );
}

const numberedFrom0 = (names: readonly string[]) => names.map((name, i) => ({ number: i, name }));

/**
 * Classes as they are given in a command: `polyp`, or `0=sky,1=road`.
 *
 * @throws UserError for anything else
 */
export function parseClasses(text: string): NamedClass[] {
  const entries = text.split(',').map((part) => {
    const [, digits, name] = /^(?:(\d+)\s*=\s*)?([^=]+)$/.exec(part.trim()) ?? [];
    if (!name) throw wrong('classes', JSON.stringify(text));
    return { ...(digits !== undefined && { number: Number(digits) }), name: name.trim() };
  });
  return checked(entries, 'classes');
}

function wholeNumber(key: string, path: string): number {
  if (/^\d+$/.test(key)) return Number(key);
  throw wrong(path, `the key ${JSON.stringify(key)}, which is no number`);
}

/** What stands first, or for 0, may be called the background in other spellings. */
function checked(given: readonly NamedClass[], path: string): NamedClass[] {
  const classes = given.map((each, i) =>
    (each.number ?? i) === 0 ? { ...each, name: plainName(each.name) } : each,
  );
  for (const key of ['name', 'number', 'colour'] as const) {
    const values = classes.map((each) => each[key]).filter((value) => value !== undefined);
    const twice = values.find((value, i) => values.indexOf(value) < i);
    if (twice !== undefined) throw wrong(path, `the ${key} ${twice} twice`);
  }
  if (classes.length === 0) throw wrong(path, 'no class');
  return classes;
}

function wrong(what: string, got: string): UserError {
  return new UserError({
    what,
    got,
    expected: 'a list of classes, each with a name of its own',
    fix: 'write for example - { number: 1, name: polyp, colour: "#ff8000" }; in a command 1=polyp,2=tool',
  });
}
