import { UserError } from '../../core/errors.ts';
import { MOST_CLASSES } from './labelling.ts';
import { hexOf } from './raw-mask.ts';
import type { Union } from './union.ts';

/** The first few of many, and the last. */
export function shortened(list: readonly string[], most = 12): string {
  return list.length <= most ? list.join(', ') : `${list.slice(0, most - 2).join(', ')}, .. ${list.at(-1)}`;
}

/** What says how values are meant. */
const WAYS =
  'say what they are: --mask-values classes (numbers of classes), nonzero (all above 0 are the object) or light (the object is above half of the range)';

/** What stands for unknown pixels by custom. */
const CUSTOMARY = 255;

export function ambiguous({ values, files }: Union, place: string): UserError {
  const listed = shortened(values.map(String));
  const few = values.length > 2 && values[1] < CUSTOMARY && values.at(-1) === CUSTOMARY;
  return new UserError({
    what: `masks of ${place}`,
    got: `the values ${listed} in ${files.length} files, which may be numbers of classes, numbers of objects or greys`,
    expected: 'values that can mean one thing only, such as 0 and 255',
    fix: few ? `${WAYS}; if nothing is known of pixels of 255, --ignore 255` : WAYS,
  });
}

/** Colours, in some masks or in all, where values are to be numbers. */
export function notPlain(union: Union, place: string): UserError {
  const of = (wanted: boolean) =>
    union.files.find(({ survey }) => (survey.kind === 'colour') === wanted)?.path;
  if (of(false) === undefined) return unknownColours(union, place);
  return new UserError({
    what: `masks of ${place}`,
    got: `some with colours (${of(true)}) and some without (${of(false)})`,
    expected: 'masks of one kind',
    fix: 'convert the fewer, or take them away',
  });
}

/** @throws UserError where a number that palettes tell is in a file without one: grey has its own meaning for 255 */
export function expectPalettes(number: number, { files }: Union, place: string): void {
  const plain = files.find(({ survey }) => survey.kind !== 'index' && survey.counts.has(number));
  if (!plain) return;
  const coloured = files.find(({ survey }) => survey.kind === 'index')!;
  throw new UserError({
    what: `masks of ${place}`,
    got: `some with a palette of colours (${coloured.path}) and some without (${plain.path}), in which ${number} may be white or unknown`,
    expected: 'masks of one kind',
    fix: `convert the fewer, or say what they are: --mask-values nonzero if all above 0 are the object; if nothing is known of pixels of ${number}, --ignore ${number}`,
  });
}

export function unknownColours({ values }: Union, place: string): UserError {
  const hexes = values.map(hexOf);
  return new UserError({
    what: `masks of ${place}`,
    got: `${hexes.length} colours: ${shortened(hexes)}`,
    expected: 'to know which class each of them is',
    fix: `write ${place}/classes.yaml, a line for each: - { name: polyp, colour: "${hexes.at(-1)}" }`,
  });
}

/** @param what that has to be as it was written */
export const inexact = (place: string, what: 'colours' | 'values') =>
  new UserError({
    what: `masks of ${place}`,
    got: `files saved with loss, as JPEG does, whose ${what} are not what they were`,
    expected:
      what === 'colours'
        ? 'colours of classes exactly as they are listed'
        : 'the values of --ignore exactly as they are listed',
    fix: 'save the masks as PNG',
  });

export function notNamed(missing: readonly number[], { files }: Union, place: string): UserError {
  const example = files.find(({ survey }) => missing.some((value) => survey.counts.has(value)))!;
  return new UserError({
    what: `masks of ${place}`,
    got: `the values ${shortened(missing.map(String))} (in ${example.path} among others), which are no class`,
    expected: 'only numbers of the classes that are listed',
    fix: `add them to the classes, or say that nothing is known of such pixels: --ignore ${missing.join()}`,
  });
}

/** @throws UserError for two classes of one number, where some were given a number and others are numbered by their place */
export function expectOwnNumbers(
  classes: readonly { readonly number: number; readonly name: string }[],
  place: string,
): void {
  const firsts = new Map<number, string>();
  for (const { number, name } of classes) {
    const first = firsts.get(number);
    firsts.set(number, name);
    if (first === undefined || first === name) continue;
    throw new UserError({
      what: `classes of ${place}`,
      got: `the number ${number} for ${first} and for ${name}`,
      expected: 'a number of its own for each; those without one are numbered by their place in the list',
      fix: 'give all of them numbers, as in --classes 1=polyp,2=tool',
    });
  }
}

/** @throws UserError for too few classes, or more than labels can tell apart */
export function expectFewEnough(count: number, place: string): void {
  if (count >= 2 && count <= MOST_CLASSES) return;
  throw new UserError({
    what: `masks of ${place}`,
    got: count === 1 ? '1 class' : `${count} classes`,
    expected: `2 to ${MOST_CLASSES}, the background among them`,
    fix:
      count < 2
        ? 'name the others, too'
        : 'where the numbers are those of objects, pass --mask-values nonzero',
  });
}
