import type { Point, Ring } from './annotated-set.ts';

/** How far the polygon stays inside of the ellipse, in pixels. */
const SAG = 0.01;

/** An ellipse as a polygon of the same area. @param degrees how far it is turned, clockwise as seen on the screen */
export function ellipseRing([cx, cy]: Point, rx: number, ry: number, degrees = 0): Ring {
  const radius = Math.max(rx, ry, 1);
  const count = Math.max(16, Math.ceil(Math.PI / Math.acos(1 - SAG / radius)));
  const step = (2 * Math.PI) / count;
  // The area of a polygon of n corners on a circle is n / 2 sin(2 pi / n) of its radius squared.
  const grown = Math.sqrt(step / Math.sin(step));
  const corners = Array.from(
    { length: count },
    (_, i): Point => [cx + grown * rx * Math.cos(i * step), cy + grown * ry * Math.sin(i * step)],
  );
  return turned(corners, [cx, cy], degrees);
}

export function rectangleRing(left: number, top: number, right: number, bottom: number): Ring {
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

/** Points turned about a centre, clockwise as seen on the screen. */
export function turned(ring: Ring, [cx, cy]: Point, degrees: number): Ring {
  if (degrees === 0) return ring;
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return ring.map(
    ([x, y]): Point => [cx + (x - cx) * cos - (y - cy) * sin, cy + (x - cx) * sin + (y - cy) * cos],
  );
}
