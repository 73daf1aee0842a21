import type { Size } from '../core/size.ts';
import type { Bitmap, Point, Shape } from './annotated-set.ts';
import { bitmapOf, type Grid, gridOf } from './bitmap.ts';

/**
 * A shape that was drawn on an image as it is stored, on the image upright.
 *
 * @param size of the image, upright
 * @param orientation as in EXIF 2.32, tag 274
 */
export function turnedShape(shape: Shape, size: Size, orientation: number): Shape {
  const turn = (point: Point) => turnedPoint(point, size, orientation);
  if ('bitmap' in shape) return { bitmap: turnedBitmap(shape.bitmap, turn) };
  return { parts: shape.parts.map((part) => part.map((ring) => ring.map(turn))) };
}

/** Row 0 and column 0 of the stored image are the sides of the upright one that the orientation names. */
function turnedPoint([x, y]: Point, { width, height }: Size, orientation: number): Point {
  const [across, down] = orientation >= 5 ? [y, x] : [x, y];
  const fromRight = [2, 3, 6, 7].includes(orientation);
  const fromBottom = [3, 4, 7, 8].includes(orientation);
  return [fromRight ? width - across : across, fromBottom ? height - down : down];
}

function turnedBitmap(bitmap: Bitmap, turn: (point: Point) => Point): Bitmap {
  const grid = gridOf(bitmap);
  const corners = [turn([grid.left, grid.top]), turn([grid.left + grid.width, grid.top + grid.height])];
  const [left, right] = corners.map(([x]) => x).sort((a, b) => a - b);
  const [top, bottom] = corners.map(([, y]) => y).sort((a, b) => a - b);
  const turned: Grid = {
    left,
    top,
    width: right - left,
    height: bottom - top,
    data: new Uint8Array(grid.data.length),
  };
  for (let y = 0, i = 0; y < grid.height; y++) {
    for (let x = 0; x < grid.width; x++, i++) {
      if (!grid.data[i]) continue;
      const [tx, ty] = turn([grid.left + x + 0.5, grid.top + y + 0.5]);
      turned.data[(Math.floor(ty) - top) * turned.width + Math.floor(tx) - left] = 1;
    }
  }
  return bitmapOf(turned);
}
