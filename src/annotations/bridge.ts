import type { Part, Point, Ring } from './annotated-set.ts';
import { outlinesOf } from './contours.ts';
import { areaOf, boundsOf, rasterise } from './rasterise.ts';

/**
 * Parts and their holes as one ring, for formats that have nothing else: rings are joined by lines of no width, each gone there
 * and back, where they are closest. Inside is what lies within an odd number of windings, so parts that overlap are
 * united first, as pixels.
 */
export function bridged(parts: readonly Part[]): Ring {
  const [first, ...others] = (overlap(parts) ? outlinesOf(rasterise({ parts })) : parts).flat();
  const joined: Point[] = [...(first ?? [])];
  for (const ring of others) {
    const [i, j] = closest(joined, ring);
    joined.splice(i + 1, 0, ...ring.slice(j), ...ring.slice(0, j + 1), joined[i]);
  }
  return joined;
}

/** Whether pixels are of several parts. */
function overlap(parts: readonly Part[]): boolean {
  if (parts.length < 2) return false;
  const whole = boundsOf({ parts });
  const sum = parts.reduce((total, part) => total + areaOf({ parts: [part] }), 0);
  return sum !== areaOf({ parts }, whole);
}

/** The places of the closest points of two rings. */
function closest(a: Ring, b: Ring): [number, number] {
  let best: [number, number] = [0, 0];
  let least = Number.POSITIVE_INFINITY;
  for (const [i, [ax, ay]] of a.entries()) {
    for (const [j, [bx, by]] of b.entries()) {
      const distance = (ax - bx) ** 2 + (ay - by) ** 2;
      if (distance < least) [best, least] = [[i, j], distance];
    }
  }
  return best;
}
