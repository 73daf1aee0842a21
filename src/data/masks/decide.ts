import { UserError } from '../../core/errors.ts';
import { BACKGROUND, type Labelling, type MaskClass, type MaskValues, usualColour } from './labelling.ts';
import { comparePalettes } from './palettes.ts';
import { hexOf, isIgnored } from './raw-mask.ts';
import {
  ambiguous,
  expectFewEnough,
  expectOwnNumbers,
  expectPalettes,
  inexact,
  notNamed,
  notPlain,
  shortened,
  unknownColours,
} from './refusals.ts';
import type { MaskSurvey } from './survey.ts';
import { inOneScale, type SurveyedMask, type Union, unionOf } from './union.ts';

/** What a user has said of the masks of a set. */
export interface GivenLabelling {
  readonly maskValues?: MaskValues;
  /** Numbers, names, and colours where they were given. */
  readonly classes?: readonly NamedClass[];
  readonly ignore?: readonly (number | string)[];
}

export interface NamedClass {
  /** Absent where only a name, or only a colour was given. */
  readonly number?: number;
  readonly name: string;
  readonly colour?: string;
}

/** What the masks of a set mean, and in words how that is known. */
export interface Decision {
  readonly labelling: Omit<Labelling, 'multilabel'>;
  /** One line: `masks: 0 = background, 255 = lesion`. */
  readonly told: string;
  readonly warnings: readonly string[];
  /** Whether values above 0 are numbers of objects: some mask holds several. */
  readonly objectNumbers?: boolean;
}

/**
 * Decides for a whole set what the values of its masks mean. What could be meant in several ways is refused, with what
 * says it.
 *
 * @param files at least one
 * @param place the folder, for messages
 */
export function decideLabelling(
  files: readonly SurveyedMask[],
  given: GivenLabelling,
  place: string,
): Decision {
  const union = unionOf(withoutFewColoured(inOneScale(files), given), given);
  const kind = given.maskValues ?? valuesMeant(union, given, place);
  const decided = READINGS[kind](union, given, place);
  return { ...decided, warnings: [...(decided.warnings ?? []), ...oddities(union, decided.labelling)] };
}

/**
 * Without the coloured ones where they are the fewer and nobody has said what colours mean: they cannot be used, and whoever
 * loads them names them.
 */
function withoutFewColoured(
  files: readonly SurveyedMask[],
  { maskValues, classes }: GivenLabelling,
): readonly SurveyedMask[] {
  if (maskValues === 'colours' || classes?.some(({ colour }) => colour !== undefined)) return files;
  const plain = files.filter(({ survey }) => survey.kind !== 'colour');
  return 2 * plain.length > files.length ? plain : files;
}

type Decided = Omit<Decision, 'warnings'> & { readonly warnings?: readonly string[] };

const READINGS: Readonly<
  Record<MaskValues, (union: Union, given: GivenLabelling, place: string) => Decided>
> = {
  light: (union, given, place) => oneObject('light', union, given, place),
  nonzero: (union, given, place) => oneObject('nonzero', union, given, place),
  classes: ofNumbers,
  colours: ofColours,
};

/** Numbers up to this many may be classes or objects: nobody can tell. */
const FEW_NUMBERS = 20;

/** Of the pixels above 0 so many are 255 where a mask has greys at its edges only. */
const MOSTLY_WHITE = 0.5;

/** Of the numbers of objects so many are one part each. */
const MOSTLY_WHOLE = 0.9;

/** How the values are to be read, where nobody has said it. @throws UserError where that would be a guess */
function valuesMeant(union: Union, { classes }: GivenLabelling, place: string): MaskValues {
  const { kinds, values, lossy } = union;
  if (kinds.has('colour')) {
    if (classes?.some(({ colour }) => colour !== undefined)) return 'colours';
    throw unknownColours(union, place);
  }
  if (kinds.has('index')) return 'classes';
  const twoValued = values.length <= 2 && (values.length < 2 || values[0] === 0);
  if (
    twoValued &&
    !classes?.some(({ number }) => number !== undefined && number > 0 && number === values.at(-1))
  ) {
    return values.at(-1) === 255 ? 'light' : 'nonzero';
  }
  if (classes && classes.length > 1) return 'classes';
  if (lossy || isGrey(union)) return 'light';
  if (areObjects(union)) return 'nonzero';
  throw ambiguous(union, place);
}

/** Whether values are those of white on black with soft edges. */
function isGrey({ counts, values }: Union): boolean {
  if (values.length <= FEW_NUMBERS || values.at(-1) !== 255) return false;
  const above = [...counts].reduce((sum, [value, count]) => (value > 0 ? sum + count : sum), 0);
  return counts.get(255)! >= MOSTLY_WHITE * above;
}

