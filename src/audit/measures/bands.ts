import type { Size } from '../../core/size.ts';
import { powerSpectrum } from './fourier.ts';

/** Spatial frequencies from `from` to below `to`, in cycles a pixel. */
export interface Band {
  readonly from: number;
  readonly to: number;
}

/** Octaves; the first holds the mean, the last the corners of the spectrum up to sqrt(1/2). */
export const BANDS: readonly Band[] = [
  { from: 0, to: 1 / 32 },
  { from: 1 / 32, to: 1 / 16 },
  { from: 1 / 16, to: 1 / 8 },
  { from: 1 / 8, to: 1 / 4 },
  { from: 1 / 4, to: Math.SQRT1_2 },
];

/**
 * The `clippedMse` of a reconstruction by radial frequency: the power of the error image in each band. By Parseval's
 * theorem they sum to the mean squared error.
 *
 * @param output image [C, H, W] in [-1, 1], or beyond, which is clipped
 * @param target image [C, H, W] in [-1, 1]
 * @returns one a band, on the scale of images in [0, 1]
 */
export function errorByBand(output: ArrayLike<number>, target: ArrayLike<number>, size: Size): number[] {
  const { height, width } = size;
  const area = height * width;
  const result = BANDS.map(() => 0);
  const error = new Float64Array(area);
  for (let start = 0; start < target.length; start += area) {
    for (let i = 0; i < area; i++)
      error[i] = (Math.min(1, Math.max(-1, output[start + i])) - target[start + i]) / 2;
    const power = powerSpectrum(error, size);
    for (let x = 0; x < width; x++)
      for (let y = 0; y < height; y++)
        result[bandOf(frequency(x, width), frequency(y, height))] += power[x * height + y];
  }
  return result.map((sum) => sum / (area * target.length));
}

/** |cycles a pixel| of the k-th of n coefficients. */
const frequency = (k: number, n: number) => Math.min(k, n - k) / n;

function bandOf(across: number, down: number): number {
  const radius = Math.hypot(across, down);
  const band = BANDS.findIndex(({ to }) => radius < to);
  return band < 0 ? BANDS.length - 1 : band;
}
