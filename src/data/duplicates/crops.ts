import { bitsOf } from '../../core/bits.ts';
import { type Appearance, correlation, reliefOf, SIDE } from './appearance.ts';
import { type Between, between, betweenPixels, MARKED_SIDE, type Mark } from './marks.ts';

/** One image shows a part of what another shows; both by their numbers. */
export interface Crop {
  readonly part: number;
  readonly whole: number;
  /** Correlation of the part's relief with that of the place in the whole. */
  readonly likeness: number;
}

/**
 * Least likeness of a part. Parts of 44 colonoscopic images, as JPEG of quality 75 and 10 % darker, have 0.98 and more. Parts that are
 * found among 2,196 different ones show the same view down to 0.76, as one looks at them: Kvasir-SEG has pictures without their
 * black border beside those with it, a corner covered.
 */
const CROPPED = 0.85;
/** A part of more than this share of the whole is the same view, or one beside it: not a crop. */
const LARGEST = 0.93;
const SMALLEST = 0.25;
/** Pixels by which a part may stick out of the whole, of 64. */
const STICKS_OUT = 0.75;

/**
 * Finds images that are parts of others: cut out, also with the sides of another ratio, as far as about half of width and height. Marks
 * that are alike in two images are found by their signs (locality sensitive hashing; Indyk and Motwani 1998); two of them say where the one
 * would lie in the other; there their reliefs are compared, and the place is improved until nothing is gained.
 *
 * Of 44 images each, parts of 80 to 95 % of width and height are found in 38 to 43 cases, of 70 % in 40, of 60 % in 28, and of other
 * proportions (76 x 100 %, 90 x 70 %) in 28 to 32; nothing else was taken for a part. 2,196 images take 1 s, 300 frames of a video that
 * moves by a pixel 3 s.
 */
export function cropsOf(appearances: readonly (Appearance | undefined)[]): Crop[] {
  const crops: Crop[] = [];
  for (const [key, matches] of matchesOf(appearances)) {
    if (matches.length < 2) continue;
    const [b, a] = [Math.floor(key / appearances.length), key % appearances.length];
    const [first, second] = [appearances[a]!, appearances[b]!];
    const turned = matches.map(([own, other]): Match => [other, own]);
    const found = [
      { part: b, whole: a, ...placed(first, second, turned) },
      { part: a, whole: b, ...placed(second, first, matches) },
    ].filter((crop): crop is Crop => crop.likeness !== undefined);
    const [best] = found.sort((p, q) => q.likeness - p.likeness);
    if (best) crops.push({ part: best.part, whole: best.whole, likeness: best.likeness });
  }
  return crops.sort((p, q) => q.likeness - p.likeness || p.part - q.part || p.whole - q.whole);
}

/** A mark of one image, and the one like it of another. */
type Match = readonly [whole: Mark, part: Mark];

/** Most signs, of 64, that differ between marks that are alike, and their least correlation. */
const MOST_DIFFERENT_SIGNS = 10;
const LEAST_CORRELATION = 0.9;
/** Marks of which more have the same signs tell nothing. */
const MOST_ALIKE = 200;

/**
 * Pairs of images with marks that are alike, by b * n + a of their numbers a < b; of b the mark is the first of a match. Marks are
 * compared that agree in all of 16 signs, of four such lots.
 */
function matchesOf(appearances: readonly (Appearance | undefined)[]): Map<number, Match[]> {
  const marks = appearances.flatMap((one, image) => (one?.marks ?? []).map((mark) => ({ image, mark })));
  const pairs = new Map<number, Match[]>();
  for (let lot = 0; lot < 4; lot++) {
    const alike = new Map<number, number[]>();
    for (const [i, { mark }] of marks.entries()) {
      const key = (mark.signs[lot >> 1] >>> (16 * (lot & 1))) & 0xffff;
      const others = alike.get(key);
      if (others) others.push(i);
      else alike.set(key, [i]);
    }
    for (const group of alike.values()) {
      if (group.length > MOST_ALIKE) continue;
      for (const [n, i] of group.entries()) {
        for (let k = 0; k < n; k++) {
          const [second, first] = [marks[i], marks[group[k]]];
          if (second.image === first.image || !areAlike(second.mark, first.mark)) continue;
          const key = second.image * appearances.length + first.image;
          const known = pairs.get(key);
          const match: Match = [second.mark, first.mark];
          if (!known) pairs.set(key, [match]);
          else if (!known.some(([a, b]) => a === match[0] && b === match[1])) known.push(match);
        }
      }
    }
  }
  return pairs;
}

function areAlike(a: Mark, b: Mark): boolean {
  const different = bitsOf(a.signs[0] ^ b.signs[0]) + bitsOf(a.signs[1] ^ b.signs[1]);
  if (different > MOST_DIFFERENT_SIGNS) return false;
  let sum = 0;
  for (let i = 0; i < a.around.length; i++) sum += a.around[i] * b.around[i];
  return sum >= LEAST_CORRELATION;
}

/** A place in a plane [64, 64], in its pixels; it may stick out. */
interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Least likeness at the place that the marks say, from which on it is worth improving. */
const WORTH_IMPROVING = 0.45;

