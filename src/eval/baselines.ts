import type { Size } from '../core/size.ts';

/** Brightness of the pixels of an image [3, H, W] in [-1, 1]: 0..255, by the weights of ITU-R BT.601. */
export function greyOf(image: Float32Array): Uint8Array {
  const area = image.length / 3;
  const [red, green, blue] = [0, 1, 2].map((c) => image.subarray(c * area, (c + 1) * area));
  return Uint8Array.from(red, (value, i) =>
    Math.round(((0.299 * value + 0.587 * green[i] + 0.114 * blue[i] + 1) / 2) * 255),
  );
}

/**
 * Otsu's threshold (1979): values above it and those up to it have the largest variance between the two, of equal ones the lowest.
 *
 * @param values 0..255
 */
export function otsuThreshold(values: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const value of values) counts[value]++;
  const total = values.length;
  const sum = counts.reduce((all, count, value) => all + count * value, 0);
  let [below, sumBelow, best, threshold] = [0, 0, -1, 0];
  for (let value = 0; value < 255; value++) {
    below += counts[value];
    sumBelow += counts[value] * value;
    if (below === 0 || below === total) continue;
    const distance = sumBelow / below - (sum - sumBelow) / (total - below);
    const between = below * (total - below) * distance ** 2;
    if (between > best) [best, threshold] = [between, value];
  }
  return threshold;
}

/** The sides of a thumbnail. */
const THUMBNAIL = 16;

/** An image [3, H, W] as the means of 16 x 16 fields: [3, 16, 16]. */
export function thumbnailOf(image: Float32Array, { height, width }: Size): Float32Array {
  const small = new Float32Array(3 * THUMBNAIL * THUMBNAIL);
  const counts = new Float32Array(small.length);
  for (let i = 0; i < image.length; i++) {
    const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    const field = [Math.floor((y * THUMBNAIL) / height), Math.floor((x * THUMBNAIL) / width)];
    const at = (c * THUMBNAIL + field[0]) * THUMBNAIL + field[1];
    small[at] += image[i];
    counts[at]++;
  }
  return small.map((value, i) => (counts[i] > 0 ? value / counts[i] : 0));
}

/** The place of the thumbnail that is nearest by squared differences, of equal ones the first. */
export function nearestThumbnail(own: Float32Array, others: readonly Float32Array[]): number {
  let [nearest, least] = [0, Number.POSITIVE_INFINITY];
  for (const [k, other] of others.entries()) {
    let distance = 0;
    for (let i = 0; i < own.length; i++) distance += (own[i] - other[i]) ** 2;
    if (distance < least) [nearest, least] = [k, distance];
  }
  return nearest;
}
