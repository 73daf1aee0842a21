import * as fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { Part, Point, Ring, Shape } from '../../src/annotations/annotated-set.ts';
import { bitmapOf, gridOf } from '../../src/annotations/bitmap.ts';
import { bridged } from '../../src/annotations/bridge.ts';
import { clippedRing } from '../../src/annotations/clip.ts';
import { outlinesOf, simplifiedOutlinesOf } from '../../src/annotations/contours.ts';
import { readNumbers } from '../../src/annotations/png.ts';
import { rasterise } from '../../src/annotations/rasterise.ts';
import { fromBrush, toBrush } from '../../src/annotations/run-lengths/brush.ts';
import { compressed, decompressed, fromColumns, toColumns } from '../../src/annotations/run-lengths/coco.ts';
import { turnedShape } from '../../src/annotations/turn.ts';
import { refusal } from '../support/expect-user-error.ts';
import { bitmaps, grids, polygons } from './shapes.ts';

const image = { width: 50, height: 47 };
const whole = { left: 0, top: 0, ...image };
const pixels = (shape: Shape) => rasterise(shape, whole).data;

/** Whether a centre lies inside, edge by edge: left and upper edges are in. */
function isInside(part: Part, x: number, y: number): boolean {
  let inside = false;
  for (const ring of part) {
    for (const [i, [ax, ay]] of ring.entries()) {
      const [bx, by] = ring[(i + 1) % ring.length];
      if (ay <= y === by <= y) continue;
      const [upper, lower] =
        ay < by
          ? [
              [ax, ay],
              [bx, by],
            ]
          : [
              [bx, by],
              [ax, ay],
            ];
      if (upper[0] + ((y - upper[1]) * (lower[0] - upper[0])) / (lower[1] - upper[1]) <= x) inside = !inside;
    }
  }
  return inside;
}

