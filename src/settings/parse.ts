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
    const [key] = issue.keys;
    const known = nearest(key, Object.keys(schema.shape));
    throw new UserError({
      what: 'settings',
      got: `the unknown key ${[...place, ...issue.path, key].join('.')}`,
      expected: `one of ${Object.keys(schema.shape).join(', ')}`,
      fix: `did you mean ${known}?`,
    });
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
