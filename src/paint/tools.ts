import type { Box, Point, Ring } from '../annotations/annotated-set.ts';
import { within } from '../annotations/bitmap.ts';
import { boundsOf, eachSpan } from '../annotations/rasterise.ts';
import { eachCapsuleSpan } from './capsule.ts';
import type { Edit, Paint } from './edit.ts';
import { eachFloodSpan } from './flood.ts';
import { expectPlanes } from './painting.ts';

// Each tool writes through an edit, and returns a box that holds all that may have changed: what has to be shown anew. Places are
// in pixels of the image, fractions too, inside of it or not; the centre of the upper left pixel is (0.5, 0.5).

/** A brush of a radius in pixels of the image, 0 or more; which pixels it covers, `eachCapsuleSpan` says. */
export interface Brush extends Paint {
  readonly radius: number;
}

/**
 * Brush or eraser, drawn along a line; of one point it is a dot. A stroke may come in parts, each beginning where the last one
 * ended: the result is the same.
 *
 * @throws RangeError for places or a radius that are no numbers, or a radius below 0
 */
export function stroke(edit: Edit, points: readonly Point[], brush: Brush): Box | undefined {
  const { radius, ...paint } = brush;
  expectPlaces(points);
  if (!(radius >= 0 && radius < Number.POSITIVE_INFINITY)) throw new RangeError(`no radius: ${radius}`);
  return edit.write(paint, (visit) => {
    points.forEach((to, i) => {
      const from = points[i - 1] ?? to;
      if (i > 0 || points.length === 1) eachCapsuleSpan({ from, to, radius }, edit.painting, visit);
    });
  });
}

/**
 * The inside of a closed line, by the even-odd rule, as polygons of annotations are drawn: a pixel whose centre lies inside an
 * odd number of times; one on a left or upper edge is in, one on a right or lower edge is out.
 *
 * @throws RangeError for places that are no numbers
 */
export function polygon(edit: Edit, ring: Ring, paint: Paint): Box | undefined {
  expectPlaces(ring);
  const shape = { parts: [[ring]] };
  const box = within(boundsOf(shape), edit.painting);
  return edit.write(paint, (visit) => {
    if (box.width > 0 && box.height > 0) eachSpan(shape, box, visit);
  });
}

/** The pixels of one label that are joined by their sides with the one at a place. Nothing where the place is outside. */
export function fill(edit: Edit, [x, y]: Point, paint: Paint): Box | undefined {
  expectPlaces([[x, y]]);
  const { width, height, planes } = edit.painting;
  const place = [Math.floor(x), Math.floor(y)] as const;
  return edit.write(paint, (visit) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const plane = planes[paint.plane ?? 0];
    const label = plane[place[1] * width + place[0]];
    if (label === paint.label || label !== (paint.over ?? label)) return;
    eachFloodSpan(plane, edit.painting, place, visit);
  });
}

/** All pixels of a plane: clears it (label 0), or replaces one class (`over`) by another (`label`). */
export function fillAll(edit: Edit, paint: Paint): Box | undefined {
  const { width, height } = edit.painting;
  return edit.write(paint, (visit) => {
    for (let y = 0; y < height; y++) visit(y, 0, width);
  });
}

/**
 * Other labels in place of all, such as a prediction's. They are copied.
 *
 * @throws UserError if they are not as many and as large as the painting's
 */
export function replaceAll(edit: Edit, planes: readonly Uint8Array[]): Box {
  expectPlanes(edit.painting, planes, edit.painting.planes.length);
  return edit.replace(planes);
}

function expectPlaces(points: readonly Point[]): void {
  const wrong = points.find((point) => !point.every(Number.isFinite));
  if (wrong) throw new RangeError(`no place: ${wrong.join(', ')}`);
}
