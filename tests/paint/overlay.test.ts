import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Box } from '../../src/annotations/annotated-set.ts';
import { paletteOf, vocPalette } from '../../src/annotations/png.ts';
import { type Look, overlayOf } from '../../src/paint/overlay.ts';
import { paintingOf } from '../../src/paint/painting.ts';
import { labels, pixelsWhere, planes, size } from './naive.ts';

const colours = paletteOf([
  { number: 1, colour: '#ff0000' },
  { number: 2, colour: '#0a6432' },
  { number: 3, colour: '#000000' },
]);

const shares = fc.constantFrom(0, 0.3, 0.5, 1);
const looks: fc.Arbitrary<Look> = fc.record(
  {
    colours: fc.constant(colours),
    opacity: shares,
    outline: shares,
    hidden: fc.array(labels).map((l) => new Set(l)),
  },
  { requiredKeys: ['colours', 'opacity'] },
);

const boxes = fc.record({
  left: fc.integer({ min: -5, max: 25 }),
  top: fc.integer({ min: -5, max: 20 }),
  width: fc.integer({ min: 0, max: 30 }),
  height: fc.integer({ min: 0, max: 30 }),
});

/** One pixel's RGBA, not rounded, plane above plane. */
function naive(
  all: readonly Uint8Array[],
  { opacity, outline = opacity, hidden }: Look,
  x: number,
  y: number,
) {
  let [r, g, b, alpha] = [0, 0, 0, 0];
  for (const plane of all) {
    const label = plane[y * size.width + x];
    if (label === 0 || hidden?.has(label)) continue;
    const beside = [
      [x - 1, y],
      [x + 1, y],
      [x, y - 1],
      [x, y + 1],
    ].filter(([i, j]) => i >= 0 && j >= 0 && i < size.width && j < size.height);
    const edge = beside.some(([i, j]) => plane[j * size.width + i] !== label);
    const above = edge ? outline : opacity;
    if (above === 0) continue;
    const sum = above + alpha * (1 - above);
    [r, g, b] = [r, g, b].map((old, k) => (colours[label][k] * above + old * alpha * (1 - above)) / sum);
    alpha = sum;
  }
  return [r, g, b, 255 * alpha];
}

const whole = { left: 0, top: 0, ...size };

/** What there is of a box in the image. */
const inside = ({ left, top, width, height }: Box, x: number, y: number) =>
  x >= left && y >= top && x < left + width && y < top + height;

test('an overlay is what the labels of each pixel say', () => {
  fc.assert(
    fc.property(fc.array(planes, { minLength: 1, maxLength: 3 }), looks, (all, look) => {
      const { pixels } = overlayOf(paintingOf(size, all), whole, look)!;
      const wrong = pixelsWhere((x, y, i) =>
        // Bytes are rounded plane by plane.
        naive(all, look, x, y).some((exact, k) => !(Math.abs(pixels[4 * i + k] - exact) < all.length + 0.01)),
      );
      expect(wrong).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('what changed, shown anew, makes the picture that the whole would', () => {
  fc.assert(
    fc.property(fc.tuple(planes, planes), boxes, labels, looks, (all, box, label, look) => {
      const painting = paintingOf(size, all);
      const screen = overlayOf(painting, whole, look)!.pixels;
      const changed = pixelsWhere((x, y) => inside(box, x, y));
      for (const i of changed) painting.planes[0][i] = label;
      const picture = overlayOf(painting, box, look);
      if (changed.length > 0) expect(picture).toBeDefined();
      const { left, top, width, height, pixels } = picture ?? { ...whole, height: 0, pixels: screen };
      for (let y = 0; y < height; y++)
        screen.set(pixels.subarray(4 * y * width, 4 * (y + 1) * width), 4 * ((top + y) * size.width + left));
      expect(screen.join()).toBe(overlayOf(painting, whole, look)!.pixels.join());
    }),
    { numRuns: 100 },
  );
});

test('colours are the classes’ own', () => {
  const plane = new Uint8Array(size.width * size.height).fill(2);
  const picture = overlayOf(
    paintingOf(size, [plane]),
    { left: 3, top: 3, width: 1, height: 1 },
    {
      colours,
      opacity: 0.5,
    },
  );
  expect(picture).toEqual({
    left: 3,
    top: 3,
    width: 1,
    height: 1,
    pixels: Uint8ClampedArray.of(10, 100, 50, 128),
  });
});

describe('refused', () => {
  const painting = paintingOf(size, [new Uint8Array(391)]);
  const box = { left: 0, top: 0, width: 1, height: 1 };

  test('a label without a colour, and an opacity that is none', () => {
    expect(() => overlayOf(painting, box, { colours: vocPalette().slice(0, 3), opacity: 1 })).toThrow(
      '3 colours',
    );
    expect(() => overlayOf(painting, box, { colours, opacity: 1.1 })).toThrow('no opacity: 1.1');
    expect(() => overlayOf(painting, box, { colours, opacity: 1, outline: Number.NaN })).toThrow(
      'no opacity: NaN',
    );
  });
});
