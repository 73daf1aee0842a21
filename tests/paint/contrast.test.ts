import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { contrastOf, contrastTable, pixelsOf } from '../../src/paint/contrast.ts';

test('samples between low and high lie between black and white, each channel by itself', () => {
  const bound = fc.double({ min: -70_000, max: 140_000, noNaN: true });
  const length = fc.integer({ min: 1, max: 12 });
  const images = fc.tuple(length, fc.constantFrom(1 as const, 3 as const)).chain(([size, channels]) =>
    fc.record({
      channels: fc.constant(channels),
      values: fc.uint16Array({ minLength: size * channels, maxLength: size * channels }),
    }),
  );
  fc.assert(
    fc.property(images, bound, bound, ({ values, channels }, low, high) => {
      fc.pre(low < high);
      const pixels = pixelsOf(values, channels, contrastTable({ low, high }));
      expect(pixels.length).toBe((4 * values.length) / channels);
      for (let i = 0; i < pixels.length; i += 4) {
        expect(pixels[i + 3]).toBe(255);
        for (let c = 0; c < 3; c++) {
          const value = values[(i / 4) * channels + (channels === 3 ? c : 0)];
          const exact = Math.min(255, Math.max(0, (255 * (value - low)) / (high - low)));
          expect(Math.abs(pixels[i + c] - exact)).toBeLessThan(0.5 + 1e-9);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('low is black, high is white, the middle is rounded up', () => {
  const greys = pixelsOf(
    Uint16Array.of(0, 99, 100, 150, 200, 201, 65535),
    1,
    contrastTable({ low: 100, high: 200 }),
  );
  expect([...greys].filter((_, i) => i % 4 === 0)).toEqual([0, 0, 0, 128, 255, 255, 255]);
});

test('no contrast is refused', () => {
  for (const high of [5, 4, Number.NaN]) expect(() => contrastTable({ low: 5, high })).toThrow('no contrast');
});

test('a contrast leaves out at most its share of the samples at either end, and is never none', () => {
  const samples = fc.uint16Array({ minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(samples, fc.constantFrom(0, 0.01, 0.1, 0.3), (values, share) => {
      const { low, high } = contrastOf(values, share);
      expect(low).toBeLessThan(high);
      const sorted = [...values].sort((a, b) => a - b);
      const beyond = Math.floor(share * values.length);
      const [least, most] = [sorted[beyond], sorted[values.length - 1 - beyond]];
      if (least < most) expect([low, high]).toEqual([least, most]);
    }),
  );
});
