import { UNKNOWN_LABEL } from '../../annotations/annotated-set.ts';
import { hexOf, paletteOf } from '../../annotations/png.ts';
import { UserError } from '../../core/errors.ts';
import type { Annotations } from '../folders/annotated-folder.node.ts';
import type { Decision, GivenLabelling, NamedClass } from './decide.ts';
import { BACKGROUND, type Labelling, type MaskClass, usualColour } from './labelling.ts';
import { expectFewEnough, expectOwnNumbers, shortened } from './refusals.ts';

/** What a user has said of masks, where classes may overlap. */
type Given = GivenLabelling & { readonly multilabel: boolean };

/** A class before it has a colour. */
type Uncoloured = Omit<MaskClass, 'colour'> & { readonly colour?: string };

/** Numbers up to this one fit into a palette, beside the one of unknown pixels. */
const LAST_IN_PALETTE = 254;

/**
 * What objects of annotations mean: their format says it, so nothing has to be found in their pixels. Classes are those of masks
 * that `convert` writes.
 *
 * @param place the folder, for messages
 * @throws UserError for classes that are given and do not fit those of the annotations
 */
export function labellingOfAnnotations(
  annotations: Annotations,
  given: Given,
  place: string,
): Omit<Decision, 'labelling'> & { readonly labelling: Labelling } {
  const { maskValues, multilabel } = given;
  if (maskValues === 'light' || maskValues === 'colours') throw noValues(maskValues, annotations, place);
  const own = annotations.classes.filter(({ name }) => name !== BACKGROUND);
  const given1 = given.classes?.filter(({ name }) => name !== BACKGROUND);
  const asOne = maskValues === 'nonzero' || (given1?.length === 1 && own.length === 1);
  const ignore = given.ignore ?? [];
  const named = asOne
    ? [oneOf(own, given1, place)]
    : (given1 ? chosen(annotations, given1, ignore, place) : own).filter(
        ({ number }) => !ignore.includes(number),
      );
  if (named.length === 0) throw noClass(annotations, place);
  const background = { number: 0, name: BACKGROUND, colour: '#000000' };
  const classes = [...(multilabel ? [] : [background]), ...coloured(named)];
  expectOwnNumbers(named, place);
  expectFewEnough(named.length + 1, place);
  const unknown = annotations.labels.has(UNKNOWN_LABEL);
  const number = named.some((each) => each.number > LAST_IN_PALETTE) ? 65535 : 255;
  const labelling: Labelling = {
    maskValues: asOne ? 'nonzero' : 'classes',
    classes,
    ignore: unknown && !ignore.includes(number) ? [...ignore, number] : ignore,
    multilabel,
  };
  return {
    labelling,
    told: told(annotations, labelling),
    warnings: absent(annotations, named, asOne, place),
  };
}

function told(
  { title, labels, overlapping, classes: all }: Annotations,
  { classes, maskValues, multilabel }: Labelling,
): string {
  const listed = classes.map(({ number, name }) => `${number} = ${name}`);
  const of = maskValues === 'nonzero' && all.length > 1 ? `, of objects of all ${all.length} classes` : '';
  const unknown = labels.has(UNKNOWN_LABEL) ? `, ${UNKNOWN_LABEL} = unknown` : '';
  const later =
    overlapping && !multilabel
      ? '; where classes overlap, the later object counts (--multilabel keeps both)'
      : '';
  return `masks: objects of ${title}, ${shortened(listed)}${of}${unknown}${later}`;
}

/** All objects are of one class. */
function oneOf(
  own: readonly NamedClass[],
  given: readonly NamedClass[] | undefined,
  place: string,
): Uncoloured {
  if (given && given.length > 1) {
    throw new UserError({
      what: `classes of ${place}`,
      got: `${given.length} classes (${given.map(({ name }) => name).join(', ')}) with --mask-values nonzero`,
      expected: 'one, as all objects are of it',
      fix: 'leave out one of the two',
    });
  }
  const [only] = given ?? (own.length === 1 ? own : []);
  return {
    number: only?.number ?? 1,
    name: only?.name ?? 'object',
    ...(only?.colour && { colour: only.colour }),
  };
}

/** The classes that are given, by their names. @throws UserError if objects have others, or a name is unknown */
function chosen(
  { classes, labels, title }: Annotations,
  given: readonly NamedClass[],
  ignore: readonly (number | string)[],
  place: string,
): Uncoloured[] {
  const known = new Map(classes.map((each) => [each.name, each]));
  const unknown = given.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  const wanted = new Set(given.map(({ name }) => name));
  const others = [...labels].filter((label) => {
    const number = known.get(label)?.number;
    return (
      label !== UNKNOWN_LABEL &&
      label !== BACKGROUND &&
      !wanted.has(label) &&
      !(number !== undefined && ignore.includes(number))
    );
  });
  if (others.length > 0 || (unknown.length > 0 && unknown.length === given.length)) {
    const numbers = others.map((label) => known.get(label)?.number ?? label);
    throw new UserError({
      what: `classes of ${place}`,
      got:
        others.length > 0
          ? `objects of ${shortened(others)} in ${title}, which are none of the classes`
          : `no object of ${shortened(unknown)} in ${title}`,
      expected: `names as they have: ${shortened([...known.keys()])}`,
      fix:
        others.length > 0
          ? `add them to --classes, say that nothing is known of their pixels (--ignore ${shortened(numbers.map(String))}), or take all objects as one class: --mask-values nonzero`
          : 'write them as there',
    });
  }
  return given.map(({ number, name, colour }, i) => ({
    number: number ?? known.get(name)?.number ?? i + 1,
    name,
    ...((colour ?? known.get(name)?.colour) && { colour: colour ?? known.get(name)?.colour }),
  }));
}

/** By number, each with a colour: its own, or that of VOC. */
function coloured(classes: readonly Uncoloured[]): MaskClass[] {
  const wide = classes.some(({ number }) => number > LAST_IN_PALETTE);
  const palette = paletteOf([]);
  return [...classes]
    .sort((a, b) => a.number - b.number)
    .map(({ number, name, colour }, k) => ({
      ...{ number, name },
      colour: colour ?? (wide ? usualColour(k) : hexOf(palette[number])),
    }));
}

function absent(
  { labels }: Annotations,
  classes: readonly Uncoloured[],
  asOne: boolean,
  place: string,
): string[] {
  const known = [...labels].filter((label) => label !== UNKNOWN_LABEL);
  if (known.length === 0) return [`${place}: there is no object in any image`];
  const without = asOne ? [] : classes.filter(({ name }) => !labels.has(name));
  if (without.length === 0) return [];
  return [`${place}: no object is of ${shortened(without.map(({ name }) => name))}`];
}

function noClass({ title, classes }: Annotations, place: string): UserError {
  return new UserError({
    what: `classes of ${place}`,
    got: `no object of a class in ${title}, ${classes.length > 0 ? 'as all are ignored' : 'nor the name of one'}`,
    expected: 'one class at least',
    fix: 'annotate some, or leave out --ignore',
  });
}

function noValues(maskValues: string, { title }: Annotations, place: string): UserError {
  return new UserError({
    what: `masks of ${place}`,
    got: `--mask-values ${maskValues} for objects of ${title}`,
    expected: 'classes, or nonzero (all objects are of one class)',
    fix: 'leave it out',
  });
}
