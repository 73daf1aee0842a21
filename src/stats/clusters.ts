import { mean } from '../core/mean.ts';

/** So many rounds bring k-means to rest, or near it. */
const MOST_ROUNDS = 100;

/**
 * Clusters of points by k-means (Lloyd 1982), from a start that needs no draw: the point nearest to the mean of all, then again and again the
 * one farthest from those that are chosen.
 *
 * @param points [n][dimensions]
 * @param count how many clusters, at least 1; there are fewer where fewer points differ
 * @returns of each point the number of its cluster; clusters are numbered by the first coordinate of their centres, ascending
 */
export function clustersOfPoints(points: readonly (readonly number[])[], count: number): number[] {
  if (points.length === 0) return [];
  let centres = startOf(points, count);
  let of = points.map((point) => nearestTo(point, centres));
  for (let round = 0; round < MOST_ROUNDS; round++) {
    centres = centres.map((centre, k) => {
      const own = points.filter((_, i) => of[i] === k);
      return own.length > 0 ? meanOf(own) : centre;
    });
    const next = points.map((point) => nearestTo(point, centres));
    if (next.every((k, i) => k === of[i])) break;
    of = next;
  }
  const used = [...centres.keys()]
    .filter((k) => of.includes(k))
    .sort((a, b) => centres[a][0] - centres[b][0]);
  return of.map((k) => used.indexOf(k));
}

function startOf(points: readonly (readonly number[])[], count: number): (readonly number[])[] {
  const chosen = [points[nearestTo(meanOf(points), points)]];
  while (chosen.length < count) {
    const distances = points.map((point) => squared(point, chosen[nearestTo(point, chosen)]));
    const farthest = distances.indexOf(Math.max(...distances));
    if (distances[farthest] === 0) break;
    chosen.push(points[farthest]);
  }
  return chosen;
}

const meanOf = (points: readonly (readonly number[])[]): number[] =>
  points[0].map((_, d) => mean(points.map((point) => point[d])));

function nearestTo(point: readonly number[], others: readonly (readonly number[])[]): number {
  const distances = others.map((other) => squared(point, other));
  return distances.reduce((best, distance, k) => (distance < distances[best] ? k : best), 0);
}

const squared = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, d) => sum + (value - b[d]) ** 2, 0);
