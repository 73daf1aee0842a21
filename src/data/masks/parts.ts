import type { Size } from '../../core/size.ts';

/** The connected parts of the pixels of one kind, made of runs: stretches of a row. */
export interface Parts {
  /** Of each run, in rows from the top: where it begins and ends in the mask. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Of each run, the first run of its part. */
  readonly first: readonly number[];
  /** Of each part, by its first run. */
  readonly areas: ReadonlyMap<number, number>;
  /** Parts that reach the edge of the mask. */
  readonly atEdge: ReadonlySet<number>;
}

/**
 * The connected parts of the pixels of one kind. Runs of neighbouring rows that touch are one part: union-find over the runs, so memory
 * grows with them, not with the pixels.
 *
 * @param options.inside those that are not 0, or those that are
 * @param options.corners whether pixels that touch at a corner only belong together
 */
export function partsOf(
  mask: Uint8Array,
  { height, width }: Size,
  { inside, corners }: { readonly inside: boolean; readonly corners: boolean },
): Parts {
  const [starts, ends]: [number[], number[]] = [[], []];
  const parents: number[] = [];
  const rootOf = (run: number) => {
    let root = run;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root]];
      root = parents[root];
    }
    return root;
  };
  const join = (a: number, b: number) => {
    const [one, other] = [rootOf(a), rootOf(b)];
    parents[Math.max(one, other)] = Math.min(one, other);
  };
  const reach = corners ? 1 : 0;
  let above = 0;
  for (let y = 0; y < height; y++) {
    const [rowStart, firstOfRow] = [y * width, starts.length];
    let touching = above;
    for (let at = rowStart; at < rowStart + width; at++) {
      if ((mask[at] !== 0) !== inside) continue;
      const start = at;
      while (at < rowStart + width && (mask[at] !== 0) === inside) at++;
      const run = starts.length;
      starts.push(start);
      ends.push(at);
      parents.push(run);
      // Runs of the row above, seen from this row, that end behind this one's start.
      while (touching < firstOfRow && ends[touching] + width + reach <= start) touching++;
      for (let t = touching; t < firstOfRow && starts[t] + width < at + reach; t++) join(t, run);
    }
    above = firstOfRow;
  }
  const first = starts.map((_, run) => rootOf(run));
  const areas = new Map<number, number>();
  const atEdge = new Set<number>();
  for (const [run, start] of starts.entries()) {
    areas.set(first[run], (areas.get(first[run]) ?? 0) + ends[run] - start);
    const edge =
      start < width || start >= (height - 1) * width || start % width === 0 || ends[run] % width === 0;
    if (edge) atEdge.add(first[run]);
  }
  return { starts, ends, first, areas, atEdge };
}

/** Objects are connected as parts of 8 neighbours. */
export const OBJECTS = { inside: true, corners: true };

/** Of each first run of a part its number, from 1. */
function numbersOf({ first }: Parts): ReadonlyMap<number, number> {
  return new Map([...new Set(first)].map((run, i) => [run, i + 1]));
}

/**
 * Which object each pixel of a mask belongs to.
 *
 * @param mask [height, width], 0 outside
 * @returns [height, width]: 0 outside, else the object's number, from 1
 */
export function objectMap(mask: Uint8Array, size: Size): Int32Array {
  const map = new Int32Array(mask.length);
  const parts = partsOf(mask, size, OBJECTS);
  const numbers = numbersOf(parts);
  for (const [run, start] of parts.starts.entries())
    map.fill(numbers.get(parts.first[run])!, start, parts.ends[run]);
  return map;
}
