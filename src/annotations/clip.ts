import type { Box, Point, Ring } from './annotated-set.ts';

/**
 * What of a ring lies in a box; along its sides the ring may come back on itself, which changes no area (Sutherland and
 * Hodgman 1974). Points in the box stay as they are.
 */
export function clippedRing(ring: Ring, { left, top, width, height }: Box): Ring {
  const sides: readonly [axis: 0 | 1, limit: number, sign: 1 | -1][] = [
    [0, left, 1],
    [1, top, 1],
    [0, left + width, -1],
    [1, top + height, -1],
  ];
  return sides.reduce((rest, [axis, limit, sign]) => oneSide(rest, axis, limit, sign), ring);
}

function oneSide(ring: Ring, axis: 0 | 1, limit: number, sign: 1 | -1): Ring {
  const isInside = (point: Point) => (point[axis] - limit) * sign >= 0;
  return ring.flatMap((point, i): Point[] => {
    const before = ring[(i + ring.length - 1) % ring.length];
    const here = isInside(point) ? [point] : [];
    return isInside(point) === isInside(before) ? here : [crossing(before, point, axis, limit), ...here];
  });
}

function crossing(a: Point, b: Point, axis: 0 | 1, limit: number): Point {
  const share = (limit - a[axis]) / (b[axis] - a[axis]);
  const other = a[1 - axis] + share * (b[1 - axis] - a[1 - axis]);
  return axis === 0 ? [limit, other] : [other, limit];
}
