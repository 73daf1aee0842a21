import type { Complaint } from '../../core/errors.ts';
import type { GreyCounts } from './grey.ts';

/** Grey values above this are the object. */
export const maskThreshold = 127;

/** Values up to this are taken for numbers of classes. */
const mostClasses = 20;

/** For each grey value what it stands for, or why a mask of such values is none. */
export type MaskValues = { readonly lookup: Uint8Array } | { readonly complaint: Omit<Complaint, 'what'> };

/**
 * What the values of a mask mean. Grey values stand for themselves; of 0 and one other value, such as 1, that other
 * stands for 255. Refused is what would otherwise be a silent guess: numbers of classes (also beside 255, often
 * "ignore"), masks that are never light, and masks whose alpha says something else than their grey.
 */
export function meaningOf({ opaque, transparent }: GreyCounts): MaskValues {
  const lookup = Uint8Array.from({ length: 256 }, (_, value) => value);
  const values = [...lookup].filter((value) => opaque[value] + transparent[value] > 0);
  const highest = values.at(-1) ?? 0;
  const twoValued = values.length === 2 && values[0] === 0;
  if (twoValued || (values.length === 1 && highest === 1)) lookup[highest] = 255;
  else if (values.length > 2 && values.every((value) => value <= mostClasses || value === 255)) {
    return refused(values, 'make one mask of the class you want');
  } else if (highest > 0 && highest <= maskThreshold) {
    return refused(values, 'make the object white; of several classes, make one mask of the one you want');
  }
  return alphaMatters({ opaque, transparent }, lookup, values.length) ? drawnInAlpha : { lookup };
}

/** Whether some pixels are transparent, and the grey values alone do not show the object. */
function alphaMatters({ opaque, transparent }: GreyCounts, lookup: Uint8Array, values: number): boolean {
  const mixed = opaque.some((count) => count > 0) && transparent.some((count) => count > 0);
  const hiddenObject = transparent.some((count, value) => count > 0 && lookup[value] > maskThreshold);
  return mixed && (values === 1 || hiddenObject);
}

const drawnInAlpha: MaskValues = {
  complaint: {
    got: 'a mask drawn in its alpha channel (white or one-coloured pixels that are transparent)',
    expected: 'white for the object and black for the rest, opaque',
    fix: 'flatten it onto black',
  },
};

function refused(values: readonly number[], fix: string): MaskValues {
  const noun = values.length === 1 ? 'value' : 'values';
  const listed = values.length > 8 ? [...values.slice(0, 6), '..', values.at(-1)] : values;
  const got = `the grey ${noun} ${listed.join(', ')}`;
  return { complaint: { got, expected: 'black and white (0/255 or 0/1)', fix } };
}
