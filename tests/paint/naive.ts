import * as fc from 'fast-check';
import type { Box, Point } from '../../src/annotations/annotated-set.ts';
import type { Paint } from '../../src/paint/edit.ts';
import { BACKGROUND, UNKNOWN } from '../../src/paint/painting.ts';

/** Small enough to look at every pixel, with more columns than rows. */
export const size = { width: 23, height: 17 };
const PIXELS = size.width * size.height;

/** Eighths of a pixel, so that every sum and product below is exact; between pixels, on their corners and centres, and outside. */
const eighths = (min: number, max: number) => fc.integer({ min: 8 * min, max: 8 * max }).map((n) => n / 8);
export const places: fc.Arbitrary<Point> = fc.tuple(eighths(-9, 32), eighths(-9, 26));
export const radii = fc.oneof(eighths(0, 2), eighths(2, 12));
export const labels = fc.constantFrom(BACKGROUND, 1, 2, 3, UNKNOWN);

/** Lines along which centres lie exactly at the edge of a brush, more often than by chance: their lengths are whole numbers. */
const ruled: fc.Arbitrary<Point[]> = fc
  .record({
    start: places,
    times: fc.integer({ min: -4, max: 4 }),
    direction: fc.constantFrom([2, 0], [0, 2], [3, 4], [-4, 3], [5, 12], [8, -6]),
  })
  .map(({ start: [x, y], times, direction: [dx, dy] }) => [
    [x, y],
    [x + times * dx, y + times * dy],
  ]);

/** What a brush is drawn along. */
export const lines = fc.oneof(fc.array(places, { minLength: 1, maxLength: 4 }), ruled);

/** Labels of all pixels: rectangles above one another, or noise. */
export const planes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: PIXELS, maxLength: PIXELS }).map((bytes) => bytes.map((byte) => byte % 3)),
  fc
    .array(fc.tuple(fc.nat(22), fc.nat(16), fc.nat(22), fc.nat(16), labels), { maxLength: 8 })
    .map((rectangles) => {
      const plane = new Uint8Array(PIXELS);
      for (const [left, top, right, bottom, label] of rectangles)
        for (let y = top; y <= bottom; y++) plane.fill(label, y * 23 + left, y * 23 + Math.max(left, right));
      return plane;
    }),
);

export const paints: fc.Arbitrary<Paint> = fc.record(
  { label: labels, over: labels },
  { requiredKeys: ['label'] },
);

/** A plane as text, a digit a pixel and ? where it is unknown: quick to compare, and to be looked at where it differs. */
export const drawn = (plane: Uint8Array) =>
  Array.from({ length: size.height }, (_, y) =>
    plane
      .subarray(y * size.width, (y + 1) * size.width)
      .join('')
      .replaceAll('255', '?'),
  ).join('\n');

/** The places of pixels for which something does not hold. */
export const pixelsWhere = (wrong: (x: number, y: number, pixel: number) => boolean): number[] =>
  Array.from({ length: PIXELS }, (_, i) => i).filter((i) =>
    wrong(i % size.width, Math.floor(i / size.width), i),
  );

/** How far a place is from a line, by the nearest place on it. */
export function distanceTo([ax, ay]: Point, [bx, by]: Point, [x, y]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const share = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy) || 0;
  const t = Math.min(1, Math.max(0, share));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** A plane after paint has come to the pixels that are covered, each asked by itself. */
export function painted(
  plane: Uint8Array,
  { label, over }: Paint,
  covers: (x: number, y: number) => boolean,
) {
  return plane.map((old, i) => {
    const hit = covers(i % size.width, Math.floor(i / size.width));
    return hit && (over === undefined || old === over) ? label : old;
  });
}

/** Whether a stroke covers a pixel, in whole sixteenths. */
export function strokeCovers(points: readonly Point[], radius: number, x: number, y: number): boolean {
  const corners = points.map(([px, py]): Point => [16 * px, 16 * py]);
  return corners.some((b, i) => {
    if (i === 0 && corners.length > 1) return false;
    const a = corners[i - 1] ?? b;
    return isNear(a, b, 16 * radius, [16 * x + 8, 16 * y + 8]) || runsThrough(a, b, 16 * x, 16 * y);
  });
}

function isNear([ax, ay]: Point, [bx, by]: Point, radius: number, [x, y]: Point): boolean {
  const square = (p: number, q: number) => p * p + q * q;
  const length2 = square(bx - ax, by - ay);
  const along = (x - ax) * (bx - ax) + (y - ay) * (by - ay);
  if (along < 0 || length2 === 0) return square(x - ax, y - ay) <= radius ** 2;
  if (along > length2) return square(x - bx, y - by) <= radius ** 2;
  return ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) ** 2 <= radius ** 2 * length2;
}

/** Whether a + t (b - a), 0 <= t <= 1, is in [left, left + 16) x [top, top + 16) for a t; bounds of t are fractions. */
function runsThrough([ax, ay]: Point, [bx, by]: Point, left: number, top: number): boolean {
  interface Bound {
    readonly n: number;
    readonly d: number;
    readonly open: boolean;
  }
  const lows: Bound[] = [{ n: 0, d: 1, open: false }];
  const highs: Bound[] = [{ n: 1, d: 1, open: false }];
  for (const [start, step, edge] of [
    [ax, bx - ax, left],
    [ay, by - ay, top],
  ]) {
    if (step === 0 && (start < edge || start >= edge + 16)) return false;
    const first = { n: Math.sign(step) * (edge - start), d: Math.abs(step), open: false };
    const last = { n: Math.sign(step) * (edge + 16 - start), d: Math.abs(step), open: true };
    if (step > 0) lows.push(first);
    if (step > 0) highs.push(last);
    if (step < 0) lows.push(last);
    if (step < 0) highs.push(first);
  }
  return lows.every((low) =>
    highs.every((high) => {
      const order = low.n * high.d - high.n * low.d;
      return order < 0 || (order === 0 && !low.open && !high.open);
    }),
  );
}

/** The pixels of one label that are joined with one by their sides, looked for from neighbour to neighbour. */
export function regionOf(plane: Uint8Array, [x, y]: Point): Set<number> {
  const start = y * size.width + x;
  const found = new Set([start]);
  for (const pixel of found) {
    const column = pixel % size.width;
    const neighbours = [
      ...(column > 0 ? [pixel - 1] : []),
      ...(column + 1 < size.width ? [pixel + 1] : []),
      pixel - size.width,
      pixel + size.width,
    ];
    for (const other of neighbours) if (plane[other] === plane[start]) found.add(other);
  }
  return found;
}

/** The smallest box of the pixels in which two planes differ. */
export function differenceBox(a: Uint8Array, b: Uint8Array): Box | undefined {
  const changed = [...a.keys()].filter((i) => a[i] !== b[i]);
  if (changed.length === 0) return undefined;
  const columns = changed.map((i) => i % size.width);
  const rows = changed.map((i) => Math.floor(i / size.width));
  const [left, top] = [Math.min(...columns), Math.min(...rows)];
  return { left, top, width: Math.max(...columns) + 1 - left, height: Math.max(...rows) + 1 - top };
}

/** Whether a box holds another. */
export function holds(outer: Box | undefined, inner: Box | undefined): boolean {
  if (!inner) return true;
  if (!outer) return false;
  return (
    outer.left <= inner.left &&
    outer.top <= inner.top &&
    outer.left + outer.width >= inner.left + inner.width &&
    outer.top + outer.height >= inner.top + inner.height
  );
}
