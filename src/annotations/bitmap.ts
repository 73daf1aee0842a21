import type { Size } from '../core/size.ts';
import type { Bitmap, Box } from './annotated-set.ts';

/** Pixels of a box, row by row: 0 outside, anything else inside. */
export interface Grid extends Box {
  readonly data: Uint8Array;
}

/** A grid as runs. */
export function bitmapOf({ left, top, width, height, data }: Grid): Bitmap {
  return { left, top, width, height, runs: runsOf(data) };
}

/** The lengths of runs of zeros and other values in turn, zeros first. */
export function runsOf(data: ArrayLike<number>): Uint32Array {
  const runs: number[] = [];
  let inside = false;
  let start = 0;
  for (let i = 0; i < data.length; i++) {
    if ((data[i] !== 0) === inside) continue;
    runs.push(i - start);
    start = i;
    inside = !inside;
  }
  runs.push(data.length - start);
  return Uint32Array.from(runs);
}

/** Runs as a grid of 0 and 1. */
export function gridOf({ runs, ...box }: Bitmap): Grid {
  const data = new Uint8Array(box.width * box.height);
  let at = 0;
  for (const [i, run] of runs.entries()) {
    if (i % 2 === 1) data.fill(1, at, at + run);
    at += run;
  }
  return { ...box, data };
}

/** How many pixels are inside. */
export function pixelsOf({ runs }: Bitmap): number {
  return runs.reduce((sum, run, i) => sum + (i % 2) * run, 0);
}

/** The pixels of a map of numbers that have one of them, within a box of it. */
export function pixelsWith(map: ArrayLike<number>, { width }: Size, number: number, box: Box): Grid {
  const data = new Uint8Array(box.width * box.height);
  for (let y = 0, i = 0; y < box.height; y++) {
    let at = (box.top + y) * width + box.left;
    for (let x = 0; x < box.width; x++, i++, at++) if (map[at] === number) data[i] = 1;
  }
  return { ...box, data };
}

/** The part of a box that lies in an image; its width or height is 0 or less if none does. */
export function within(box: Box, { width, height }: Size): Box {
  const left = Math.max(0, box.left);
  const top = Math.max(0, box.top);
  return {
    left,
    top,
    width: Math.min(width, box.left + box.width) - left,
    height: Math.min(height, box.top + box.height) - top,
  };
}

/** A part of a grid. @param box inside of the grid's own */
export function cropped(grid: Grid, box: Box): Grid {
  const data = new Uint8Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const start = (box.top - grid.top + y) * grid.width + box.left - grid.left;
    data.set(grid.data.subarray(start, start + box.width), y * box.width);
  }
  return { ...box, data };
}

/** The pixels that touch one at its sides or corners, and itself. */
export function eachNeighbour(pixel: number, { width, height }: Size, visit: (other: number) => void): void {
  const x = pixel % width;
  const y = (pixel - x) / width;
  const [right, bottom] = [Math.min(width - 1, x + 1), Math.min(height - 1, y + 1)];
  for (let ny = Math.max(0, y - 1); ny <= bottom; ny++) {
    for (let nx = Math.max(0, x - 1); nx <= right; nx++) visit(ny * width + nx);
  }
}

/** How many values are 1, where the others are 0. */
export function pixelCount(data: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) count += data[i];
  return count;
}
