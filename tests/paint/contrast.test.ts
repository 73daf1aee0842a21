import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { contrastTable, greyOf } from '../../src/paint/contrast.ts';

test('samples between low and high are greys between black and white', () => {
  const bound = fc.double({ min: -70_000, max: 140_000, noNaN: true });
  const samples = fc.uint16Array({ minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(samples, bound, bound, (values, low, high) => {
      fc.pre(low < high);
      const pixels = greyOf(values, contrastTable({ low, high }));
      expect(pixels.length).toBe(4 * values.length);
      for (const [i, value] of values.entries()) {
        const exact = Math.min(255, Math.max(0, (255 * (value - low)) / (high - low)));
        const [r, g, b, alpha] = pixels.subarray(4 * i);
        expect([r, r, 255]).toEqual([g, b, alpha]);
        expect(Math.abs(r - exact)).toBeLessThan(0.5 + 1e-9);
      }
    }),
    { numRuns: 60 },
  );
});

test('low is black, high is white, the middle is rounded up', () => {
  const greys = greyOf(
    Uint16Array.of(0, 99, 100, 150, 200, 201, 65535),
    contrastTable({ low: 100, high: 200 }),
  );
  expect([...greys].filter((_, i) => i % 4 === 0)).toEqual([0, 0, 0, 128, 255, 255, 255]);
});

test('no contrast is refused', () => {
  for (const high of [5, 4, Number.NaN]) expect(() => contrastTable({ low: 5, high })).toThrow('no contrast');
});
