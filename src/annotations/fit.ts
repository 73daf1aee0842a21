import type { Size } from '../core/size.ts';
import type { AnnotatedImage, AnnotatedObject, Bitmap, Part, Ring, Shape } from './annotated-set.ts';
import { bitmapOf, within } from './bitmap.ts';
import { bridged } from './bridge.ts';
import { partsOf } from './contours.ts';
import type { Holds, WriteOptions } from './format.ts';
import { boundsOf, rasterise } from './rasterise.ts';

type Fitting = Pick<Holds, 'holes' | 'parts' | 'groups' | 'pixels'>;

/**
 * The shape of an object as a format holds it: where it has no pixels, their outlines; where it has no holes, or no parts,
 * pixels, or without these one ring with lines of no width in it.
 */
export function fitted(
  shape: Shape,
  holds: Fitting,
  { polygons }: Pick<WriteOptions, 'polygons'>,
  size?: Size,
): Shape {
  const masks = holds.pixels === 'masks';
  if ('bitmap' in shape && masks && !polygons) return shape;
  const parts = partsOf(shape, polygons);
  if (fits(parts, holds)) return { parts };
  return masks ? { bitmap: pixelsOfShape(shape, size) } : { parts: [[bridged(parts)]] };
}

function fits(parts: readonly Part[], { holes, parts: several }: Fitting): boolean {
  return (holes || parts.every((part) => part.length === 1)) && (several !== 'none' || parts.length <= 1);
}

/** The pixels of a shape, those within an image if its size is known. */
export function pixelsOfShape(shape: Shape, size?: Size): Bitmap {
  if ('bitmap' in shape) return shape.bitmap;
  const bounds = boundsOf(shape);
  return bitmapOf(rasterise(shape, size ? within(bounds, size) : bounds));
}

/** The rings of a shape that is all outlines, in a format without holes. */
export function ringsOf(parts: readonly Part[]): Ring[] {
  return parts.map(([ring]) => ring);
}

/** The objects of an image, those of one group and label as one object, where the first of them lies. */
export function withJoinedGroups({ objects = [] }: AnnotatedImage): AnnotatedObject[] {
  const joined = new Map<string, AnnotatedObject>();
  for (const [i, object] of objects.entries()) {
    const { group, label } = object;
    const key = group === undefined ? `object ${i}` : `group ${group} of ${label}`;
    const before = joined.get(key);
    joined.set(key, before ? { ...before, shape: united(before.shape, object.shape) } : object);
  }
  return [...joined.values()];
}

/** Two shapes as one. */
function united(a: Shape, b: Shape): Shape {
  if ('parts' in a && 'parts' in b) return { parts: [...a.parts, ...b.parts] };
  const [one, other] = [boundsOf(a), boundsOf(b)];
  const [left, top] = [Math.min(one.left, other.left), Math.min(one.top, other.top)];
  const width = Math.max(one.left + one.width, other.left + other.width) - left;
  const height = Math.max(one.top + one.height, other.top + other.height) - top;
  const box = { left, top, width, height };
  const both = rasterise(a, box);
  const more = rasterise(b, box);
  return { bitmap: bitmapOf({ ...box, data: both.data.map((value, i) => value | more.data[i]) }) };
}

/** A number for each group of an image: its own if all are numbers, and new ones for objects of several parts. */
export class GroupNumbers {
  readonly #numbers = new Map<string, number>();
  #next = 1;

  constructor({ objects = [] }: AnnotatedImage) {
    const groups = new Set(objects.flatMap(({ group }) => (group === undefined ? [] : [group])));
    const own = [...groups].every((group) => /^\d{1,9}$/.test(group));
    for (const group of groups) {
      const number = own ? Number(group) : this.#next;
      this.#numbers.set(group, number);
      this.#next = Math.max(this.#next, number + 1);
    }
  }

  /** @param parts how many the object has */
  of({ group }: AnnotatedObject, parts: number): number | undefined {
    if (group !== undefined) return this.#numbers.get(group);
    return parts > 1 ? this.#next++ : undefined;
  }
}
