import type { Size } from '../../core/size.ts';

/**
 * Blurs planes in place by a Gaussian, cut off at three deviations; beyond the border planes are reflected without repeating
 * the edge.
 *
 * @param planes [C, H, W]
 * @param sigma its deviation in pixels, over 0
 */
export function blur(planes: Float32Array, { height, width }: Size, sigma: number): void {
  const kernel = gaussian(sigma);
  const area = height * width;
  const between = new Float32Array(area);
  for (let start = 0; start < planes.length; start += area) {
    const plane = planes.subarray(start, start + area);
    alongRows(plane, between, width, kernel);
    alongColumns(between, plane, width, kernel);
  }
}

/** Weights at -radius .. radius that sum to 1. */
export function gaussian(sigma: number): Float64Array {
  const radius = Math.ceil(3 * sigma);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Index of the pixel that stands at a place beyond the border, of `length` pixels in a row. */
function reflectedIndex(place: number, length: number): number {
  if (length === 1) return 0;
  const within = Math.abs(place) % (2 * length - 2);
  return within < length ? within : 2 * length - 2 - within;
}

function alongRows(from: Float32Array, to: Float32Array, width: number, kernel: Float64Array): void {
  const radius = (kernel.length - 1) / 2;
  const padded = new Float64Array(width + 2 * radius);
  const sources = Int32Array.from(padded, (_, i) => reflectedIndex(i - radius, width));
  const row = new Float64Array(width);
  for (let start = 0; start < from.length; start += width) {
    for (let i = 0; i < padded.length; i++) padded[i] = from[start + sources[i]];
    for (let x = 0; x < width; x++) row[x] = kernel[radius] * padded[x + radius];
    for (let k = 0; k < radius; k++) {
      const weight = kernel[k];
      const opposite = 2 * radius - k;
      for (let x = 0; x < width; x++) row[x] += weight * (padded[x + k] + padded[x + opposite]);
    }
    to.set(row, start);
  }
}

function alongColumns(from: Float32Array, to: Float32Array, width: number, kernel: Float64Array): void {
  const radius = (kernel.length - 1) / 2;
  const height = from.length / width;
  const row = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const centre = y * width;
    for (let x = 0; x < width; x++) row[x] = kernel[radius] * from[centre + x];
    for (let k = 0; k < radius; k++) {
      const weight = kernel[k];
      const above = width * reflectedIndex(y + k - radius, height);
      const below = width * reflectedIndex(y + radius - k, height);
      for (let x = 0; x < width; x++) row[x] += weight * (from[above + x] + from[below + x]);
    }
    to.set(row, centre);
  }
}
