import { describe, expect, test } from 'vitest';
import { mean } from '../../src/core/mean.ts';
import { clippedMse, overlap, psnr, summarise } from '../../src/eval/metrics.ts';

describe('overlap', () => {
  test('by hand: 2 hits, 1 made up, 3 missed', () => {
    const scores = overlap([0.9, 0.5, 0.7, 0.49, 0, 0.1, 0.2], [1, 1, 0, 1, 1, 1, 0]);
    expect(scores.dice).toBeCloseTo(4 / 8, 12);
    expect(scores.iou).toBeCloseTo(2 / 6, 12);
    expect(scores.precision).toBeCloseTo(2 / 3, 12);
    expect(scores.recall).toBeCloseTo(2 / 5, 12);
  });

  test.each([
    ['both masks are empty', [0, 0.4], [0, 0], 1, 1, 1, 1],
    ['the true mask is empty', [0.6, 0], [0, 0], 0, 0, 0, 0],
    ['the predicted mask is empty', [0, 0], [1, 0], 0, 0, 0, 0],
    ['they do not touch', [1, 0], [0, 1], 0, 0, 0, 0],
    ['they are the same', [1, 0.5], [1, 1], 1, 1, 1, 1],
  ])('where %s', (_, predicted, truth, dice, iou, precision, recall) => {
    expect(overlap(predicted, truth)).toEqual({ dice, iou, precision, recall });
  });

  test('masks of different sizes are a bug', () => {
    expect(() => overlap([1], [1, 0])).toThrow('got 1 and 2 pixels');
  });
});

describe('summaries', () => {
  test('median and 5th percentile are interpolated like numpy.percentile', () => {
    const summary = summarise([0.9, 0.1, 0.5, 0.3]);
    expect(summary.mean).toBeCloseTo(0.45, 12);
    expect(summary.median).toBeCloseTo(0.4, 12);
    expect(summary.p5).toBeCloseTo(0.1 + 0.15 * 0.2, 12);
    expect(summary.below_half).toBe(0.5);
  });

  test('of one value', () => {
    expect(summarise([0.5])).toEqual({ mean: 0.5, median: 0.5, p5: 0.5, below_half: 0 });
  });

  test('leave the values in their order', () => {
    const values = [3, 1, 2];
    summarise(values);
    expect(values).toEqual([3, 1, 2]);
    expect(mean(values)).toBe(2);
  });
});

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
