import type { Size } from '../core/size.ts';
import { resizeByRows } from '../data/decode/resize.ts';
import { OBJECTS, partsOf } from '../data/masks/parts.ts';

/**
 * A connected part of a predicted mask: pixels that touch at a side or a corner (8-connected). Places are in pixels from the left
 * and upper edges of the image, so that the first pixel covers 0 to 1 and its centre is 0.5.
 */
export interface MaskObject {
  /** From 1, by their first pixels, row by row from the top. */
  readonly object: number;
  /** Name of its class. */
  readonly class: string;
  /** Pixels. */
  readonly area: number;
  /** The smallest box of whole pixels around it. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Its centroid: the mean of its pixels' centres. */
  readonly x: number;
  readonly y: number;
  /** Mean probability of its pixels, 0..1. */
  readonly probability: number;
}

export const OBJECT_COLUMNS = [
  ...(['object', 'class', 'area', 'left', 'top', 'width', 'height', 'x', 'y', 'probability'] as const),
] satisfies readonly (keyof MaskObject)[];

/** The mask of a class. */
interface MarkedClass {
  readonly name: string;
  /** [to.height, to.width], 0 outside. */
  readonly mask: Uint8Array;
  /** Of the class, [from.height, from.width]. */
  readonly probabilities: Float32Array;
}

/** The objects of the masks of classes, part by part; of those that begin at one pixel that of the first class comes first. */
export function objectsOf(masks: readonly MarkedClass[], from: Size, to: Size): MaskObject[] {
  return masks
    .flatMap(({ name, ...marked }) =>
      partsMeasured(marked, from, to).map((part) => ({ class: name, ...part })),
    )
    .sort((a, b) => a.first - b.first)
    .map(({ first, ...part }, i) => ({ object: i + 1, ...part }));
}

/** The parts of a mask, each with the place of its first pixel. */
function partsMeasured({ mask, probabilities }: Omit<MarkedClass, 'name'>, from: Size, to: Size) {
  const { starts, ends, first } = partsOf(mask, to, OBJECTS);
  const sums = new Map<number, Sums>();
  let run = 0;
  resizeByRows(probabilities, from, to, (row, y) => {
    const rowStart = y * to.width;
    for (; run < starts.length && starts[run] < rowStart + to.width; run++) {
      const object = sums.get(first[run]) ?? emptySums(y);
      sums.set(first[run], object);
      addRun(object, row, y, starts[run] - rowStart, ends[run] - rowStart);
    }
  });
  return Array.from(sums, ([part, object]) => ({ first: starts[part], ...measured(object) }));
}

interface Sums {
  area: number;
  left: number;
  right: number;
  readonly top: number;
  bottom: number;
  x: number;
  y: number;
  probability: number;
}

function emptySums(top: number): Sums {
  return { area: 0, left: Number.POSITIVE_INFINITY, right: 0, top, bottom: top, x: 0, y: 0, probability: 0 };
}

/** Adds the pixels start..end-1 of a row. */
function addRun(sums: Sums, row: Float32Array, y: number, start: number, end: number): void {
  const pixels = end - start;
  sums.area += pixels;
  sums.left = Math.min(sums.left, start);
  sums.right = Math.max(sums.right, end);
  sums.bottom = y + 1;
  sums.x += (pixels * (start + end)) / 2;
  sums.y += pixels * (y + 0.5);
  for (let x = start; x < end; x++) sums.probability += row[x];
}

function measured({ area, left, right, top, bottom, x, y, probability }: Sums) {
  return {
    ...{ area, left, top, width: right - left, height: bottom - top },
    ...{ x: x / area, y: y / area, probability: probability / area },
  };
}
