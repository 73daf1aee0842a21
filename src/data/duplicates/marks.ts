/** A place in a picture that stands out, which is found again in a part of the picture that was cut out. */
export interface Mark {
  /** In pixels of the plane. */
  readonly x: number;
  readonly y: number;
  /** How large it is: the standard deviation of the Gaussian of its scale. */
  readonly scale: number;
  /** What is around it: 8 x 8 values at distances that follow its scale; mean 0, norm 1. */
  readonly around: Float32Array;
  /** Which of these are above 0. */
  readonly signs: Int32Array;
}

/** Width and height of the plane in which marks are looked for. */
export const MARKED_SIDE = 64;
const SCALES = Array.from({ length: 9 }, (_, i) => 1.2 * 2 ** (i / 3));
/** Least difference between two scales, in grey levels. */
const LEAST = 0.25;
const MOST_MARKS = 80;
const GRID = 8;
/** Between two values around a mark, in scales: closer ones tell marks less apart, wider ones leave the picture more often. */
const SPACING = 1;

/**
 * The strongest extrema of differences of Gaussians over place and scale (Lowe 2004, "Distinctive image features from scale-invariant
 * keypoints"), without orientation, as crops are upright.
 *
 * @param plane grey levels [64, 64] in rows
 */
export function marksOf(plane: Float32Array): Mark[] {
  const levels: Float32Array[] = [];
  for (const [i, scale] of SCALES.entries()) {
    const [from, by] = i === 0 ? [plane, scale] : [levels[i - 1], Math.sqrt(scale ** 2 - SCALES[i - 1] ** 2)];
    levels.push(blurred(from, by));
  }
  const differences = levels.slice(1).map((level, i) => level.map((value, k) => value - levels[i][k]));
  return extremaOf(differences)
    .sort((a, b) => b.strength - a.strength)
    .slice(0, MOST_MARKS)
    .flatMap(({ x, y, level }) => markAt(x, y, SCALES[level], levels[Math.max(0, level - 1)]) ?? []);
}

interface Extremum {
  readonly x: number;
  readonly y: number;
  readonly level: number;
  readonly strength: number;
}

function extremaOf(differences: readonly Float32Array[]): Extremum[] {
  const found: Extremum[] = [];
  for (let level = 1; level < differences.length - 1; level++) {
    const own = differences[level];
    for (let y = 2; y < MARKED_SIDE - 2; y++) {
      for (let x = 2; x < MARKED_SIDE - 2; x++) {
        const at = y * MARKED_SIDE + x;
        const strength = Math.abs(own[at]);
        if (strength >= LEAST && isExtremum(differences, level, at)) found.push({ x, y, level, strength });
      }
    }
  }
  return found;
}

const NEIGHBOURS = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => dy * MARKED_SIDE + dx));

function isExtremum(differences: readonly Float32Array[], level: number, at: number): boolean {
  const value = differences[level][at];
  for (const other of [level, level - 1, level + 1]) {
    for (const step of NEIGHBOURS) {
      if (other === level && step === 0) continue;
      const beside = differences[other][at + step];
      if (value > 0 ? beside >= value : beside <= value) return false;
    }
  }
  return true;
}

/** @returns undefined where what is around it leaves the picture */
function markAt(x: number, y: number, scale: number, level: Float32Array): Mark | undefined {
  const reach = ((GRID - 1) / 2) * SPACING * scale;
  if (Math.min(x, y) < reach || Math.max(x, y) > MARKED_SIDE - 1 - reach) return undefined;
  const around = Float32Array.from({ length: GRID * GRID }, (_, i) =>
    valueAt(
      level,
      x - reach + (i % GRID) * SPACING * scale,
      y - reach + Math.floor(i / GRID) * SPACING * scale,
    ),
  );
  const mean = around.reduce((sum, value) => sum + value, 0) / around.length;
  const norm = Math.sqrt(around.reduce((sum, value) => sum + (value - mean) ** 2, 0)) || 1;
  const signs = new Int32Array(2);
  for (let i = 0; i < around.length; i++) {
    around[i] = (around[i] - mean) / norm;
    if (around[i] > 0) signs[i >> 5] |= 1 << (i & 31);
  }
  return { x, y, scale, around, signs };
}

const valueAt = (plane: Float32Array, x: number, y: number): number =>
  between(plane, betweenPixels(y), betweenPixels(x));

/** A place along one side of a plane: the pixel before it, and which share the one after it has. */
export interface Between {
  readonly first: number;
  readonly share: number;
}

/** Beyond the border the place there. */
export function betweenPixels(at: number): Between {
  const inside = at < 0 ? 0 : at > MARKED_SIDE - 1 ? MARKED_SIDE - 1 : at;
  const first = Math.min(MARKED_SIDE - 2, Math.floor(inside));
  return { first, share: inside - first };
}

/** The value between the pixels of a plane [64, 64]. */
export function between(plane: Float32Array, row: Between, column: Between): number {
  const at = row.first * MARKED_SIDE + column.first;
  const below = at + MARKED_SIDE;
  const upper = plane[at] + column.share * (plane[at + 1] - plane[at]);
  const lower = plane[below] + column.share * (plane[below + 1] - plane[below]);
  return upper + row.share * (lower - upper);
}

/** By a Gaussian, rows first; beyond the border the values there go on. */
function blurred(plane: Float32Array, deviation: number): Float32Array {
  const reach = Math.ceil(2.5 * deviation);
  // Of the middle and of each distance from it, on either side alike.
  const weights = Float32Array.from({ length: reach + 1 }, (_, i) =>
    Math.exp(-(i ** 2) / (2 * deviation ** 2)),
  );
  const sum = 2 * weights.reduce((all, weight) => all + weight, 0) - weights[0];
  for (let i = 0; i < weights.length; i++) weights[i] /= sum;
  return alongRowsTurned(alongRowsTurned(plane, weights, reach), weights, reach);
}

/** Each row is weighted, and becomes a column. */
function alongRowsTurned(plane: Float32Array, weights: Float32Array, reach: number): Float32Array {
  const result = new Float32Array(plane.length);
  const row = new Float32Array(MARKED_SIDE + 2 * reach);
  for (let y = 0; y < MARKED_SIDE; y++) {
    row.set(plane.subarray(y * MARKED_SIDE, (y + 1) * MARKED_SIDE), reach);
    row.fill(row[reach], 0, reach);
    row.fill(row[reach + MARKED_SIDE - 1], reach + MARKED_SIDE);
    for (let x = 0; x < MARKED_SIDE; x++) {
      const middle = x + reach;
      let value = weights[0] * row[middle];
      for (let i = 1; i <= reach; i++) value += weights[i] * (row[middle - i] + row[middle + i]);
      result[x * MARKED_SIDE + y] = value;
    }
  }
  return result;
}
