import { describe, expect, test } from 'vitest';
import { BANDS, errorByBand } from '../../src/audit/measures/bands.ts';
import { powerSpectrum } from '../../src/audit/measures/fourier.ts';
import { RandomStream } from '../../src/core/random.ts';
import type { Size } from '../../src/core/size.ts';
import { clippedMse } from '../../src/eval/reconstruction.ts';
import { largestDifference } from '../support/shared.ts';

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Values in [-1, 1]. */
function drawn(length: number, key: string): Float32Array {
  const stream = new RandomStream('bands', key);
  return Float32Array.from({ length }, () => 2 * stream.uniform() - 1);
}

describe('the power spectrum', () => {
  test.each([
    [8, 8],
    [4, 6],
    [5, 3],
    [1, 12],
  ])('of %i x %i is that of the definition', (height, width) => {
    const plane = drawn(height * width, `${height}x${width}`);
    const expected = Array.from({ length: width * height }, (_, at) => {
      const [kx, ky] = [Math.floor(at / height), at % height];
      let [re, im] = [0, 0];
      for (const [i, value] of plane.entries()) {
        const phase = 2 * Math.PI * ((ky * Math.floor(i / width)) / height + (kx * (i % width)) / width);
        re += value * Math.cos(phase);
        im -= value * Math.sin(phase);
      }
      return re * re + im * im;
    });
    expect(largestDifference(powerSpectrum(plane, { height, width }), expected)).toBeLessThan(1e-10);
  });
});

describe('bands of an error', () => {
  test.each([
    [32, 32],
    [96, 64],
    [160, 32],
  ])('sum to the mean squared error at %i x %i, the output clipped', (height, width) => {
    const target = drawn(3 * height * width, 'target');
    const output = drawn(3 * height * width, 'output').map((value) => 1.5 * value);
    const bands = errorByBand(output, target, { height, width });
    expect(sum(bands) / clippedMse(output, target)).toBeCloseTo(1, 10);
  });

  const size: Size = { height: 64, width: 96 };
  /** Cycles over the height, over the width, and the band they belong to. */
  test.each([
    [0, 0, 0],
    [1, 2, 0],
    [2, 0, 1],
    [0, 3, 1],
    [3, 0, 1],
    [0, 11, 2],
    [6, 9, 3],
    [16, 0, 4],
    [0, 48, 4],
    [32, 48, 4],
  ])('%i waves down and %i across are in one', (down, across, band) => {
    const target = new Float32Array(3 * 64 * 96);
    const output = target.map((_, i) => {
      const [y, x] = [Math.floor(i / 96) % 64, i % 96];
      return 0.4 * Math.cos(2 * Math.PI * ((down * y) / 64 + (across * x) / 96));
    });
    const bands = errorByBand(output, target, size);
    const whole = clippedMse(output, target);
    expect(bands[band] / whole).toBeCloseTo(1, 10);
    expect(sum(bands) - bands[band]).toBeLessThan(1e-12);
  });

  test('white noise lies in them by their area', () => {
    const n = 128;
    const target = new Float32Array(3 * n * n);
    const bands = errorByBand(drawn(target.length, 'white'), target, { height: n, width: n });
    const ring = (i: number) => Math.PI * (BANDS[i].to ** 2 - BANDS[i].from ** 2);
    expect(bands[2] / sum(bands) / ring(2)).toBeCloseTo(1, 1);
    expect(bands[3] / sum(bands) / ring(3)).toBeCloseTo(1, 1);
  });
});
