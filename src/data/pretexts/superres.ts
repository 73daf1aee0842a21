import { UserError } from '../../core/errors.ts';
import type { Size } from '../../core/size.ts';
import { resizePlane } from '../decode/resize.ts';
import type { Task } from './task.ts';

export interface SuperresSettings {
  /** Divides height and width; from 2. */
  readonly factor: number;
}

/**
 * The input is reduced, each block of factor x factor pixels to its mean, and enlarged again, linearly between the blocks'
 * centres. The mean of each channel stays.
 */
export const superres: Task<SuperresSettings> = {
  random: false,
  check: ({ factor }, { height, width }) => {
    if (height % factor === 0 && width % factor === 0) return;
    throw new UserError({
      what: 'factor',
      got: `${factor} for images of ${height}x${width}`,
      expected: 'a divisor of height and width',
      fix: 'take 2, 4 or 8',
    });
  },
  degrade: ({ input, target }, size, { factor }) => {
    const area = size.height * size.width;
    const small = { height: size.height / factor, width: size.width / factor };
    for (let start = 0; start < target.length; start += area) {
      const means = blockMeans(target.subarray(start, start + area), size, factor);
      input.set(resizePlane(means, small, size), start);
    }
  },
};

/** The mean of each block of factor x factor values of a plane. */
export function blockMeans(plane: Float32Array, { height, width }: Size, factor: number): Float32Array {
  const columns = width / factor;
  const sums = new Float64Array((height / factor) * columns);
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / factor) * columns;
    for (let x = 0; x < width; x++, i++) sums[row + Math.floor(x / factor)] += plane[i];
  }
  const means = new Float32Array(sums.length);
  for (let i = 0; i < means.length; i++) means[i] = sums[i] / factor ** 2;
  return means;
}
