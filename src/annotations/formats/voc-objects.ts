import type { Size } from '../../core/size.ts';
import { eachNeighbour } from '../bitmap.ts';
import { unknownIn } from '../label-map.ts';
import type { NumberMap } from '../png.ts';
import type { Tally } from '../reading.ts';

/** More than there are classes. */
export const STEP = 65536;

/**
 * One number for each object: its number in the map of objects, times `STEP`, and its class; 0 where nothing is. The map of
 * classes decides what a pixel is, that of objects which pixels belong together. Where they disagree, an object keeps the pixels of
 * the class that most of it has; other pixels go to an object of their class that they touch, or are one object without a number.
 *
 * @param objects of the same size; absent: all pixels of a class are one object
 */
export function objectMap(
  classes: NumberMap,
  objects: NumberMap | undefined,
  tally: Tally,
): Size & { readonly data: Uint32Array } {
  const { width, height } = classes;
  const data = Uint32Array.from(classes.data);
  if (!objects) return { width, height, data };
  const unknown = unknownIn(classes.data);
  const border = unknownIn(objects.data);
  const classOf = usualClasses(classes.data, objects.data, unknown, border);
  const open: number[] = [];
  let [classless, moved] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    const object = objects.data[i];
    if (object === 0 || object === border) continue;
    if (data[i] === 0) classless++;
    else if (classOf.get(object) === data[i]) open.push(i);
  }
  for (const i of open) data[i] += objects.data[i] * STEP;
  // From each object outwards, to pixels of its class that have no object yet.
  for (let at = 0; at < open.length; at++) {
    const own = data[open[at]];
    eachNeighbour(open[at], classes, (other) => {
      if (data[other] !== own % STEP) return;
      data[other] = own;
      open.push(other);
      moved++;
    });
  }
  tally.add('{pixel|pixels} of an object, but of no class: left out', classless);
  tally.add(
    '{pixel|pixels} of a class, but of no object of it: {goes|go} to one that {it touches|they touch}',
    moved,
  );
  return { width, height, data };
}

/** The class that most pixels of each object have. */
function usualClasses(
  classes: NumberMap['data'],
  objects: NumberMap['data'],
  unknown: number,
  border: number,
): Map<number, number> {
  const counts = new Map<number, number>();
  for (let i = 0; i < classes.length; i++) {
    if (classes[i] === 0 || classes[i] === unknown || objects[i] === 0 || objects[i] === border) continue;
    const pair = objects[i] * STEP + classes[i];
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  const usual = new Map<number, number>();
  for (const [pair] of [...counts].sort(([, a], [, b]) => a - b))
    usual.set(Math.floor(pair / STEP), pair % STEP);
  return usual;
}
