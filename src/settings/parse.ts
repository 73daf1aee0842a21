import type * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { aboutSetting } from './setting.ts';

/**
 * Reads settings by a schema.
 *
 * @param place of the settings among others, for messages
 * @throws UserError naming the setting; an unknown one with the nearest known
 */
export function parseSettings<S extends z.ZodObject>(
  schema: S,
  settings: unknown,
  place: readonly string[] = [],
): z.output<S> {
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue.code === 'unrecognized_keys') {
    throw unknownKey(schema, [...place, ...issue.path.map(String), issue.keys[0]]);
  }
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown>)?.[key],
    settings,
  );
  throw new UserError({
    what: [...place, ...issue.path].join('.') || 'settings',
    got: value === undefined ? 'nothing' : typeof value === 'number' ? `${value}` : JSON.stringify(value),
    expected: (value === undefined && described(schema, String(issue.path[0]))) || expectationOf(issue),
    fix: 'see --help',
  });
}

/** More than these are not listed. */
const MOST_LISTED = 12;

/** @param what where the settings stand */
function unknownKey(schema: z.ZodObject, path: readonly string[], what = 'settings'): UserError {
  const known = Object.keys(schema.shape);
  return new UserError({
    what,
    got: `the unknown key ${path.join('.')}`,
    expected: known.length > MOST_LISTED ? 'a known one' : `one of ${known.join(', ')}`,
    fix: `did you mean ${nearest(path.at(-1)!, known)}?${known.length > MOST_LISTED ? ' see --help for all' : ''}`,
  });
}

/** @throws UserError naming the file of settings, and the first key of it that is none */
export function expectKnownKeys(schema: z.ZodObject, settings: object, file: string): void {
  const unknown = Object.keys(settings).find((key) => !Object.hasOwn(schema.shape, key));
  if (unknown !== undefined) throw unknownKey(schema, [unknown], file);
}

function described(schema: z.ZodObject, name: string): string | undefined {
  const type = schema.shape[name] as z.ZodType | undefined;
  return type && aboutSetting(type).description.replace(/^./, (letter) => letter.toLowerCase());
}

/** Zod's words without its frame: `Too small: expected number to be >=1` becomes `number >=1`. */
function expectationOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') return issue.errors.map(([first]) => expectationOf(first)).join(' or ');
  const [words] = issue.message.replace(/^.*?: expected /, '').split(', received ');
  return words.replace(' to be ', ' ').replace(' to have ', ' of ');
}
