import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';

/** The label of pixels that are of no class. */
export const BACKGROUND = 0;
/** The label of pixels of which nothing is known. */
export const UNKNOWN = 255;

/**
 * The labels of an image while they are edited: one plane, or one a class where classes overlap. A plane holds a label a pixel,
 * row by row: 0 is background, 1 .. 254 are classes, 255 is unknown. Only an `Edit` and `toggle` write to planes.
 */
export interface Painting extends Size {
  /** Each of width x height bytes. */
  readonly planes: readonly Uint8Array[];
}

/** A painting that is all background. */
export function emptyPainting({ width, height }: Size, planes = 1): Painting {
  return { width, height, planes: Array.from({ length: planes }, () => new Uint8Array(width * height)) };
}

/**
 * A painting that begins with given labels, such as those of a file. They are copied.
 *
 * @throws UserError if there is no plane, or one has not a byte a pixel
 */
export function paintingOf({ width, height }: Size, planes: readonly Uint8Array[]): Painting {
  expectPlanes({ width, height }, planes);
  return { width, height, planes: planes.map((plane) => plane.slice()) };
}

/**
 * Whether labels are as many and as large as they have to be.
 *
 * @param count of planes; any but 0 if absent
 * @throws UserError if not
 */
export function expectPlanes({ width, height }: Size, planes: readonly Uint8Array[], count?: number): void {
  const bytes = width * height;
  const wrong = planes.find(({ length }) => length !== bytes);
  if (planes.length > 0 && planes.length === (count ?? planes.length) && !wrong) return;
  const plural = (n: number) => `${n} plane${n === 1 ? '' : 's'}`;
  throw new UserError({
    what: 'labels',
    got: `${plural(planes.length)}${wrong ? `, one of ${wrong.length} bytes` : ''}`,
    expected: `${plural(count ?? 1)}${count ? '' : ' or more'} of ${bytes} bytes, one a pixel of ${width} x ${height}`,
    fix: 'give labels of the same image',
  });
}
