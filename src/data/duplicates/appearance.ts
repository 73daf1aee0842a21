import { type Image, resizePlane } from '../decode/resize.ts';
import { MARKED_SIDE, type Mark, marksOf } from './marks.ts';

/**
 * What an image looks like, so that copies of it can be found: re-encoded, resized, brighter or darker, mirrored or turned ones.
 *
 * The relief is the grey image, each value less the mean of its surroundings and divided by their spread. So every
 * structure counts alike and not the few brightest; the black frame around an endoscopic image, which all images of one
 * device share, weighs no more than any other edge.
 */
export interface Appearance {
  /** [32, 32] in rows; mean 0, norm 1: brightness and contrast cancel. */
  readonly grey: Float32Array;
  /** [32, 32] in rows; mean 0, norm 1. */
  readonly relief: Float32Array;
  /** Signs of the relief's 128 lowest frequencies, 32 in a number; of each of its views, that of the image itself first. */
  readonly signs: readonly Int32Array[];
  /** Grey levels [64, 64] in rows, in which parts of other images are looked for. */
  readonly plane: Float32Array;
  readonly marks: readonly Mark[];
}

/** A plane seen turned by quarters, or in a mirror, or both. */
interface View {
  readonly transposed: boolean;
  readonly mirrored: boolean;
  readonly upended: boolean;
}

const both = [false, true];
/** The eight views of a square; the first is the plane as it is. */
const VIEWS: readonly View[] = both.flatMap((transposed) =>
  both.flatMap((upended) => both.map((mirrored) => ({ transposed, mirrored, upended }))),
);

/** Width and height of a relief. */
export const SIDE = 32;
/** Surroundings are the 9 x 9 values around one. */
const REACH = 4;
/** Grey levels that are added to the spread, so that noise and traces of compression in what is flat stay small. */
const FLAT = 4;
/** By how many grey levels a value differs from the mean of its surroundings if there is any structure. */
const STRUCTURE = 0.5;
/**
 * Least part of an image that has structure. A picture of a single edge, or of none, looks like every other such picture;
 * an edge is structure in a quarter of it. 2,200 colonoscopic images have it in 0.84 and more.
 */
const LEAST_STRUCTURE = 0.5;

/**
 * @param image RGB, all of one size: 64 x 64 pixels and more
 * @returns undefined if there is too little structure in it to tell it from others
 */
export function appearanceOf(image: Image): Appearance | undefined {
  const levels = greyOf(image);
  const grey = resizePlane(levels, image, { height: SIDE, width: SIDE });
  const { relief, structured } = reliefOf(grey);
  if (structured < LEAST_STRUCTURE * grey.length) return undefined;
  normalise(grey);
  const plane = resizePlane(levels, image, { height: MARKED_SIDE, width: MARKED_SIDE });
  const frequencies = frequenciesOf(relief);
  const signs = VIEWS.map((view) => signsOf(frequencies, view));
  return { grey, relief, signs, plane, marks: marksOf(plane) };
}

/**
 * The relief of grey levels, and how many of them have structure.
 *
 * @param grey [32, 32] in rows
 */
export function reliefOf(grey: Float32Array): {
  readonly relief: Float32Array;
  readonly structured: number;
} {
  const mean = surroundings(grey);
  const square = surroundings(grey.map((value) => value * value));
  const relief = new Float32Array(grey.length);
  let structured = 0;
  for (let i = 0; i < grey.length; i++) {
    const off = grey[i] - mean[i];
    relief[i] = off / (Math.sqrt(Math.max(0, square[i] - mean[i] * mean[i])) + FLAT);
    if (Math.abs(off) > STRUCTURE) structured++;
  }
  normalise(relief);
  return { relief, structured };
}

/**
 * The correlation of two planes of mean 0 and norm 1: -1 to 1.
 *
 * @param view of the second, by its place among the signs
 */
export function correlation(a: Float32Array, b: Float32Array, view: number): number {
  const places = PLACES[view];
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[places[i]];
  return sum;
}