it('rasterises polygons as a test of every centre does', () => {
  fc.assert(
    fc.property(polygons, (shape) => {
      const parts = 'parts' in shape ? shape.parts : [];
      const expected = Array.from({ length: 50 * 47 }, (_, i) => {
        const [x, y] = [(i % 50) + 0.5, Math.floor(i / 50) + 0.5];
        return Number(parts.some((part) => isInside(part, x, y)));
      });
      expect([...pixels(shape)]).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

it('counts a centre exactly on a left or upper edge, and none on a right or lower one', () => {
  const square: Ring = [
    [0.5, 0.5],
    [2.5, 0.5],
    [2.5, 2.5],
    [0.5, 2.5],
  ];
  const { data } = rasterise({ parts: [[square]] }, { left: 0, top: 0, width: 3, height: 3 });
  expect([...data]).toEqual([1, 1, 0, 1, 1, 0, 0, 0, 0]);
});

it('outlines give the same pixels back, exact and simplified; no ring meets itself', () => {
  fc.assert(
    fc.property(grids, (grid) => {
      const exact = outlinesOf(grid);
      expect(rasterise({ parts: exact }, grid).data).toEqual(grid.data);
      for (const ring of exact.flat()) expect(new Set(ring.map(String)).size).toBe(ring.length);
      expect(rasterise({ parts: simplifiedOutlinesOf(grid) }, grid).data).toEqual(grid.data);
    }),
    { numRuns: 150 },
  );
});

/** Points of an outline, at most a tenth of a pixel apart. */
function along(ring: Ring): Point[] {
  return ring.flatMap(([x, y], i) => {
    const [nx, ny] = ring[(i + 1) % ring.length];
    const steps = Math.max(1, Math.ceil(Math.hypot(nx - x, ny - y) * 10));
    return Array.from(
      { length: steps },
      (_, k): Point => [x + ((nx - x) * k) / steps, y + ((ny - y) * k) / steps],
    );
  });
}

function distanceTo([x, y]: Point, ring: Ring): number {
  return ring.reduce((least, [ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % ring.length];
    const [dx, dy] = [bx - ax, by - ay];
    const share = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
    return Math.min(least, Math.hypot(ax + share * dx - x, ay + share * dy - y));
  }, Number.POSITIVE_INFINITY);
}

it('simplified outlines lie within half a pixel of the exact ones, and these of them', () => {
  fc.assert(
    fc.property(grids, (grid) => {
      const [exact, simple] = [outlinesOf(grid), simplifiedOutlinesOf(grid)];
      for (const [i, part] of simple.entries()) {
        for (const [j, ring] of part.entries()) {
          const other = exact[i][j];
          for (const point of along(ring)) expect(distanceTo(point, other)).toBeLessThanOrEqual(0.5 + 1e-9);
          for (const point of along(other)) expect(distanceTo(point, ring)).toBeLessThanOrEqual(0.5 + 1e-9);
        }
      }
    }),
    { numRuns: 12 },
  );
});

it('a disc of 100 pixels needs less than half of its corners', () => {
  const data = Uint8Array.from({ length: 10_000 }, (_, i) =>
    Number(Math.hypot((i % 100) - 49.5, Math.floor(i / 100) - 49.5) < 45),
  );
  const grid = { left: 0, top: 0, width: 100, height: 100, data };
  expect(simplifiedOutlinesOf(grid)[0][0].length).toBeLessThan(outlinesOf(grid)[0][0].length / 2);
});

it('run lengths and brushes give the same pixels back', () => {
  fc.assert(
    fc.property(bitmaps, (shape) => {
      if (!('bitmap' in shape)) return;
      const counts = toColumns(shape.bitmap, image);
      const back = fromColumns(decompressed(compressed(counts), 'x'), image, 'x');
      expect(pixels({ bitmap: back })).toEqual(pixels(shape));
      expect(pixels({ bitmap: fromBrush(toBrush(shape.bitmap, image), image, 'x') })).toEqual(pixels(shape));
      expect(pixels({ bitmap: bitmapOf(gridOf(shape.bitmap)) })).toEqual(pixels(shape));
    }),
    { numRuns: 40 },
  );
});

it('a known text of run lengths', () => {
  // 5 zeros, 3 ones, 40 zeros: 48 + 5, 48 + 3, and 40 as 01000 with "more follows", then 00001.
  expect(compressed([5, 3, 40])).toBe('53X1');
  expect(decompressed('53X1', 'x')).toEqual([5, 3, 40]);
});

it('refuses run lengths of another size, and broken texts and brushes', async () => {
  expect(await refusal(() => fromColumns([5, 3], image, 'f.json, annotation 7'))).toContain(
    'f.json, annotation 7: got run lengths of 8 pixels, expected 2350',
  );
  expect(await refusal(() => fromColumns([-1, 2351], image, 'x'))).toContain('the run length -1');
  expect(await refusal(() => decompressed('5~', 'x'))).toContain('at letter 2');
  expect(await refusal(() => decompressed('5X', 'x'))).toContain('broken');
  const brush = toBrush(
    { left: 0, top: 0, width: 2, height: 2, runs: Uint32Array.of(1, 2, 1) },
    { width: 2, height: 2 },
  );
  expect(await refusal(() => fromBrush(brush.slice(0, -2), { width: 2, height: 2 }, 'x'))).toContain(
    'ends too soon',
  );
  expect(await refusal(() => fromBrush(brush, { width: 3, height: 2 }, 'x'))).toContain(
    'a brush of 4 pixels',
  );
});

it('rings joined by lines of no width cover the same pixels', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        polygons,
        grids.map((grid): Shape => ({ parts: simplifiedOutlinesOf(grid) })),
      ),
      (shape) => {
        const parts = 'parts' in shape ? shape.parts : [];
        expect(pixels({ parts: [[bridged(parts)]] })).toEqual(pixels(shape));
      },
    ),
    { numRuns: 100 },
  );
});

/** Its lower edge runs through the centre of every third pixel. */
const EVERY_THIRD: Shape = {
  parts: [
    [
      [
        [33, 23],
        [0, 34],
        [0, 0],
      ],
    ],
  ],
};

/** Whether a point is nearer than 1e-9 to a ring's edges. */
function isOn(ring: Ring, x: number, y: number): boolean {
  return ring.some(([ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % ring.length];
    const square = (bx - ax) ** 2 + (by - ay) ** 2;
    const along = square > 0 ? ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / square : 0;
    const part = Math.min(1, Math.max(0, along));
    return Math.hypot(ax + part * (bx - ax) - x, ay + part * (by - ay) - y) < 1e-9;
  });
}

it('cutting a ring at the edge of a box changes nothing inside', () => {
  fc.assert(
    fc.property(polygons, (shape) => {
      const box = { left: 10, top: 5, width: 20, height: 30 };
      const parts = 'parts' in shape ? shape.parts : [];
      const cut = parts.map((part) => part.map((ring) => clippedRing(ring, box)));
      // Where a line is cut, its crossings are rounded once more: centres of pixels that lie on it may change sides, no others.
      const [before, after] = [shape, { parts: cut }].map((each) => rasterise(each, box).data);
      for (const [i, value] of before.entries()) {
        const [x, y] = [box.left + (i % box.width) + 0.5, box.top + Math.floor(i / box.width) + 0.5];
        if (!parts.flat().some((ring) => isOn(ring, x, y))) expect([i, after[i]]).toEqual([i, value]);
      }
      for (const [x, y] of cut.flat(2)) expect(x >= 10 && x <= 30 && y >= 5 && y <= 35).toBe(true);
    }),
    { numRuns: 60, examples: [[EVERY_THIRD]] },
  );
});

it.each([
  1, 2, 3, 4, 5, 6, 7, 8,
])('orientation %i turns outlines and pixels alike, as EXIF turns images', (orientation) => {
  const stored = orientation >= 5 ? { width: 3, height: 4 } : { width: 4, height: 3 };
  // One pixel in row 0, column 1 of the stored image.
  const bitmap = bitmapOf({ left: 1, top: 0, width: 1, height: 1, data: Uint8Array.of(1) });
  const ring: Ring = [
    [1, 0],
    [2, 0],
    [2, 1],
    [1, 1],
  ];
  const upright = { width: 4, height: 3 };
  const expected = { 1: [1, 0], 2: [2, 0], 3: [2, 2], 4: [1, 2], 5: [0, 1], 6: [3, 1], 7: [3, 1], 8: [0, 1] }[
    orientation
  ]!;
  const box = { left: 0, top: 0, ...upright };
  expect(stored.width * stored.height).toBe(12);
  for (const shape of [{ bitmap }, { parts: [[ring]] }]) {
    const { data } = rasterise(turnedShape(shape, upright, orientation), box);
    expect(data.indexOf(1)).toBe(expected[1] * 4 + expected[0]);
    expect(data.filter(Boolean)).toHaveLength(1);
  }
});

it.each([1, 2] as const)('reads numbers of PNGs with a palette of %i bits', async (bitdepth) => {
  const most = 2 ** bitdepth;
  // 5 pixels a row: rows do not fill their bytes.
  const numbers = Array.from({ length: 15 }, (_, i) => (i * 7) % most);
  const rgb = Uint8Array.from(
    numbers.flatMap(
      (value) =>
        [
          [0, 0, 0],
          [255, 0, 0],
          [0, 255, 0],
          [0, 0, 255],
        ][value],
    ),
  );
  const bytes = await sharp(rgb, { raw: { width: 5, height: 3, channels: 3 } })
    .png({ palette: true, colours: 2 ** bitdepth, dither: 0 })
    .toBuffer();
  // Where the header tells it.
  expect(bytes[24]).toBe(bitdepth);
  const { data, palette } = readNumbers(bytes, 'x');
  const colours = ['#000000', '#ff0000', '#00ff00', '#0000ff'];
  expect(Array.from(data, (value) => palette![value])).toEqual(numbers.map((value) => colours[value]));
});
