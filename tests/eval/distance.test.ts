import fc from 'fast-check';
import { expect, test } from 'vitest';
import { distancesToNearest } from '../../src/eval/distance.ts';
import { distancesByForce } from '../support/boundary-by-force.ts';

test('by hand: a row, a column, a slant, and none', () => {
  // 5 wide: position 7 is (2, 1).
  expect([...distancesToNearest([7], [5], 5)]).toEqual([2]);
  expect([...distancesToNearest([2], [17], 5)]).toEqual([3]);
  expect([...distancesToNearest([0, 7, 24], [7], 5)]).toEqual([Math.sqrt(5), 0, Math.sqrt(13)]);
  expect([...distancesToNearest([], [7], 5)]).toEqual([]);
});

test('of two sites the nearer one counts, and where they are as near, either', () => {
  expect([...distancesToNearest([0, 1, 2, 3, 4], [0, 4], 5)]).toEqual([0, 1, 2, 1, 0]);
  // Sites (0, 0) and (2, 4): their parabolas meet between two whole x, or on one.
  expect([...distancesToNearest([10, 11, 12, 13], [0, 22], 5)]).toEqual(
    distancesByForce([10, 11, 12, 13], [0, 22], 5),
  );
});

/** Some of the pixels of an image, ascending, and its width. */
const image = fc
  .record({ width: fc.integer({ min: 1, max: 24 }), height: fc.integer({ min: 1, max: 24 }) })
  .chain(({ width, height }) => {
    const positions = fc.uniqueArray(fc.integer({ min: 0, max: width * height - 1 }), { maxLength: 60 });
    const ascending = positions.map((list) => [...list].sort((a, b) => a - b));
    return fc.record({
      width: fc.constant(width),
      pixels: ascending,
      sites: ascending.filter((list) => list.length > 0),
    });
  });

test('any pixels and sites: the same numbers as by trying all pairs', () => {
  fc.assert(
    fc.property(image, ({ width, pixels, sites }) => {
      expect([...distancesToNearest(pixels, sites, width)]).toEqual(distancesByForce(pixels, sites, width));
    }),
    { numRuns: 500 },
  );
});

test('far apart in a huge image nothing overflows', () => {
  const width = 70_000;
  const far = 9 * width + 69_999;
  expect([...distancesToNearest([0], [far], width)]).toEqual([Math.sqrt(69_999 ** 2 + 81)]);
});
