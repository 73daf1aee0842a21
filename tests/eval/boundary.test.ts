import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Size } from '../../src/core/size.ts';
import { type BoundaryAgreement, boundaryAgreement, boundaryOf } from '../../src/eval/boundary.ts';
import { agreementByForce } from '../support/boundary-by-force.ts';

/** A mask of rows of text, `#` in it. */
function drawn(...rows: readonly string[]): { size: Size; mask: Uint8Array } {
  const size = { height: rows.length, width: rows[0].length };
  return { size, mask: Uint8Array.from(rows.join(''), (sign) => (sign === '#' ? 1 : 0)) };
}

function maskWith(size: Size, inside: (x: number, y: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: size.height * size.width }, (_, i) =>
    inside(i % size.width, Math.floor(i / size.width)) ? 1 : 0,
  );
}

describe('the boundary', () => {
  const show = ({ size, mask }: ReturnType<typeof drawn>) => {
    const boundary = boundaryOf(mask, size);
    expect(boundary).toEqual([...boundary].sort((a, b) => a - b));
    const signs = Array.from(mask, (_, i) => (boundary.includes(i) ? '#' : '.')).join('');
    return Array.from({ length: size.height }, (_, y) => signs.slice(y * size.width, (y + 1) * size.width));
  };

  test('lies in the mask, and goes around its holes; a neighbour at a corner does not count', () => {
    expect(show(drawn('.......', '.#####.', '.#####.', '.##.##.', '.#####.', '.#####.', '.......'))).toEqual([
      '.......',
      '.#####.',
      '.#.#.#.',
      '.##.##.',
      '.#.#.#.',
      '.#####.',
      '.......',
    ]);
  });

  test('runs along the edge of the image', () => {
    expect(show(drawn('####', '####', '####'))).toEqual(['####', '#..#', '####']);
    expect(show(drawn('###.', '###.', '###.'))).toEqual(['###.', '#.#.', '###.']);
  });

  test('of what is a pixel wide is all of it', () => {
    for (const rows of [['...', '.#.', '...'], ['#'], ['####'], ['#', '#'], ['#..', '.#.', '..#']]) {
      expect(show(drawn(...rows))).toEqual(rows);
    }
  });
});

describe('agreement by hand', () => {
  /** Its diagonal is 500, so the tolerance is 5. */
  const size = { height: 300, width: 400 };
  const pixel = (x: number, y: number) => maskWith(size, (i, j) => i === x && j === y);
  const none = maskWith(size, () => false);

  test.each([
    ['two pixels 5 apart are within the tolerance', pixel(100, 100), pixel(105, 100), 1, 5],
    ['so they are on a slant of 3 and 4', pixel(100, 100), pixel(103, 104), 1, 5],
    ['two pixels 6 apart are not', pixel(100, 100), pixel(100, 106), 0, 6],
    ['from corner to corner', pixel(0, 0), pixel(399, 299), 0, Math.sqrt(399 ** 2 + 299 ** 2)],
    ['the same mask', pixel(0, 299), pixel(0, 299), 1, 0],
    ['both empty: nothing is wrong', none, none, 1, 0],
    ['nothing predicted: all is wrong', none, pixel(3, 3), 0, 500],
    ['nothing there: all is wrong', pixel(3, 3), none, 0, 500],
  ])('%s', (_, predicted, truth, nsd, hd95) => {
    expect(boundaryAgreement(predicted, truth, size)).toEqual({ nsd, hd95 });
  });

  test('HD95 is the larger of the two percentiles, not that of both directions together', () => {
    // From 21 pixels in a row to the first of them: 0, 1, .. 20, of which the 95th percentile is 19; back: 0.
    const row = drawn('#'.repeat(21));
    const first = drawn(`#${'.'.repeat(20)}`);
    const expected = { nsd: 2 / 22, hd95: 19 };
    expect(boundaryAgreement(row.mask, first.mask, row.size)).toEqual(expected);
    expect(boundaryAgreement(first.mask, row.mask, row.size)).toEqual(expected);
  });

  test('HD95 is interpolated between two pixels', () => {
    // 0, 1, 2: 0.95 of the way from the first to the last.
    const { hd95 } = boundaryAgreement(drawn('###').mask, drawn('#..').mask, { height: 1, width: 3 });
    expect(hd95).toBeCloseTo(1.9, 12);
  });

  test('a square that is shifted by more than the tolerance agrees where its sides lie on each other', () => {
    // 101 x 101 pixels, 400 of boundary each, moved by 20. Of the upper side 81 pixels lie on the other upper side and 5 are
    // at most 5 beside it, so of the lower one; of the side within the other square, 5 are near each of its two ends.
    const square = (x0: number) => maskWith(size, (x, y) => x >= x0 && x <= x0 + 100 && y >= 100 && y <= 200);
    const masks = [square(100), square(120)] as const;
    expect(boundaryAgreement(...masks, size)).toEqual(agreementByForce(masks, size));
    const { nsd, hd95 } = boundaryAgreement(...masks, size);
    expect(hd95).toBe(20);
    expect(nsd).toBeCloseTo((2 * (2 * (81 + 5) + 2 * 5)) / 800, 12);
  });
});