function areObjects({ files, values }: Union): boolean {
  if (values.length - 1 <= FEW_NUMBERS) return false;
  let [numbers, wholes] = [0, 0];
  for (const { survey } of files) {
    if (survey.wholes === undefined) continue;
    numbers += [...survey.counts.keys()].filter((value) => value > 0).length;
    wholes += survey.wholes;
  }
  return wholes >= MOSTLY_WHOLE * numbers;
}

const background: MaskClass = { number: 0, name: BACKGROUND, colour: '#000000' };

/** One class beside the background; its name is that of the only class given. */
function oneObject(
  maskValues: 'light' | 'nonzero',
  union: Union,
  { classes, ignore = [] }: GivenLabelling,
  place: string,
): Decided {
  if (maskValues === 'light' && union.kinds.has('colour')) throw notPlain(union, place);
  if (maskValues === 'light' && union.lossy && ignore.length > 0) throw inexact(place, 'values');
  const named = (classes ?? []).filter(({ name }) => name !== BACKGROUND);
  if (named.length > 1) {
    throw new UserError({
      what: `classes of ${place}`,
      got: `${named.length} classes (${named.map(({ name }) => name).join(', ')}) with --mask-values ${maskValues}`,
      expected: 'one, as every such mask is of one thing',
      fix: 'leave out one of the two, or take --mask-values classes',
    });
  }
  const { values } = union;
  const [only] = named;
  const name = only?.name ?? 'object';
  const highest = values.at(-1) ?? 0;
  const clean = maskValues === 'light' && values.every((value) => value === 0 || value === 255);
  const numbers = values.filter((value) => value > 0);
  const meaning =
    highest === 0
      ? `0 = ${BACKGROUND}, and nothing else is in them`
      : clean
        ? `0 = ${BACKGROUND}, 255 = ${name}`
        : maskValues === 'light'
          ? `up to 127 = ${BACKGROUND}, above = ${name}`
          : numbers.length > 1
            ? `0 = ${BACKGROUND}, ${numbers[0]} to ${highest} = numbers of objects, all of them ${name}`
            : `0 = ${BACKGROUND}, ${highest} = ${name}`;
  const number = maskValues === 'light' || highest === 0 ? 255 : numbers.length > 1 ? 1 : highest;
  return {
    labelling: {
      maskValues,
      classes: [background, { number, name, colour: only?.colour ?? '#ffffff' }],
      ignore,
    },
    told: `masks: ${meaning}${ignoredText(ignore)}`,
    warnings: maskValues === 'light' ? softness(union, place) : [],
    objectNumbers: maskValues === 'nonzero' && union.files.some(({ survey }) => holdsNumbers(survey, ignore)),
  };
}

/** Whether a mask holds several values above 0, without those that are ignored, each as it was meant. */
export const holdsNumbers = (survey: MaskSurvey, ignore: GivenLabelling['ignore'] = []): boolean =>
  !survey.lossy &&
  [...survey.counts.keys()].filter((value) => value > 0 && !isIgnored(survey, value, ignore, false)).length >
    1;

const ignoredText = (ignore: readonly (number | string)[]) =>
  ignore.length > 0 ? `, ${ignore.join(', ')} = unknown` : '';

/** Of pixels that are not black so many may lie between black and white: more is no edge. */
const MOST_BETWEEN = 0.3;

function softness({ counts }: Union, place: string): string[] {
  let [between, white] = [0, 0];
  for (const [value, count] of counts) {
    if (value >= 208) white += count;
    else if (value >= 48) between += count;
  }
  const share = between / (between + white);
  if (!(share > MOST_BETWEEN)) return [];
  return [
    `${place}: ${Math.round(100 * share)} % of the pixels of masks that are not black are grey, neither black nor white; they count as the object above 127`,
  ];
}

/** VOC's number of pixels that nobody has decided. */
const UNDECIDED = 255;

/** Names without numbers are numbered from 0; but one name is that of the one number beside 0 and `UNDECIDED`. */
function numbered(given: GivenLabelling['classes'], values: readonly number[]) {
  const objects = values.filter((value) => value !== 0 && value !== UNDECIDED);
  const only = given?.length === 1 && objects.length === 1 ? objects[0] : undefined;
  return given?.map((each, i) => ({ ...each, number: each.number ?? only ?? i }));
}

