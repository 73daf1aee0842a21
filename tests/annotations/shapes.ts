import * as fc from 'fast-check';
import type { Shape } from '../../src/annotations/annotated-set.ts';
import { bitmapOf, type Grid } from '../../src/annotations/bitmap.ts';

/** An ellipse that adds pixels, or takes them away. */
const stroke = fc.record({
  x: fc.double({ min: 0, max: 1, noNaN: true }),
  y: fc.double({ min: 0, max: 1, noNaN: true }),
  rx: fc.double({ min: 0.02, max: 0.5, noNaN: true }),
  ry: fc.double({ min: 0.02, max: 0.5, noNaN: true }),
  add: fc.integer({ min: 0, max: 2 }).map((value) => value > 0),
});

const side = fc.integer({ min: 1, max: 30 });

/** Pixels of a box: ellipses with holes and islands in them, or noise; at least one pixel. */
export const grids: fc.Arbitrary<Grid> = fc
  .record({
    ...{
      width: side,
      height: side,
      left: fc.integer({ min: 0, max: 5 }),
      top: fc.integer({ min: 0, max: 5 }),
    },
    strokes: fc.array(stroke, { minLength: 1, maxLength: 6 }),
    noise: fc.option(fc.array(fc.boolean(), { minLength: 64, maxLength: 64 }), { freq: 3 }),
  })
  .map(({ width, height, left, top, strokes, noise }) => {
    const data = new Uint8Array(width * height);
    for (let y = 0, i = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) {
        for (const { add, ...at } of strokes) {
          const inside =
            (((x + 0.5) / width - at.x) / at.rx) ** 2 + (((y + 0.5) / height - at.y) / at.ry) ** 2 < 1;
          if (inside) data[i] = Number(add);
        }
        if (noise) data[i] = Number(noise[(7 * x + 13 * y + x * y) % 64]);
      }
    }
    if (!data.includes(1)) data[0] = 1;
    return { left, top, width, height, data };
  });

export const bitmaps: fc.Arbitrary<Shape> = grids.map((grid) => ({ bitmap: bitmapOf(grid) }));

/** Parts of random points, between them and on the corners and centres of pixels; rings meet themselves and others. */
export const polygons: fc.Arbitrary<Shape> = fc
  .array(
    fc.array(fc.array(fc.tuple(coordinate(), coordinate()), { minLength: 3, maxLength: 7 }), {
      minLength: 1,
      maxLength: 3,
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => ({ parts }));

function coordinate(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.double({ min: 0, max: 45, noNaN: true }),
    fc.integer({ min: 0, max: 90 }).map((value) => value / 2),
  );
}
