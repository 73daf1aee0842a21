import type * as z from 'zod';
import { UserError } from '../core/errors.ts';
import { yamlOf } from '../core/yaml.ts';
import type { Point, Ring } from './annotated-set.ts';
import { plural } from './words.ts';

/** A refusal of what a file holds. @param place the file, and where in it */
export function damaged(place: string, got: string, expected: string, fix = 'correct the file'): UserError {
  return new UserError({ what: place, got, expected, fix });
}

/**
 * JSON. Whole numbers beyond 2^53 that are ids come as text, with all their digits.
 *
 * @throws UserError naming file, line and column, if it is none
 */
export function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(LONG_ID, '$1"$2"'));
  } catch (error) {
    const { message } = error as Error;
    const at = positionIn(text, message);
    throw damaged(
      at === undefined ? file : `${file}, ${placeIn(text, at)}`,
      `no JSON (${message.split(/ in JSON|, (?:\.\.\.)?"/)[0]})`,
      'JSON',
      'restore the file, or export it once more',
    );
  }
}

/** YAML. @throws UserError naming the file, if it is none */
export function parseYaml(text: string, file: string): unknown {
  try {
    return yamlOf(text);
  } catch (error) {
    throw damaged(file, `no YAML (${(error as Error).message.split('\n')[0]})`, 'YAML');
  }
}

/** Where an error of `JSON.parse` is: it tells a position, or quotes the text, ten letters on each side, or neither. */
function positionIn(text: string, message: string): number | undefined {
  const [, position] = /position (\d+)/.exec(message) ?? [];
  if (position !== undefined) return Number(position);
  const [, token, dots, quote] = /token '(.)', (\.\.\.)?"(.*?)"(?:\.\.\.)? is not/s.exec(message) ?? [];
  const start = quote === undefined ? -1 : text.indexOf(quote);
  return start < 0 ? undefined : text.indexOf(token, start + (dots ? 10 : 0));
}

/** In the text of JSON a quotation mark inside of a string has a backslash before it, so this matches keys only. */
const LONG_ID = /("(?:id|image_id|category_id)"\s*:\s*)(-?\d{16,})(?=\s*[,}\]])/g;

function placeIn(text: string, position: number): string {
  const before = text.slice(0, position).split('\n');
  return `line ${before.length}, column ${before[before.length - 1].length + 1}`;
}

/** What a part of a file must hold. @throws UserError naming the place of what is not so */
export function checked<Type extends z.ZodType>(schema: Type, value: unknown, file: string): z.output<Type> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  const place = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  const [, kind] = /expected (\w+), received/.exec(message) ?? [];
  throw damaged(
    `${file}${place ? `, ${place.replace(/^\./, '')}` : ''}`,
    quoted(path.reduce((inside: unknown, step) => (inside as Record<PropertyKey, unknown>)?.[step], value)),
    kind === undefined ? 'what this format has there' : `${/^[aeio]/.test(kind) ? 'an' : 'a'} ${kind}`,
  );
}

/** Most letters of a value that are quoted. */
const LONGEST_QUOTE = 60;

/** A value as messages tell it. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)} ..` : text;
}

/** Points of numbers in turn, or of pairs. @throws UserError for anything that is no finite number */
export function pointsOf(pairs: readonly unknown[], place: string): Ring {
  return pairs.map((pair, i): Point => {
    const [x, y] = Array.isArray(pair) ? pair : [];
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      throw damaged(`${place}, point ${i + 1}`, quoted(pair), 'two numbers');
    }
    return [x, y];
  });
}

/** Numbers in turn as pairs. @throws UserError if one is left over */
export function inPairs(values: readonly unknown[], place: string): unknown[][] {
  if (values.length % 2 === 1)
    throw damaged(place, `${values.length} numbers`, 'an even number of them: x and y in turn');
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i], values[2 * i + 1]]);
}

/** A number written as text. @throws UserError if it is none, or not finite */
export function numberOf(text: string | undefined, place: string): number {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw damaged(place, text === undefined ? 'nothing' : `"${text}"`, 'a number');
  return value;
}

/** Counts what a reader passes over, so that it can be told. */
export class Tally {
  readonly #counts = new Map<string, number>();

  /** @param what with a word for one and for many in it: `{object has|objects have} no outline` */
  add(what: string, count = 1): void {
    if (count > 0) this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
  }

  notes(): string[] {
    return Array.from(this.#counts, ([what, count]) => plural(count, what));
  }

  /**
   * The objects of an image; undefined where something was marked in it, but nothing that has an area: then it is not known what is
   * background.
   *
   * @param marked how many things are marked in it
   */
  seen<Item>(objects: readonly Item[], marked: number): readonly Item[] | undefined {
    if (objects.length > 0 || marked === 0) return objects;
    this.add('{image has|images have} nothing but such marks: {it counts|they count} as not annotated');
    return undefined;
  }

  /** A ring, unless it has less than three points. */
  ring(points: Ring): Ring | undefined {
    if (points.length >= 3) return points;
    this.add('{outline has|outlines have} less than three points: left out');
    return undefined;
  }
}
