import { type AnnotatedSet, type SetClass, UNKNOWN_LABEL } from './annotated-set.ts';

/** The classes of a set; unknown pixels as one more, the last, if there are any. */
export function namesOf({ classes, images }: AnnotatedSet): readonly SetClass[] {
  const unknown = images.some(({ objects = [] }) => objects.some(({ label }) => label === UNKNOWN_LABEL));
  if (!unknown) return classes;
  const last = classes.reduce((most, { number }) => Math.max(most, number), 0);
  return [...classes, { number: last + 1, name: UNKNOWN_LABEL }];
}

const MARK = '\ue000';

/** A whole number of any length, as `stringified` writes it. */
export const longInteger = (digits: string | number) => `${MARK}${digits}`;

/** JSON in which texts of `longInteger` are numbers. */
export function stringified(value: unknown, indent?: number): string {
  return `${JSON.stringify(value, null, indent).replace(new RegExp(`"${MARK}(\\d+)"`, 'g'), '$1')}\n`;
}
