import { describe, expect, test } from 'vitest';
import { clippedMse, psnr } from '../../src/eval/reconstruction.ts';

describe('reconstructions', () => {
  test('the error is that of images in [0, 1], the output clipped', () => {
    expect(clippedMse([0, 3, -2], [1, 1, -1])).toBeCloseTo(0.25 / 3, 12);
    expect(clippedMse([-1, 1], [1, -1])).toBe(1);
  });

  test('only pixels of some weight count, in every channel', () => {
    expect(clippedMse([0, 9, 1, 9], [1, 1, 1, 1], [1, 0])).toBeCloseTo(0.125, 12);
    expect(clippedMse([0, -1, 1, 1], [1, 1, 1, 1], [1, 1])).toBe(clippedMse([0, -1, 1, 1], [1, 1, 1, 1]));
  });

  test.each([
    [1, 0],
    [0.01, 20],
    [0.001, 30],
    [0, Number.POSITIVE_INFINITY],
  ])('an MSE of %f is %f dB', (mse, decibels) => {
    expect(psnr(mse)).toBeCloseTo(decibels, 9);
  });
});
