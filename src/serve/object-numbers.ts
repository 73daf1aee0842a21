import type { Box } from '../annotations/annotated-set.ts';
import type { Size } from '../core/size.ts';
import { OBJECTS, partsOf } from '../data/masks/parts.ts';

/**
 * Numbers the pixels of objects that have none yet. Each connected part of them gets the number of the one object that it touches (8
 * neighbours); one that touches none, or several, gets a number of its own.
 *
 * @param numbers [height, width], in place; 0 of pixels that have none
 * @param labels [height, width], 1 of pixels of objects; numbers of others are left as they are
 * @param box that holds all pixels without a number: the others are not looked through
 * @param next a number for a new object
 */
export function numberAdded(
  numbers: Uint32Array,
  { labels, size, box }: { readonly labels: Uint8Array; readonly size: Size; readonly box: Box },
  next: () => number,
): void {
  const added = new Uint8Array(box.width * box.height);
  const placeOf = (at: number) =>
    (box.top + Math.floor(at / box.width)) * size.width + box.left + (at % box.width);
  for (let at = 0; at < added.length; at += box.width) {
    const place = placeOf(at);
    for (let x = 0; x < box.width; x++)
      if (labels[place + x] === 1 && numbers[place + x] === 0) added[at + x] = 1;
  }
  const { starts, ends, first } = partsOf(added, box, OBJECTS);
  const touched = new Map<number, Set<number>>();
  for (const [run, start] of starts.entries()) {
    const objects = touched.get(first[run]) ?? new Set();
    touched.set(first[run], objects);
    const place = placeOf(start);
    for (const [from, to] of around(place, place + ends[run] - start, size))
      for (let i = from; i < to; i++) if (labels[i] === 1 && numbers[i] !== 0) objects.add(numbers[i]);
  }
  const ofParts = new Map(
    Array.from(touched, ([part, objects]) => [part, objects.size === 1 ? [...objects][0] : next()]),
  );
  for (const [run, start] of starts.entries()) {
    const place = placeOf(start);
    numbers.fill(ofParts.get(first[run])!, place, place + ends[run] - start);
  }
}

/** The pixels around those from `start` to before `end`, in one row, and these: as stretches of rows. */
function around(start: number, end: number, { height, width }: Size): readonly (readonly [number, number])[] {
  const row = start - (start % width);
  const [from, to] = [Math.max(row, start - 1), Math.min(row + width, end + 1)];
  const rows = [-width, 0, width].filter((by) => row + by >= 0 && row + by < height * width);
  return rows.map((by) => [from + by, to + by] as const);
}
