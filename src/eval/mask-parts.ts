import type { Size } from '../core/size.ts';
import { partsOf } from '../data/masks/parts.ts';

/**
 * Takes parts of a mask away that are smaller than so many pixels. Pixels that touch at a side or a corner belong to one part
 * (8-connected).
 *
 * @param mask [height, width], 0 outside; changed in place
 */
export function removeParts(mask: Uint8Array, size: Size, pixels: number): void {
  if (pixels <= 0) return;
  const { starts, ends, first, areas } = partsOf(mask, size, { inside: true, corners: true });
  for (const [run, start] of starts.entries()) {
    if (areas.get(first[run])! < pixels) mask.fill(0, start, ends[run]);
  }
}

/**
 * Fills holes of a mask that are smaller than so many pixels: parts of the outside that do not reach the edge of the image. Pixels
 * outside belong together where they touch at a side (4-connected), as a mask that touches at a corner is closed.
 *
 * @param mask [height, width], 0 outside; changed in place
 * @param on what they are filled with
 */
export function fillHoles(mask: Uint8Array, size: Size, pixels: number, on: number): void {
  if (pixels <= 0) return;
  const { starts, ends, first, areas, atEdge } = partsOf(mask, size, { inside: false, corners: false });
  for (const [run, start] of starts.entries()) {
    const part = first[run];
    if (!atEdge.has(part) && areas.get(part)! < pixels) mask.fill(on, start, ends[run]);
  }
}
