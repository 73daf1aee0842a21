import { UserError } from '../../core/errors.ts';
import type { NamedClass } from './decide.ts';
import type { Union } from './union.ts';

/**
 * Compares the palettes of masks that are read by their numbers. A number may have several colours, but no colour several
 * numbers: then each file has numbered its colours anew.
 *
 * @param classes that are given
 * @param ignored numbers of pixels of which nothing is known
 * @returns what is worth a word: a number in several colours
 * @throws UserError where a colour has another number in one file than in another, or a number the colour of another class
 */
export function comparePalettes(
  { files }: Union,
  classes: readonly NamedClass[],
  ignored: readonly (number | string)[],
  place: string,
): string[] {
  const ofColours = new Map<string, Entry>();
  const ofNumbers = new Map<number, Entry>();
  const warnings: string[] = [];
  for (const entry of entriesOf(files)) {
    const { number, colour, path, palette } = entry;
    if (ignored.includes(number)) continue;
    const same = ofColours.get(colour) ?? entry;
    ofColours.set(colour, same);
    if (same.number !== number && palette[same.number] !== colour && same.palette[number] !== colour)
      throw inOtherOrder(`${colour} is ${same.number} in ${same.path} and ${number} in ${path}`, place);
    const first = ofNumbers.get(number) ?? entry;
    ofNumbers.set(number, first);
    if (first.colour === colour) continue;
    const differing = `${number} is ${first.colour} in ${first.path} and ${colour} in ${path}`;
    const other = classes.find(
      (each) => each.number !== number && [first.colour, colour].includes(each.colour?.toLowerCase() ?? ''),
    );
    if (other) throw inOtherOrder(`${differing}, and ${other.colour} is ${other.name}`, place);
    warnings.push(`${place}: palettes differ: ${differing}; numbers count, not colours`);
  }
  return warnings.slice(0, 1);
}

/** A number that a file uses, in the colour that it has there. */
interface Entry {
  readonly number: number;
  readonly colour: string;
  readonly path: string;
  readonly palette: readonly string[];
}

function entriesOf(files: Union['files']): Entry[] {
  return files.flatMap(({ path, survey: { palette = [], counts } }) =>
    [...counts.keys()]
      .filter((number) => number < palette.length)
      .map((number) => ({ number, colour: palette[number], path, palette })),
  );
}

const inOtherOrder = (got: string, place: string) =>
  new UserError({
    what: `masks of ${place}`,
    got: `palettes in different order: ${got}`,
    expected: 'a number of its own for each class in all files',
    fix: 'convert them to one palette, or to grey numbers of classes; or list the colours in classes.yaml and pass --mask-values colours',
  });
