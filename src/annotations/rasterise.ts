import type { Bitmap, Box, Part, Shape } from './annotated-set.ts';
import { type Grid, gridOf, pixelCount } from './bitmap.ts';

/** Is told of pixels `from` .. `to - 1` of row `y`. */
export type Visit = (y: number, from: number, to: number) => void;

/**
 * The pixels of a shape that lie in a box, as stretches of rows; where parts overlap, some come more than once. Of polygons, a
 * pixel counts when its centre lies inside; on a left or upper edge it is in, on a right or lower one it is out.
 */
export function eachSpan(shape: Shape, box: Box, visit: Visit): void {
  if ('bitmap' in shape) spansOfBitmap(shape.bitmap, box, visit);
  else for (const part of shape.parts) spansOfPart(part, box, visit);
}

/** Writes a value to the pixels of a shape. @param data [height, width] of the box */
export function draw(shape: Shape, box: Box, data: Uint8Array | Uint16Array, value: number): void {
  eachSpan(shape, box, (y, from, to) => {
    const row = (y - box.top) * box.width - box.left;
    data.fill(value, row + from, row + to);
  });
}

/** The pixels of a shape. @param box absent: one that holds it */
export function rasterise(shape: Shape, box: Box = boundsOf(shape)): Grid {
  if ('bitmap' in shape && box === shape.bitmap) return gridOf(shape.bitmap);
  const { left, top, width, height } = box;
  const data = new Uint8Array(width * height);
  draw(shape, box, data, 1);
  return { left, top, width, height, data };
}

/** How many pixels a shape covers. */
export function areaOf(shape: Shape, box?: Box): number {
  return pixelCount(rasterise(shape, box).data);
}

/** The smallest box of whole pixels that holds a shape; 0 by 0 of one without points. */
export function boundsOf(shape: Shape): Box {
  if ('bitmap' in shape) return shape.bitmap;
  let [left, top, right, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const part of shape.parts)
    for (const ring of part)
      for (const [x, y] of ring) {
        left = Math.min(left, x);
        right = Math.max(right, x);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y);
      }
  if (left > right) return { left: 0, top: 0, width: 0, height: 0 };
  [left, top] = [Math.floor(left), Math.floor(top)];
  return { left, top, width: Math.ceil(right) - left, height: Math.ceil(bottom) - top };
}

function spansOfBitmap({ left, top, width, runs }: Bitmap, box: Box, visit: Visit): void {
  const [right, bottom] = [box.left + box.width, box.top + box.height];
  let at = 0;
  for (const [i, run] of runs.entries()) {
    const end = at + run;
    // A run may go on over several rows.
    for (let y = Math.floor(at / width); i % 2 === 1 && at < end; y++) {
      const stop = Math.min(end, (y + 1) * width);
      const from = Math.max(box.left, left + at - y * width);
      const to = Math.min(right, left + stop - y * width);
      if (from < to && top + y >= box.top && top + y < bottom) visit(top + y, from, to);
      at = stop;
    }
    at = end;
  }
}

/** Where the outline crosses the middle lines of rows: pixels between the first and the second crossing are inside, and so on. */
function spansOfPart(part: Part, box: Box, visit: Visit): void {
  const bounds = boundsOf({ parts: [part] });
  const top = Math.max(box.top, bounds.top);
  const rows = Math.min(box.top + box.height, bounds.top + bounds.height) - top;
  if (rows <= 0) return;
  const ends = new Uint32Array(rows + 1);
  eachCrossing(part, top, rows, (row) => ends[row + 1]++);
  for (let row = 0; row < rows; row++) ends[row + 1] += ends[row];
  const crossings = new Float64Array(ends[rows]);
  const filled = ends.slice(0, rows);
  eachCrossing(part, top, rows, (row, x) => {
    crossings[filled[row]++] = x;
  });
  const right = box.left + box.width;
  for (let row = 0; row < rows; row++) {
    const line = crossings.subarray(ends[row], ends[row + 1]).sort();
    for (let i = 0; i + 1 < line.length; i += 2) {
      const from = Math.max(box.left, Math.ceil(line[i] - 0.5));
      const to = Math.min(right, Math.ceil(line[i + 1] - 0.5));
      if (from < to) visit(top + row, from, to);
    }
  }
}

function eachCrossing(part: Part, top: number, rows: number, visit: (row: number, x: number) => void): void {
  for (const ring of part) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      // From above, so that a line has the same crossings in both directions.
      const [[x0, y0], [x1, y1]] = ring[i][1] < ring[j][1] ? [ring[i], ring[j]] : [ring[j], ring[i]];
      const first = Math.max(0, Math.ceil(y0 - 0.5) - top);
      const last = Math.min(rows, Math.ceil(y1 - 0.5) - top);
      for (let row = first; row < last; row++) {
        visit(row, x0 + ((top + row + 0.5 - y0) * (x1 - x0)) / (y1 - y0));
      }
    }
  }
}
