import type { Visit } from '../annotations/rasterise.ts';
import type { Size } from '../core/size.ts';

/**
 * The pixels of one label that are joined with one pixel by their sides (4 neighbours), as stretches of rows, each once. Found row
 * by row: from a stretch, the places above and below it where the label begins are looked at later.
 *
 * @param plane width x height labels
 * @param visit has to give the pixels another label before it returns: that marks them as found
 */
export function eachFloodSpan(
  plane: Uint8Array,
  { width, height }: Size,
  [x, y]: readonly [x: number, y: number],
  visit: Visit,
): void {
  const label = plane[y * width + x];
  const open = [y * width + x];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (plane[at] !== label) continue;
    const row = Math.floor(at / width);
    const start = row * width;
    let [from, to] = [at, at + 1];
    while (from > start && plane[from - 1] === label) from--;
    while (to < start + width && plane[to] === label) to++;
    visit(row, from - start, to - start);
    if (row > 0) pushStarts(plane, label, from - width, to - width, open);
    if (row + 1 < height) pushStarts(plane, label, from + width, to + width, open);
  }
}

/** Notes the first pixel of each stretch of a label. */
function pushStarts(plane: Uint8Array, label: number, from: number, to: number, open: number[]): void {
  let inside = false;
  for (let i = from; i < to; i++) {
    const same = plane[i] === label;
    if (same && !inside) open.push(i);
    inside = same;
  }
}
