import { expect, test } from 'vitest';
import type { Size } from '../../src/core/size.ts';
import { labelsOf, resizeCoverage, stacked } from '../../src/data/masks/label-map.ts';
import { ONE_OBJECT } from '../../src/data/masks/labelling.ts';
import { vanishingOf, vanishingText } from '../../src/data/masks/vanishing.ts';

const own: Size = { height: 512, width: 512 };

/** A mask with squares, as training reads it at any size. */
function squares(...corners: readonly (readonly [top: number, left: number, side: number])[]) {
  const plane = new Uint8Array(own.height * own.width);
  for (const [top, left, side] of corners)
    for (let y = top; y < top + side; y++) plane.fill(255, y * own.width + left, y * own.width + left + side);
  const coverage = { ...own, rest: 0, of: new Map([[1, plane]]) };
  return (size: Size = own) => stacked(size, [labelsOf(resizeCoverage(coverage, size))]);
}

const at = (side: number) => ({ height: side, width: side });

test('objects that come to less than a pixel vanish, and so do those that are averaged away', () => {
  const mask = squares([10, 10, 3], [100, 201, 5], [300, 300, 80]);
  expect(vanishingOf(mask, ONE_OBJECT, at(512))).toEqual({ objects: 3, lost: 0, empty: false });
  // Eight pixels to one: 3 and 5 are lost, 80 is not.
  const { lost, empty, keptAt } = vanishingOf(mask, ONE_OBJECT, at(64));
  expect({ lost, empty }).toEqual({ lost: 2, empty: false });
  expect(vanishingOf(mask, ONE_OBJECT, at(Math.round(64 * keptAt!)))).toMatchObject({ lost: 0 });
});

test('the size that is told keeps all of them; a mask of nothing loses nothing', () => {
  const masks = [squares([5, 5, 4], [50, 80, 4]), squares([7, 33, 4]), squares()];
  const found = masks.map((mask) => vanishingOf(mask, ONE_OBJECT, at(64)));
  expect(found.map(({ empty }) => empty)).toEqual([true, true, false]);
  const text = vanishingText(found, at(64))!;
  expect(text).toContain('at 64x64, 3 of 3 objects');
  expect(text).toContain('vanishes from 2 of 2 masks');
  const needed = Number(/--size (\d+)x/.exec(text)![1]);
  expect(needed % 32).toBe(0);
  for (const mask of masks) expect(vanishingOf(mask, ONE_OBJECT, at(needed)).lost).toBe(0);
});

test('nothing is said where nothing, or hardly anything, is lost', () => {
  expect(vanishingText([vanishingOf(squares([100, 100, 90]), ONE_OBJECT, at(64))], at(64))).toBeUndefined();
  expect(vanishingText([{ objects: 500, lost: 4, empty: false, keptAt: 2 }], at(64))).toBeUndefined();
});