/** How alike a part is to its best place in the whole; nothing if it is none. */
function placed(
  whole: Appearance,
  part: Appearance,
  matches: readonly Match[],
): { readonly likeness?: number } {
  const likenessAt = (place: Place) => correlation(reliefAt(whole.plane, place), part.relief, 0);
  let best = placeOf(matches);
  if (!best) return {};
  let likeness = likenessAt(best);
  // A camera that moved on shows as much as before.
  if (likeness < WORTH_IMPROVING || likeness < likenessAt(sameSize(matches))) return {};
  for (let step = 2; step >= 0.25; step /= 2) {
    for (let improved = true; improved; ) {
      improved = false;
      for (const place of movesOf(best, step)) {
        const moved = likenessAt(place);
        if (moved <= likeness) continue;
        [best, likeness, improved] = [place, moved, true];
      }
    }
    // What is a part is nearly found by the first steps; the last gain little.
    const share = (best.width * best.height) / MARKED_SIDE ** 2;
    const isPart =
      share >= SMALLEST && share <= LARGEST + 0.02 * (step - 0.25) && !sticksOut(best, STICKS_OUT + step);
    if (!isPart || likeness < CROPPED - 0.15 * step) return {};
  }
  return likeness >= CROPPED && !sticksOut(best, STICKS_OUT) ? { likeness } : {};
}

/** Where a view of the same size would lie, by most matches. */
function sameSize(matches: readonly Match[]): Place {
  const middle = (of: (match: Match) => number) => {
    const values = matches.map(of).sort((a, b) => a - b);
    return values[values.length >> 1];
  };
  const [x, y] = [middle(([own, other]) => own.x - other.x), middle(([own, other]) => own.y - other.y)];
  return { x, y, width: MARKED_SIDE, height: MARKED_SIDE };
}

/** Each side moved out and in. */
function movesOf({ x, y, width, height }: Place, step: number): Place[] {
  return [step, -step].flatMap((by) => [
    { x: x + by, y, width: width - by, height },
    { x, y, width: width + by, height },
    { x, y: y + by, width, height: height - by },
    { x, y, width, height: height + by },
  ]);
}

const sticksOut = ({ x, y, width, height }: Place, by: number) =>
  Math.min(x, y) < -by || Math.max(x + width, y + height) > MARKED_SIDE + by;

/** The least and the greatest size of a part in the whole, as marks say it. */
const [SMALLEST_SCALE, LARGEST_SCALE] = [0.4, 0.98];
/** Two marks say a scale only if they are so far apart, in pixels. */
const FAR_APART = 12;
/** As many matches of two images are asked, spread over all of them: frames of a video share nearly all marks. */
const MOST_ASKED = 16;

/**
 * Where most matches say that the part lies in the whole; undefined if not two of them agree, or if they say that it is no
 * smaller or sticks out: then it is the same view, or one beside it.
 */
function placeOf(all: readonly Match[]): Place | undefined {
  const each = Math.ceil(all.length / MOST_ASKED);
  const matches = all.filter((_, i) => i % each === 0);
  let best: Place | undefined;
  let most = 1;
  for (const [i, p] of matches.entries()) {
    for (let k = 0; k < i; k++) {
      const place = placeBy(p, matches[k]);
      if (!place) continue;
      const agree = matches.reduce((count, match) => count + (agrees(match, place) ? 1 : 0), 0);
      // Marks are whole pixels: of places that as many agree on, the larger one is the same view.
      if (agree > most) [best, most] = [place, agree];
    }
  }
  const scale = (best?.width ?? 0) / MARKED_SIDE;
  return best && scale >= SMALLEST_SCALE && scale <= LARGEST_SCALE && !sticksOut(best, 3) ? best : undefined;
}

/** Undefined for marks that are too close to say a scale. */
function placeBy(p: Match, q: Match): Place | undefined {
  const apart = distance(p[1], q[1]);
  if (apart < FAR_APART) return undefined;
  const scale = distance(p[0], q[0]) / apart;
  const x = (p[0].x + q[0].x - scale * (p[1].x + q[1].x)) / 2;
  const y = (p[0].y + q[0].y - scale * (p[1].y + q[1].y)) / 2;
  return { x, y, width: scale * MARKED_SIDE, height: scale * MARKED_SIDE };
}

function agrees([own, other]: Match, { x, y, width }: Place): boolean {
  const scale = width / MARKED_SIDE;
  return (
    Math.abs(own.x - x - scale * other.x) < 2.5 &&
    Math.abs(own.y - y - scale * other.y) < 2.5 &&
    Math.abs(Math.log(own.scale / other.scale / scale)) < 0.4
  );
}

const distance = (a: Mark, b: Mark) => Math.hypot(a.x - b.x, a.y - b.y);

/** Values that make one of the relief's pixels, along each side. */
const SAMPLES = 2;

/** The relief of what lies at a place. */
function reliefAt(plane: Float32Array, { x, y, width, height }: Place): Float32Array {
  const grey = new Float32Array(SIDE * SIDE);
  const [rows, columns] = [samplesOf(y, height), samplesOf(x, width)];
  for (const [i, row] of rows.entries()) {
    const line = Math.floor(i / SAMPLES) * SIDE;
    for (let k = 0; k < columns.length; k++)
      grey[line + Math.floor(k / SAMPLES)] += between(plane, row, columns[k]) / SAMPLES ** 2;
  }
  return reliefOf(grey).relief;
}

const samplesOf = (from: number, length: number): Between[] =>
  Array.from({ length: SIDE * SAMPLES }, (_, i) =>
    betweenPixels(from + ((i + 0.5) * length) / SIDE / SAMPLES - 0.5),
  );
