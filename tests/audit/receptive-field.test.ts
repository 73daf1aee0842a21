import { describe, expect, test } from 'vitest';
import { RADII, receptiveField } from '../../src/audit/receptive-field.ts';

const size = { height: 32, width: 64 };
const area = 32 * 64;

/** A gradient [3, H, W] with some values at (channel, rows below, columns right of the centre). */
function planted(...values: readonly (readonly [number, number, number, number])[]): Float32Array {
  const gradient = new Float32Array(3 * area);
  for (const [c, y, x, value] of values) gradient[c * area + (16 + y) * 64 + 32 + x] = value;
  return gradient;
}

describe('the receptive field', () => {
  test('of one pixel', () => {
    expect(receptiveField(planted([1, 0, 0, -3]), size)).toEqual({
      within: RADII.map(() => 1),
      halfRadius: 0,
    });
  });

  test('by hand: signs do not cancel, channels add up', () => {
    const { within, halfRadius } = receptiveField(
      planted([0, 0, 0, 1], [1, 0, 0, -1], [0, 3, -4, 2], [2, -1, -1, -1], [2, 0, 20, 3]),
      size,
    );
    expect(within).toEqual([2 / 8, 3 / 8, 3 / 8, 5 / 8, 5 / 8, 1]);
    expect(halfRadius).toBe(5);
  });

  test('of an even disc: the radius of half its area', () => {
    const gradient = new Float32Array(3 * area).map((_, i) =>
      Math.hypot((Math.floor(i / 64) % 32) - 16, (i % 64) - 32) <= 12 ? 1 : 0,
    );
    const { within, halfRadius } = receptiveField(gradient, size);
    expect(within[3]).toBeCloseTo((8 / 12) ** 2, 1);
    expect(within[4]).toBe(1);
    expect(halfRadius).toBeCloseTo(12 / Math.SQRT2, 0);
  });
});
