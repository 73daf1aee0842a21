import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { UserError } from './errors.ts';

/** Where a path leads: links are followed, also where the last parts of it do not exist yet. */
export function realPlace(path: string): string {
  const full = resolve(path);
  try {
    return realpathSync(full);
  } catch {
    const parent = dirname(full);
    return parent === full ? full : join(realPlace(parent), basename(full));
  }
}

/** Whether a place is a folder or lies in it; both as `realPlace` gives them. */
const isWithin = (place: string, folder: string) =>
  place === folder || place.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/**
 * Looks whether a file of a folder lies in it.
 *
 * @throws UserError for a path that links lead out of the folder
 */
export function expectInside(path: string, folder: string): void {
  const place = realPlace(path);
  if (isWithin(place, realPlace(folder))) return;
  throw new UserError({
    what: path,
    got: `a link to ${place}`,
    expected: `a file in ${folder}`,
    fix: 'copy it there, or take the link away',
  });
}

/** What a command reads, and where it is. */
export interface ReadPlaces {
  /** What the place to write to is called; default `--out`. */
  readonly flag?: string;
  /** Files and folders that must not be written to, nor lie in what is written to. */
  readonly apart: readonly string[];
  /** Folders of files of which none may be added. */
  readonly closed?: readonly string[];
}

/**
 * Looks whether a place to write to is apart from all that is read, whatever links lead there.
 *
 * @throws UserError if it is one of the inputs, holds one, or lies in a folder that is closed
 */
export function expectApart(out: string, { flag = '--out', apart, closed = [] }: ReadPlaces): void {
  const place = realPlace(out);
  const input =
    apart.find((each) => isWithin(realPlace(each), place)) ??
    closed.find((each) => isWithin(place, realPlace(each)));
  if (input === undefined) return;
  const link = place === resolve(out) ? '' : `, by a link to ${place}`;
  throw new UserError({
    what: `${flag} ${out}`,
    got: `a place that leads to what is read, ${input}${link}`,
    expected: 'a place of its own',
    fix: 'choose another',
  });
}
