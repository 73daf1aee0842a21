import type { Point } from '../annotations/annotated-set.ts';
import type { Visit } from '../annotations/rasterise.ts';
import type { Size } from '../core/size.ts';

/** What a round brush covers that is drawn along a straight line. */
export interface Capsule {
  readonly from: Point;
  /** May be the same point: a dot. */
  readonly to: Point;
  /** In pixels of the image, 0 or more. */
  readonly radius: number;
}

/** A stretch of a row: from one coordinate to another, or pixels `from` .. `to - 1`. */
type Span = readonly [from: number, to: number];

const NOTHING: Span = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** From this radius on, a pixel that the line runs through has its centre within the radius. */
const WIDE = Math.SQRT1_2;

/**
 * The pixels of a capsule that lie in an image, at most one stretch a row: those whose centre is at most the radius away from the
 * line, and those that the line runs through (a pixel has its left and upper edges). So a thin line has no gaps, and a dot is
 * never empty. Where all numbers are sums of few powers of two, centres exactly on the edge are in.
 */
export function eachCapsuleSpan(capsule: Capsule, { width, height }: Size, visit: Visit): void {
  const { from: a, to: b, radius } = capsule;
  const top = Math.max(0, Math.floor(Math.min(a[1], b[1]) - radius));
  const bottom = Math.min(height, Math.floor(Math.max(a[1], b[1]) + radius) + 1);
  for (let y = top; y < bottom; y++) {
    const wide = chord(capsule, y + 0.5);
    const thin = radius < WIDE ? crossed(capsule, y) : NOTHING;
    const from = Math.max(0, Math.min(Math.ceil(wide[0] - 0.5), thin[0]));
    const to = Math.min(width, Math.max(Math.floor(wide[1] - 0.5) + 1, thin[1]));
    if (from < to) visit(y, from, to);
  }
}

/** Where a horizontal line meets a capsule, in coordinates: it is convex, so this reaches from its discs and its middle. */
function chord(capsule: Capsule, y: number): Span {
  const { from, to, radius } = capsule;
  const [a, b, middle] = [disc(from, radius, y), disc(to, radius, y), band(capsule, y)];
  return [Math.min(a[0], b[0], middle[0]), Math.max(a[1], b[1], middle[1])];
}

/** The part of a capsule between its ends. */
function band({ from: [ax, ay], to: [bx, by], radius }: Capsule, y: number): Span {
  const [dx, dy] = [bx - ax, by - ay];
  const length2 = dx * dx + dy * dy;
  if (length2 === 0) return NOTHING;
  const reach = radius * Math.sqrt(length2);
  const beside = between(-dy, (y - ay) * dx + ax * dy, -reach, reach);
  const along = between(dx, (y - ay) * dy - ax * dx, 0, length2);
  const [left, right] = [Math.max(beside[0], along[0]), Math.min(beside[1], along[1])];
  return left <= right ? [left, right] : NOTHING;
}

function disc([x, centre]: Point, radius: number, y: number): Span {
  const half = Math.sqrt(radius * radius - (y - centre) ** 2);
  return Number.isNaN(half) ? NOTHING : [x - half, x + half];
}

/** Where low <= slope * x + offset <= high. */
function between(slope: number, offset: number, low: number, high: number): Span {
  if (slope === 0) {
    return low <= offset && offset <= high ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : NOTHING;
  }
  const [p, q] = [(low - offset) / slope, (high - offset) / slope];
  return slope > 0 ? [p, q] : [q, p];
}

/** The pixels of a row that the line runs through. */
function crossed({ from, to }: Capsule, row: number): Span {
  const [[x0, y0], [x1, y1]] = from[1] <= to[1] ? [from, to] : [to, from];
  if (y1 < row || y0 >= row + 1) return NOTHING;
  const at = (y: number) => x0 + ((y - y0) * (x1 - x0)) / (y1 - y0);
  const leaves = y1 >= row + 1;
  const [start, end] = [y0 >= row ? x0 : at(row), leaves ? at(row + 1) : x1];
  // The point at which it leaves the row belongs to the next one.
  const last =
    leaves && start < end
      ? Math.max(Math.floor(start), Math.ceil(end) - 1)
      : Math.floor(Math.max(start, end));
  return [Math.floor(Math.min(start, end)), last + 1];
}