/** Of each view, where in the plane its values are. */
const PLACES = VIEWS.map(({ transposed, mirrored, upended }) =>
  Int32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [y, x] = [Math.floor(i / SIDE), i % SIDE];
    const [row, column] = [upended ? SIDE - 1 - y : y, mirrored ? SIDE - 1 - x : x];
    return transposed ? column * SIDE + row : row * SIDE + column;
  }),
);

/** Luma of ITU-R BT.601. */
function greyOf({ data }: Image): Float32Array {
  const grey = new Float32Array(data.length / 3);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * data[3 * i] + 0.587 * data[3 * i + 1] + 0.114 * data[3 * i + 2];
  }
  return grey;
}

/** The mean of the 9 x 9 values around each, of those there are. */
function surroundings(plane: Float32Array): Float32Array {
  const alongRows = means(plane, SIDE, 1);
  return means(alongRows, 1, SIDE);
}

/** The sum moves along each line: what comes in is added, what goes out taken away. */
function means(plane: Float32Array, lineStep: number, step: number): Float32Array {
  const result = new Float32Array(plane.length);
  for (let line = 0; line < SIDE; line++) {
    const start = line * lineStep;
    let [sum, count] = [0, 0];
    for (let to = 0; to < SIDE + REACH; to++) {
      if (to < SIDE) {
        sum += plane[start + to * step];
        count++;
      }
      if (to > 2 * REACH) {
        sum -= plane[start + (to - 2 * REACH - 1) * step];
        count--;
      }
      if (to >= REACH) result[start + (to - REACH) * step] = sum / count;
    }
  }
  return result;
}

function normalise(values: Float32Array): void {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) sum += values[i];
  const mean = sum / values.length;
  for (let i = 0; i < values.length; i++) squares += (values[i] - mean) ** 2;
  const norm = Math.sqrt(squares);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - mean) / norm;
}

const SIGNS = 128;
/** Frequencies along one side; the lowest 128 of the square, without that of the mean, need no more. */
const FREQUENCIES = 13;
const COSINES = Array.from({ length: FREQUENCIES }, (_, k) =>
  Float32Array.from({ length: SIDE }, (_, i) => Math.cos((Math.PI * k * (2 * i + 1)) / (2 * SIDE))),
);
const LOWEST = Array.from({ length: FREQUENCIES ** 2 }, (_, i) => [
  Math.floor(i / FREQUENCIES),
  i % FREQUENCIES,
])
  .sort(([v, u], [y, x]) => v * v + u * u - y * y - x * x)
  .slice(1, SIGNS + 1);

/** The low frequencies of a relief by a discrete cosine transform: [down][across]. */
function frequenciesOf(relief: Float32Array): readonly Float64Array[] {
  const rows = COSINES.map((cosine) =>
    Float32Array.from({ length: SIDE }, (_, y) => {
      let sum = 0;
      for (let x = 0; x < SIDE; x++) sum += cosine[x] * relief[y * SIDE + x];
      return sum;
    }),
  );
  return COSINES.map((cosine) =>
    Float64Array.from(rows, (row) => row.reduce((sum, value, y) => sum + value * cosine[y], 0)),
  );
}

/**
 * The signs of the frequencies, as in perceptual hashes (Zauner 2010, pHash), of a relief instead of grey. In a mirror the odd
 * frequencies change their signs, and a transposed plane has transposed frequencies.
 */
function signsOf(frequencies: readonly Float64Array[], { transposed, mirrored, upended }: View): Int32Array {
  const signs = new Int32Array(SIGNS / 32);
  for (const [bit, [v, u]] of LOWEST.entries()) {
    const value = transposed ? frequencies[u][v] : frequencies[v][u];
    const turned = ((mirrored ? u : 0) + (upended ? v : 0)) % 2 === 1;
    if (turned ? value < 0 : value > 0) signs[bit >> 5] |= 1 << (bit & 31);
  }
  return signs;
}