describe('any two masks: the same as by trying all pairs', () => {
  const sizes = (most: number) =>
    fc.record({ height: fc.integer({ min: 1, max: most }), width: fc.integer({ min: 1, max: most }) });
  const filled = (mask: Uint8Array) => mask.includes(1);

  const expectAgreement = (size: Size, masks: readonly [Uint8Array, Uint8Array]) => {
    const agreement = boundaryAgreement(...masks, size);
    expect(agreement).toEqual(agreementByForce(masks, size));
    expect(boundaryAgreement(masks[1], masks[0], size)).toEqual(agreement);
  };

  test('pixels at random, at the edges, too', () => {
    const masks = sizes(18).chain(({ height, width }) => {
      const pixels = fc.uint8Array({ minLength: height * width, maxLength: height * width });
      const mask = fc
        .tuple(pixels, fc.constantFrom(8, 64, 128, 240))
        .map(([values, share]) => values.map((value) => (value < share ? 1 : 0)))
        .filter(filled);
      return fc.tuple(fc.constant({ height, width }), mask, mask);
    });
    fc.assert(
      fc.property(masks, ([size, a, b]) => expectAgreement(size, [a, b])),
      { numRuns: 200 },
    );
  });

  test('ellipses, lines and single pixels in images with a tolerance of up to 3 pixels', () => {
    const shape = fc.record({
      x: fc.double({ min: 0, max: 1, noNaN: true }),
      y: fc.double({ min: 0, max: 1, noNaN: true }),
      across: fc.double({ min: 0, max: 60, noNaN: true }),
      down: fc.double({ min: 0, max: 60, noNaN: true }),
    });
    const masks = sizes(220).chain((size) => {
      const mask = shape
        .map(({ x, y, across, down }) => {
          const [x0, y0] = [Math.floor(x * (size.width - 1)), Math.floor(y * (size.height - 1))];
          return maskWith(
            size,
            (i, j) => ((i - x0) / (across + 0.5)) ** 2 + ((j - y0) / (down + 0.5)) ** 2 < 1,
          );
        })
        .filter(filled);
      return fc.tuple(fc.constant(size), mask, mask);
    });
    fc.assert(
      fc.property(masks, ([size, a, b]) => expectAgreement(size, [a, b])),
      { numRuns: 60 },
    );
  });
});

test('twenty pairs of masks: the numbers of numpy and scipy', () => {
  // Made by tests/fixtures/make-boundaries.py.
  const cases = JSON.parse(
    readFileSync(new URL('../fixtures/boundaries.json', import.meta.url), 'utf8'),
  ) as ({
    predicted: number[][];
    truth: number[][];
  } & Size &
    BoundaryAgreement)[];
  expect(cases).toHaveLength(20);
  for (const { height, width, predicted, truth, nsd, hd95 } of cases) {
    const size = { height, width };
    const draw = (ellipses: readonly number[][]) =>
      maskWith(size, (x, y) =>
        ellipses.some(([x0, y0, rx, ry]) => ((x - x0) * ry) ** 2 + ((y - y0) * rx) ** 2 <= (rx * ry) ** 2),
      );
    const agreement = boundaryAgreement(draw(predicted), draw(truth), size);
    expect(agreement.nsd).toBeCloseTo(nsd, 12);
    expect(agreement.hd95).toBeCloseTo(hd95, 9);
  }
});
