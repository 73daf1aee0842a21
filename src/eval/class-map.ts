import type { Size } from '../core/size.ts';
import { resizeByRows } from '../data/decode/resize.ts';

/**
 * The class of each pixel at another size: the channel whose probability, resized bilinearly, is the largest; of equal ones the
 * first.
 *
 * @param probabilities [channels, from.height, from.width]
 * @param use gets each resized row of each channel
 * @returns [to.height, to.width]
 */
export function classesAt(
  probabilities: Float32Array,
  from: Size,
  to: Size,
  use?: (channel: number, row: Float32Array, y: number) => void,
): Uint8Array {
  const area = from.height * from.width;
  const channels = probabilities.length / area;
  const labels = new Uint8Array(to.height * to.width);
  const most = new Float32Array(labels.length).fill(Number.NEGATIVE_INFINITY);
  for (let c = 0; c < channels; c++) {
    const plane = probabilities.subarray(c * area, (c + 1) * area);
    resizeByRows(plane, from, to, (row, y) => {
      use?.(c, row, y);
      for (let x = 0, i = y * to.width; x < to.width; x++, i++) {
        if (row[x] <= most[i]) continue;
        most[i] = row[x];
        labels[i] = c;
      }
    });
  }
  return labels;
}

/** The largest channel of each pixel, at the size that the probabilities have. @param area pixels of one channel */
export function largestChannel(values: Float32Array, area: number): Uint8Array {
  const labels = new Uint8Array(area);
  const most = values.slice(0, area);
  for (let c = 1, o = area; o < values.length; c++)
    for (let i = 0; i < area; i++, o++) {
      if (values[o] <= most[i]) continue;
      most[i] = values[o];
      labels[i] = c;
    }
  return labels;
}
