import type { Point, Ring } from './annotated-set.ts';

/** How far a contour may move, in pixels. */
const FURTHEST = 0.5;

/** How far the centres of pixels stay away from a line, so that rounding puts none on its other side. */
const MARGIN = 1e-3;

/** A corner of an outline, or the middle of one of its edges. */
interface Stop {
  readonly x: number;
  readonly y: number;
  /** The number of the edge that follows it, or on which it lies. */
  readonly edge: number;
  readonly corner: boolean;
  /** Whether a line may end here: corners of long edges, and the middle of the steps of a stair. */
  readonly end: boolean;
}

/**
 * An outline along the edges of pixels with fewer points. Lines run between corners and the middles of steps, leave the
 * centres of all pixels along the outline on the side where they are, and the corners that they pass over are at most half a
 * pixel away; where no such line is found, the outline stays as it is. Each line is as long as it can be.
 *
 * @param ring corners only, inside to the right
 */
export function simplifiedRing(ring: Ring): Ring {
  if (ring.length <= 4) return ring;
  const stops = stopsOf(ring);
  const ends = stops.flatMap(({ end }, i) => (end ? [i] : []));
  if (ends.length < 3) return ring;
  // Where the ring begins is a corner, if it has any. Numbers beyond the last begin again.
  const first = Math.max(
    0,
    ends.findIndex((i) => stops[i].corner),
  );
  const around = [...ends.slice(first), ...ends.slice(0, first + 1).map((i) => i + stops.length)];
  const kept: number[] = [];
  for (let at = 0; at < around.length - 1; ) {
    const next = longest(around, at, (a, b) => isFaithful(stops, ring, a, b));
    kept.push(around[at]);
    if (next === at) kept.push(...cornersBetween(stops, around[at], around[at + 1]));
    at = Math.max(next, at + 1);
  }
  const simple = withoutStraight(
    kept.map((i): Point => [stops[i % stops.length].x, stops[i % stops.length].y]),
  );
  return simple.length < 3 ? ring : simple;
}

/** How far a line may go: the lengths that are tried double, then halve again. The place itself if nowhere. */
function longest(ends: readonly number[], at: number, fits: (a: number, b: number) => boolean): number {
  let good = at;
  let step = 1;
  while (good + step < ends.length && fits(ends[at], ends[good + step])) {
    good += step;
    step *= 2;
  }
  for (; step >= 1; step /= 2) {
    if (good + step < ends.length && fits(ends[at], ends[good + step])) good += step;
  }
  return good;
}

function stopsOf(ring: Ring): Stop[] {
  const lengths = ring.map((_, i) => lengthOf(ring, i));
  return ring.flatMap(([x, y], edge) => {
    const [nextX, nextY] = ring[(edge + 1) % ring.length];
    const before = lengths[(edge + ring.length - 1) % ring.length];
    const corner = { x, y, edge, corner: true, end: before > 1 && lengths[edge] > 1 };
    const middle = { x: (x + nextX) / 2, y: (y + nextY) / 2, edge, corner: false, end: true };
    return lengths[edge] > 1 ? [corner] : [corner, middle];
  });
}

function lengthOf(ring: Ring, edge: number): number {
  const [[x0, y0], [x1, y1]] = [ring[edge], ring[(edge + 1) % ring.length]];
  return Math.abs(x1 - x0) + Math.abs(y1 - y0);
}

/** Where no line fits, the outline's own corners. */
function cornersBetween(stops: readonly Stop[], a: number, b: number): number[] {
  const corners: number[] = [];
  for (let i = a + 1; i < b; i++) if (stops[i % stops.length].corner) corners.push(i);
  return corners;
}

/** How far a point lies to the right of the line through two others, as seen on the screen along it. */
function distanceTo(a: Stop, b: Stop): (x: number, y: number) => number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = Math.hypot(dx, dy);
  if (length === 0) return (x, y) => Math.hypot(x - a.x, y - a.y);
  return (x, y) => (dx * (y - a.y) - dy * (x - a.x)) / length;
}

/** Whether a line may stand for the outline from stop a to stop b. */
function isFaithful(stops: readonly Stop[], ring: Ring, a: number, b: number): boolean {
  const [start, stop] = [stops[a % stops.length], stops[b % stops.length]];
  if (start.x === stop.x && start.y === stop.y) return false;
  const away = distanceTo(start, stop);
  for (let i = a; i <= b; i++) {
    const { x, y, edge, corner } = stops[i % stops.length];
    if (i > a && i < b && corner && Math.abs(away(x, y)) > FURTHEST) return false;
    // Each edge once: at the corner where it begins, or at the middle where the line does.
    if ((i === a || (i < b && corner)) && !parts(ring, edge, away)) return false;
  }
  return true;
}

/** Whether the pixels at both ends of an edge have their centres on their own sides of a line. */
function parts(ring: Ring, edge: number, away: (x: number, y: number) => number): boolean {
  const [[x0, y0], [x1, y1]] = [ring[edge], ring[(edge + 1) % ring.length]];
  const [dx, dy] = [Math.sign(x1 - x0) / 2, Math.sign(y1 - y0) / 2];
  // To the right of (dx, dy) is (-dy, dx).
  return (
    away(x0 + dx - dy, y0 + dy + dx) > MARGIN &&
    away(x1 - dx - dy, y1 - dy + dx) > MARGIN &&
    away(x0 + dx + dy, y0 + dy - dx) < -MARGIN &&
    away(x1 - dx + dy, y1 - dy - dx) < -MARGIN
  );
}

/** Without points that lie on the line between their neighbours. */
function withoutStraight(ring: Ring): Ring {
  return ring.filter(([x, y], i) => {
    const [[ax, ay], [bx, by]] = [ring[(i + ring.length - 1) % ring.length], ring[(i + 1) % ring.length]];
    return (bx - ax) * (y - ay) !== (by - ay) * (x - ax);
  });
}