function ofNumbers(union: Union, { classes: given, ignore = [] }: GivenLabelling, place: string): Decided {
  if (union.kinds.has('colour')) throw notPlain(union, place);
  const palette = union.files.find(({ survey }) => survey.palette)?.survey.palette;
  const named = numbered(given, union.values);
  if (named) expectOwnNumbers(named, place);
  const undecided =
    palette && !named?.some(({ number }) => number === UNDECIDED) && union.counts.has(UNDECIDED);
  if (undecided) expectPalettes(UNDECIDED, union, place);
  const ignored = undecided && !ignore.includes(UNDECIDED) ? [...ignore, UNDECIDED] : ignore;
  const differing = comparePalettes(union, named ?? [], ignored, place);
  const found = union.values.filter((value) => !ignored.includes(value));
  const numbers = named ? [...new Set([...named.map(({ number }) => number)])] : found;
  const all = (numbers.includes(0) || !found.includes(0) ? numbers : [0, ...numbers]).sort((a, b) => a - b);
  const missing = found.filter((value) => !all.includes(value));
  if (missing.length > 0) throw notNamed(missing, union, place);
  expectFewEnough(all.length, place);
  let k = 0;
  const classes = all.map((number): MaskClass => {
    const own = named?.find((each) => each.number === number);
    const name = own?.name ?? (number === 0 ? BACKGROUND : `class ${number}`);
    const usual = name === BACKGROUND ? '#000000' : (palette?.[number] ?? usualColour(k++));
    return { number, name, colour: own?.colour ?? usual };
  });
  const listed = classes.map(({ number, name }) => `${number} = ${name}`);
  return {
    labelling: { maskValues: 'classes', classes, ignore: ignored },
    told: `masks: ${shortened(listed)}${ignoredText(ignored)}`,
    warnings: [
      ...unseen(
        classes.filter(({ number }) => !union.counts.has(number)),
        place,
      ),
      ...differing,
    ],
  };
}

function ofColours(
  union: Union,
  { classes: given = [], ignore = [] }: GivenLabelling,
  place: string,
): Decided {
  const classes = given.flatMap(({ number, name, colour }, i) =>
    colour === undefined ? [] : [{ number: number ?? i, name, colour: colour.toLowerCase() }],
  );
  const colours = new Set(classes.map(({ colour }) => colour));
  const hexes = union.values.map(hexOf);
  if (union.lossy) throw inexact(place, 'colours');
  if (classes.length === 0) throw unknownColours(union, place);
  const missing = hexes.filter((hex) => !colours.has(hex));
  if (missing.length > 0) {
    throw new UserError({
      what: `masks of ${place}`,
      got: `the colours ${shortened(missing)}, which are no class`,
      expected: `only those of the classes: ${shortened([...colours])}`,
      fix: 'add them to the classes, or name them with --ignore',
    });
  }
  expectOwnNumbers(classes, place);
  expectFewEnough(classes.length, place);
  return {
    labelling: { maskValues: 'colours', classes, ignore },
    told: `masks: ${shortened(classes.map(({ colour, name }) => `${colour} = ${name}`))}${ignoredText(ignore)}`,
    warnings: unseen(
      classes.filter(({ colour }) => !hexes.includes(colour)),
      place,
    ),
  };
}

const unseen = (classes: readonly MaskClass[], place: string) =>
  classes.length === 0
    ? []
    : [`${place}: no mask has a pixel of ${shortened(classes.map(({ name }) => name))}`];

/** Of all pixels hardly ever more are the object: rather it is what is black. */
const MOSTLY_INSIDE = 0.6;

/** What is worth a word although it can be read. */
function oddities(
  { files, values, counts }: Union,
  { maskValues, classes }: Decision['labelling'],
): string[] {
  if (maskValues === 'colours' || maskValues === 'classes') return [];
  const isObject = (value: number) => (maskValues === 'light' ? value > 127 : value > 0);
  const empty = files.filter(({ survey }) => ![...survey.counts.keys()].some(isObject));
  const [, object] = classes;
  if (values.length > 0 && values.every(isObject)) return [`all masks are ${object.name} everywhere`];
  const [all, inside] = [() => true, isObject].map((wanted) =>
    [...counts].reduce((sum, [value, count]) => (wanted(value) ? sum + count : sum), 0),
  );
  const ofObjects = maskValues === 'nonzero' && values.filter(isObject).length > 1;
  if (inside > MOSTLY_INSIDE * all && !ofObjects)
    return [
      `${Math.round((100 * inside) / all)} % of all pixels are ${object.name}: if it is black in the masks, and the rest white, turn these round`,
    ];
  if (empty.length === files.length && counts.size > 0)
    return [`there is nothing in any of the ${files.length} masks`];
  return [];
}
