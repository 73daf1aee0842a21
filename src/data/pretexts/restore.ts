import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import type { Task } from './task.ts';

/** How often what happens; of painting, out-painting is what in-painting is not. */
const P = { shuffle: 0.5, bend: 0.9, paint: 0.9, inside: 0.2, anotherBox: 0.95 };
const MOST_BOXES = 5;
/** Pixels between a box and the image's edge. */
const MARGIN = 3;

/**
 * Models Genesis (Zhou et al. 2019; 2021, Medical Image Analysis 67:101840), their parameters as in their code
 * (`pytorch/config.py`, `utils.py`), on 2-D colour images. In this order:
 *
 * - with p 0.5 pixels are shuffled within many small blocks, of sides up to a tenth of the image's;
 * - with p 0.9 intensities are bent by a monotone Bezier curve, rising or falling with p 0.5 each;
 * - with p 0.9 noise, uniform over the range, is painted: with p 0.2 of it into at most 5 boxes of a sixth to a third of
 *   the sides (each further one with p 0.95), otherwise around at most 5 windows of three to four sevenths of the sides.
 *
 * Their flips are left to augmentation. Unlike theirs, blocks are shuffled one after another in place, so that no pixel is
 * lost or doubled, and there are as many as cover each pixel twice on average, as 10 000 do in their cubes of 64 x 64 x 32.
 */
export const restore: Task<unknown> = {
  random: true,
  degrade: ({ input, target }, size, _, stream) => {
    input.set(target);
    if (stream.uniform() < P.shuffle) shufflePixels(input, size, stream);
    if (stream.uniform() < P.bend) bendIntensities(input, drawCurve(stream));
    if (stream.uniform() < P.paint) {
      if (stream.uniform() < P.inside) paintInside(input, size, stream);
      else paintOutside(input, size, stream);
    }
  },
};

/** Permutes the pixels of small blocks of an image [3, H, W] in place, each with its colour. */
export function shufflePixels(image: Float32Array, { height, width }: Size, stream: RandomStream): void {
  const area = height * width;
  const [tallest, widest] = [height, width].map((side) => Math.max(1, Math.floor(side / 10)));
  const meanArea = ((1 + tallest) / 2) * ((1 + widest) / 2);
  for (let block = Math.ceil((2 * area) / meanArea); block > 0; block--) {
    const rows = between(1, tallest, stream);
    const columns = between(1, widest, stream);
    const first = between(0, height - rows, stream) * width + between(0, width - columns, stream);
    const place = (k: number) => first + Math.floor(k / columns) * width + (k % columns);
    for (let k = rows * columns - 1; k > 0; k--) {
      const [a, b] = [place(k), place(stream.integer(k + 1))];
      for (let c = 0; c < 3 * area; c += area) {
        const kept = image[c + a];
        image[c + a] = image[c + b];
        image[c + b] = kept;
      }
    }
  }
}

const TABLE_STEPS = 256;

/**
 * A cubic Bezier curve from (0, 0) to (1, 1), or falling from (0, 1) to (1, 0), with its two control points drawn in the
 * unit square. Then x and y are monotone along the curve: d/dt of a cubic with control values 0, a, b, 1 is
 * 3 ((1 - t)² a + 2 t (1 - t) (b - a) + t² (1 - b)), linear in a and in b, and not negative where each is 0 or 1.
 *
 * @returns its y at x = 0, 1/256, .., 1
 */
export function drawCurve(stream: RandomStream): Float64Array {
  const [xa, ya, xb, yb] = [stream.uniform(), stream.uniform(), stream.uniform(), stream.uniform()];
  const falling = stream.uniform() < 0.5;
  const table = new Float64Array(TABLE_STEPS + 1);
  for (let i = 0; i <= TABLE_STEPS; i++) {
    let [low, high] = [0, 1];
    for (let halving = 0; halving < 24; halving++) {
      const middle = (low + high) / 2;
      if (bezier(xa, xb, middle) < i / TABLE_STEPS) low = middle;
      else high = middle;
    }
    table[i] = bezier(ya, yb, falling ? 1 - high : high);
  }
  return table;
}

const bezier = (a: number, b: number, t: number) =>
  3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t ** 2 * b + t ** 3;

/** Replaces intensities of an image in [-1, 1], scaled to [0, 1], by those of a curve, linear between its points. */
function bendIntensities(image: Float32Array, curve: Float64Array): void {
  const steps = curve.length - 1;
  for (let i = 0; i < image.length; i++) {
    const place = ((image[i] + 1) / 2) * steps;
    const before = Math.min(Math.floor(place), steps - 1);
    const y = curve[before] + (place - before) * (curve[before + 1] - curve[before]);
    image[i] = 2 * y - 1;
  }
}

function paintInside(image: Float32Array, size: Size, stream: RandomStream): void {
  const side = (length: number) => between(Math.floor(length / 6), Math.floor(length / 3), stream);
  for (let box = 0; box < MOST_BOXES && stream.uniform() < P.anotherBox; box++)
    forPixelsOf(drawBox(size, side, stream), size, image.length, (i) => {
      image[i] = 2 * stream.uniform() - 1;
    });
}

function paintOutside(image: Float32Array, size: Size, stream: RandomStream): void {
  const side = (length: number) =>
    length - between(Math.floor((3 * length) / 7), Math.floor((4 * length) / 7), stream);
  const whole = Float32Array.from(image);
  for (let i = 0; i < image.length; i++) image[i] = 2 * stream.uniform() - 1;
  for (let box = 0; box < MOST_BOXES && (box === 0 || stream.uniform() < P.anotherBox); box++)
    forPixelsOf(drawBox(size, side, stream), size, image.length, (i) => {
      image[i] = whole[i];
    });
}

interface Box extends Size {
  readonly top: number;
  readonly left: number;
}

/** @param side of a box for a side of the image */
function drawBox(size: Size, side: (length: number) => number, stream: RandomStream): Box {
  const [height, width] = [side(size.height), side(size.width)];
  const top = between(MARGIN, size.height - height - MARGIN, stream);
  return { height, width, top, left: between(MARGIN, size.width - width - MARGIN, stream) };
}

/** Calls back for the places of a box in all planes of an image of that many values. */
function forPixelsOf(
  { top, left, height, width }: Box,
  size: Size,
  length: number,
  body: (i: number) => void,
): void {
  for (let c = 0; c < length; c += size.height * size.width) {
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) body(c + y * size.width + x);
    }
  }
}

/** A whole number from low to high, both included. */
function between(low: number, high: number, stream: RandomStream): number {
  return low + stream.integer(high - low + 1);
}
