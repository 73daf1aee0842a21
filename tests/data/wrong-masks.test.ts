import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { objectMap } from '../../src/data/masks/parts.ts';
import { WRONG_MASKS } from '../../src/data/masks/wrong-masks.ts';

const size = { height: 20, width: 30 };
/** Boxes of ones: [left, top, width, height]. */
const maskOf = (...boxes: readonly (readonly [number, number, number, number])[]) => ({
  ...size,
  data: Uint8Array.from({ length: 600 }, (_, i) => {
    const [x, y] = [i % 30, Math.floor(i / 30)];
    return boxes.some(([left, top, w, h]) => x >= left && x < left + w && y >= top && y < top + h) ? 1 : 0;
  }),
});
const sum = (mask: Uint8Array) => mask.reduce((all, value) => all + value, 0);
const by = (seed: number, other = maskOf()) => ({ stream: new RandomStream('wrong', seed), other });

describe('wrong masks', () => {
  test('a shifted one is the same shape, by a quarter to a half of its width or height, and inside where there is room', () => {
    const right = maskOf([4, 5, 8, 6]);
    const moves = Array.from({ length: 20 }, (_, seed) => {
      const moved = WRONG_MASKS.shifted(right, by(seed));
      expect(sum(moved)).toBe(48);
      const first = moved.indexOf(1);
      return [(first % 30) - 4, Math.floor(first / 30) - 5];
    });
    for (const [x, y] of moves) {
      expect([x === 0, y === 0]).toContain(true);
      const part = x === 0 ? Math.abs(y) / 6 : Math.abs(x) / 8;
      expect(part).toBeGreaterThanOrEqual(0.25);
      expect(part).toBeLessThanOrEqual(0.5 + 1 / 6);
    }
    expect(new Set(moves.map(([x]) => x === 0)).size).toBe(2);
  });

  test('an inverted one is its complement', () => {
    const right = maskOf([4, 5, 8, 6]);
    expect(sum(WRONG_MASKS.inverted(right))).toBe(600 - 48);
    expect(WRONG_MASKS.inverted({ ...size, data: WRONG_MASKS.inverted(right) })).toEqual(right.data);
  });

  test('the mask of another image is that, at this size', () => {
    const other = {
      height: 10,
      width: 15,
      data: Uint8Array.from({ length: 150 }, (_, i) => (i % 15 < 5 ? 1 : 0)),
    };
    const wrong = WRONG_MASKS['of another image'](maskOf([20, 0, 3, 3]), { ...by(0), other });
    expect(wrong).toEqual(maskOf([0, 0, 10, 20]).data);
  });

  test('one with an object left out has the others', () => {
    const right = maskOf([1, 1, 4, 4], [10, 10, 5, 5], [20, 2, 3, 3]);
    const left = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const wrong = WRONG_MASKS['an object left out'](right, by(seed));
      expect(new Set(objectMap(wrong, size)).size - 1).toBe(2);
      left.add(sum(right.data) - sum(wrong));
    }
    expect(left).toEqual(new Set([16, 25, 9]));
    expect(sum(WRONG_MASKS['an object left out'](maskOf([1, 1, 4, 4]), by(0)))).toBe(0);
  });
});
