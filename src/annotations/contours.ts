import type { Part, Point, Ring, Shape } from './annotated-set.ts';
import { type Grid, gridOf } from './bitmap.ts';
import { rasterise } from './rasterise.ts';
import { simplifiedRing } from './simplify.ts';

/**
 * The outlines of pixels, along the edges between pixels: a part for each set of pixels that touch at their sides, first its outer
 * ring, then its holes. No ring meets itself. Outer rings run clockwise as seen on the screen, holes the other way.
 * Rasterised they give the same pixels.
 */
export function outlinesOf(grid: Grid): Part[] {
  const { left, top, width, height } = grid;
  const stride = width + 2;
  // With a margin, so that nothing has to be asked about the edge.
  const inside = new Uint8Array(stride * (height + 2));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (grid.data[y * width + x]) inside[(y + 1) * stride + x + 1] = 1;
  }
  const partOf = new Int32Array(inside.length);
  const traced = new Uint8Array(inside.length);
  const parts: Ring[][] = [];
  const place = (vertex: number): Point => [
    left + (vertex % stride) - 1,
    top + Math.floor(vertex / stride) - 1,
  ];
  for (let pixel = stride + 1; pixel < inside.length - stride; pixel++) {
    if (!inside[pixel] || inside[pixel - stride] || traced[pixel]) continue;
    if (!partOf[pixel]) {
      parts.push([]);
      flood(inside, partOf, stride, pixel, parts.length);
    }
    const rings = parts[partOf[pixel] - 1];
    const isFirst = rings.length === 0;
    const loops = simpleLoops(trace(inside, traced, stride, pixel)).map((loop) => loop.map(place));
    // A ring that met itself has been cut into its outer part and holes.
    rings.push(...(isFirst ? loops.sort((a, b) => signedArea(b) - signedArea(a)) : loops));
  }
  return parts;
}

/**
 * Outlines with fewer points, which lie within half a pixel of the exact ones. Rasterised they give the same pixels: a part
 * whose simplified outline would not keeps its exact one.
 */
export function simplifiedOutlinesOf(grid: Grid): Part[] {
  return outlinesOf(grid).map((exact) => {
    const simple = exact.map(simplifiedRing);
    return samePixels({ parts: [exact] }, { parts: [simple] }) ? simple : exact;
  });
}

/** A shape as polygons. @param simplify whether outlines of pixels are simplified */
export function partsOf(shape: Shape, simplify = false): readonly Part[] {
  if ('parts' in shape) return shape.parts;
  const grid = gridOf(shape.bitmap);
  return simplify ? simplifiedOutlinesOf(grid) : outlinesOf(grid);
}

function samePixels(exact: Shape, other: Shape): boolean {
  const a = rasterise(exact);
  const b = rasterise(other, a);
  return a.data.every((value, i) => value === b.data[i]);
}

/** Twice the area of a ring; positive if it runs clockwise as seen on the screen. */
function signedArea(ring: Ring): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    sum += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
  }
  return sum;
}

/** Marks the pixels that touch one at their sides, and those that touch these, with a number. */
function flood(inside: Uint8Array, partOf: Int32Array, stride: number, start: number, number: number): void {
  const open = [start];
  partOf[start] = number;
  for (let pixel = open.pop(); pixel !== undefined; pixel = open.pop()) {
    for (const other of [pixel - stride, pixel - 1, pixel + 1, pixel + stride]) {
      if (!inside[other] || partOf[other]) continue;
      partOf[other] = number;
      open.push(other);
    }
  }
}

/**
 * Follows the edge between inside (on the right) and outside from the upper left corner of a pixel on, along its upper side.
 *
 * @returns the vertices where it turns, each the number of the pixel to its lower right
 */
function trace(inside: Uint8Array, traced: Uint8Array, stride: number, start: number): number[] {
  // East, south, west, north: how a step changes the vertex, and where the pixels ahead lie, to the left and to the right.
  const steps = [1, stride, -1, -stride];
  const onLeft = [-stride, 0, -1, -stride - 1];
  const onRight = [0, -1, -stride - 1, -stride];
  const turns: number[] = [];
  let [vertex, direction] = [start, 0];
  do {
    if (direction === 0) traced[vertex] = 1;
    vertex += steps[direction];
    const before = direction;
    // Pixels that touch at a corner only are kept apart.
    if (!inside[vertex + onRight[direction]]) direction = (direction + 1) % 4;
    else if (inside[vertex + onLeft[direction]]) direction = (direction + 3) % 4;
    if (direction !== before) turns.push(vertex);
  } while (vertex !== start || direction !== 0);
  return turns;
}

/** Cuts a loop where it comes to a vertex for the second time. */
function simpleLoops(loop: readonly number[]): number[][] {
  const loops: number[][] = [];
  const way: number[] = [];
  const placeOf = new Map<number, number>();
  for (const vertex of loop) {
    const before = placeOf.get(vertex);
    if (before !== undefined) {
      const cut = way.splice(before);
      for (const each of cut) placeOf.delete(each);
      loops.push(cut);
    }
    placeOf.set(vertex, way.length);
    way.push(vertex);
  }
  return [...loops, way];
}
