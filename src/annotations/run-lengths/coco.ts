import { UserError } from '../../core/errors.ts';
import type { Size } from '../../core/size.ts';
import type { Bitmap } from '../annotated-set.ts';
import { bitmapOf, cropped, type Grid, gridOf, runsOf } from '../bitmap.ts';

/**
 * The pixels of COCO's run lengths: an image column by column, zeros first.
 *
 * @param place for messages: the file, and where in it
 * @throws UserError if the runs are not those of an image of this size
 */
export function fromColumns(counts: ArrayLike<number>, size: Size, place: string): Bitmap {
  const { height, width } = size;
  checkRuns(counts, height * width, place);
  // Only the columns between the first and the last run are looked at.
  const total = height * width;
  const first = counts[0] ?? total;
  const last = counts.length % 2 === 1 ? total - counts[counts.length - 1] : total;
  const left = Math.min(width, Math.floor(first / height));
  const columns = Math.max(0, Math.ceil(last / height) - left);
  const data = new Uint8Array(columns * height);
  let [top, bottom] = [height, 0];
  let at = 0;
  for (let i = 0; i < counts.length; at += counts[i++]) {
    if (i % 2 === 0) continue;
    for (let k = at; k < at + counts[i]; k++) {
      const y = k % height;
      data[y * columns + Math.floor(k / height) - left] = 1;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  const box = { left, top: Math.min(top, bottom), width: columns, height: Math.max(0, bottom - top) };
  return bitmapOf(cropped({ left, top: 0, width: columns, height, data }, box));
}

/** The run lengths of a bitmap in an image of a size, column by column, zeros first. @param bitmap inside of the image */
export function toColumns(bitmap: Bitmap, { height, width }: Size): Uint32Array {
  const grid = gridOf(bitmap);
  const columns = transposed(grid);
  const counts: number[] = [0];
  // Turns zeros and ones in turn into runs; a run of the kind that is under way makes it longer.
  const add = (inside: boolean, length: number) => {
    if (length === 0) return;
    if ((counts.length % 2 === 0) === inside) counts[counts.length - 1] += length;
    else counts.push(length);
  };
  add(false, grid.left * height);
  for (let x = 0; x < grid.width; x++) {
    add(false, grid.top);
    const runs = runsOf(columns.subarray(x * grid.height, (x + 1) * grid.height));
    for (const [i, run] of runs.entries()) add(i % 2 === 1, run);
    add(false, height - grid.top - grid.height);
  }
  add(false, (width - grid.left - grid.width) * height);
  return Uint32Array.from(counts);
}

function transposed({ width, height, data }: Grid): Uint8Array {
  const columns = new Uint8Array(data.length);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++) columns[x * height + y] = data[i++];
  return columns;
}

/** @throws UserError if runs are no lengths, or do not fill the pixels that there are */
export function checkRuns(runs: ArrayLike<number>, pixels: number, place: string): void {
  let sum = 0;
  for (let i = 0; i < runs.length; i++) {
    if (!Number.isInteger(runs[i]) || runs[i] < 0) throw damaged(place, `the run length ${runs[i]}`);
    sum += runs[i];
  }
  if (sum !== pixels) throw damaged(place, `run lengths of ${sum} pixels`, `${pixels}, as many as there are`);
}

/**
 * COCO's text for run lengths. From the third on each is told as the difference to the one before the last; numbers are cut
 * into 5 bits, the lowest first, with a sixth bit for "more follows", and 48 is added to make a letter (as `maskApi.c` of
 * cocoapi has it).
 */
export function compressed(counts: ArrayLike<number>): string {
  let text = '';
  for (let i = 0; i < counts.length; i++) {
    let rest = i > 2 ? counts[i] - counts[i - 2] : counts[i];
    for (let more = true; more; ) {
      const bits = rest & 31;
      rest >>= 5;
      // The fifth bit is the sign of what ends here.
      more = bits & 16 ? rest !== -1 : rest !== 0;
      text += String.fromCharCode(48 + bits + (more ? 32 : 0));
    }
  }
  return text;
}

/** @throws UserError if a text is none of `compressed` */
export function decompressed(text: string, place: string): number[] {
  const counts: number[] = [];
  for (let at = 0; at < text.length; ) {
    let value = 0;
    let shift = 0;
    for (let more = true; more; shift += 5) {
      const code = text.charCodeAt(at++) - 48;
      if (!(code >= 0 && code < 64) || shift > 30)
        throw damaged(place, `a broken text of run lengths (at letter ${at})`);
      value |= (code & 31) << shift;
      more = (code & 32) !== 0;
      if (!more && code & 16 && shift < 27) value |= -1 << (shift + 5);
    }
    counts.push(counts.length > 2 ? value + counts[counts.length - 2] : value);
  }
  return counts;
}

function damaged(place: string, got: string, expected = 'whole lengths from 0'): UserError {
  return new UserError({ what: place, got, expected, fix: 'restore the file, or take the object out of it' });
}
