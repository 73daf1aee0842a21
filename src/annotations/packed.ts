import type { AnnotatedObject, Part, Ring, Shape } from './annotated-set.ts';

/**
 * The labels and shapes of the objects of an image, in little memory, and sent to another thread by copying bytes. Equal objects in
 * equal order have equal numbers.
 */
export interface PackedObjects {
  /** Each label once, in the order in which they come. */
  readonly labels: readonly string[];
  /**
   * Of each object the place of its label; then of pixels -1, their box and the lengths of runs; of polygons the number of
   * parts, of each part that of its rings, of each ring that of its points, and these. Before runs their number comes, too.
   */
  readonly numbers: Float64Array;
}

/** What of a bitmap stands in the place of a number of parts. */
const BITMAP = -1;

/** Ids, groups and the like are left out: they change no pixel. */
export function packObjects(objects: readonly AnnotatedObject[]): PackedObjects {
  const labels = [...new Set(objects.map(({ label }) => label))];
  const placeOf = new Map(labels.map((label, place) => [label, place]));
  const numbers: number[] = [];
  for (const { label, shape } of objects) {
    numbers.push(placeOf.get(label)!);
    pushShape(shape, numbers);
  }
  return { labels, numbers: Float64Array.from(numbers) };
}

function pushShape(shape: Shape, numbers: number[]): void {
  if ('bitmap' in shape) {
    const { left, top, width, height, runs } = shape.bitmap;
    numbers.push(BITMAP, left, top, width, height, runs.length);
    for (const run of runs) numbers.push(run);
    return;
  }
  numbers.push(shape.parts.length);
  for (const part of shape.parts) {
    numbers.push(part.length);
    for (const ring of part) {
      numbers.push(ring.length);
      for (const [x, y] of ring) numbers.push(x, y);
    }
  }
}

export function unpackObjects({ labels, numbers }: PackedObjects): AnnotatedObject[] {
  let at = 0;
  const next = () => numbers[at++];
  const several = <Item>(count: number, item: () => Item): Item[] => Array.from({ length: count }, item);
  const ring = (): Ring => several(next(), () => [next(), next()]);
  const part = (): Part => several(next(), ring);
  const shape = (): Shape => {
    const parts = next();
    if (parts !== BITMAP) return { parts: several(parts, part) };
    const [left, top, width, height, length] = several(5, next);
    const runs = Uint32Array.from(numbers.subarray(at, at + length));
    at += length;
    return { bitmap: { left, top, width, height, runs } };
  };
  const objects: AnnotatedObject[] = [];
  while (at < numbers.length) objects.push({ label: labels[next()], shape: shape() });
  return objects;
}
