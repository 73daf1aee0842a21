import { describe, expect, test } from 'vitest';
import { overlap } from '../../src/eval/overlap.ts';

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
