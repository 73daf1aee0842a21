import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Box, Point } from '../../src/annotations/annotated-set.ts';
import { Edit, type Paint, toggle } from '../../src/paint/edit.ts';
import { emptyPainting, paintingOf } from '../../src/paint/painting.ts';
import { fill, fillAll, polygon, replaceAll, stroke } from '../../src/paint/tools.ts';
import { refusal } from '../support/expect-user-error.ts';
import {
  differenceBox,
  distanceTo,
  drawn,
  holds,
  lines,
  painted,
  paints,
  pixelsWhere,
  places,
  planes,
  radii,
  regionOf,
  size,
  strokeCovers,
} from './naive.ts';

/** Uses a tool, expects a plane of it, what it says of its box to be true, and all of it to be undone and redone. */
function expectPainted(
  plane: Uint8Array,
  use: (edit: Edit) => Box | undefined,
  expected: Uint8Array,
): { readonly told: Box | undefined } {
  const painting = paintingOf(size, [plane]);
  const edit = new Edit(painting);
  const told = use(edit);
  expect(drawn(painting.planes[0])).toBe(drawn(expected));
  const changed = differenceBox(plane, expected);
  expect(holds(told, changed)).toBe(true);
  expect(holds({ left: 0, top: 0, ...size }, told)).toBe(true);
  const change = edit.end();
  expect(change?.box).toEqual(changed);
  for (const state of change ? [plane, expected, plane] : []) {
    toggle(painting, change!);
    expect(drawn(painting.planes[0])).toBe(drawn(state));
  }
  return { told };
}

describe('a brush', () => {
  test('covers what a test of every pixel says, of strokes with corners, inside and outside', () => {
    fc.assert(
      fc.property(planes, lines, radii, paints, (plane, points, radius, paint) => {
        const expected = painted(plane, paint, (x, y) => strokeCovers(points, radius, x, y));
        const { told } = expectPainted(plane, (edit) => stroke(edit, points, { ...paint, radius }), expected);
        const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
        const [left, top] = [Math.floor(Math.min(...xs) - radius), Math.floor(Math.min(...ys) - radius)];
        const around = {
          left,
          top,
          width: Math.floor(Math.max(...xs) + radius) + 1 - left,
          height: Math.floor(Math.max(...ys) + radius) + 1 - top,
        };
        expect(holds(around, told)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('covers the pixels whose centres are near, wherever its numbers lie between', () => {
    const anywhere = fc.tuple(
      fc.double({ min: -9, max: 32, noNaN: true }),
      fc.double({ min: -9, max: 26, noNaN: true }),
    );
    const wide = fc.double({ min: 0.75, max: 12, noNaN: true });
    fc.assert(
      fc.property(anywhere, anywhere, wide, (a, b, radius) => {
        const painting = emptyPainting(size);
        stroke(new Edit(painting), [a, b], { label: 1, radius });
        const wrong = pixelsWhere((x, y, i) => {
          const away = distanceTo(a, b, [x + 0.5, y + 0.5]) - radius;
          // What is rounded differently is no difference.
          return Math.abs(away) > 1e-9 && painting.planes[0][i] !== Number(away < 0);
        });
        expect(wrong).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('has a size by definition: centres on its edge are in', () => {
    const dot = (at: Point, radius: number) => {
      const painting = emptyPainting(size);
      stroke(new Edit(painting), [at], { label: 1, radius });
      return painting.planes[0].reduce((sum, label) => sum + label, 0);
    };
    expect([0, 0.5, 0.99, 1, 1.5, 2].map((radius) => dot([8.5, 8.5], radius))).toEqual([1, 1, 1, 5, 9, 13]);
    // On a corner of four pixels: the one under it, until their centres are near enough.
    expect([0, 0.5, 0.7, 0.71].map((radius) => dot([8, 8], radius))).toEqual([1, 1, 1, 4]);
  });

  test('that is drawn in parts covers the same as at once', () => {
    fc.assert(
      fc.property(lines, radii, paints, (points, radius, paint) => {
        const [whole, parts] = [emptyPainting(size), emptyPainting(size)];
        stroke(new Edit(whole), points, { ...paint, radius });
        const edit = new Edit(parts);
        points.forEach((to, i) => {
          stroke(edit, i === 0 ? [to] : [points[i - 1], to], { ...paint, radius });
        });
        expect(drawn(parts.planes[0])).toBe(drawn(whole.planes[0]));
      }),
    );
  });
});

test('a polygon covers the centres inside of it, by the even-odd rule, as a test of every centre does', () => {
  const rings = fc.array(places, { maxLength: 7 });
  /** Crossings of the ray to the left; a centre on an edge is in where the inside lies to its right. */
  const isInside = (ring: readonly Point[], x: number, y: number) =>
    ring.filter((a, i) => {
      const b = ring[(i + 1) % ring.length];
      const [[x0, y0], [x1, y1]] = a[1] < b[1] ? [a, b] : [b, a];
      return y0 <= y && y < y1 && (x1 - x0) * (y - y0) <= (x - x0) * (y1 - y0);
    }).length %
      2 ===
    1;
  fc.assert(
    fc.property(planes, rings, paints, (plane, ring, paint) => {
      const expected = painted(plane, paint, (x, y) => isInside(ring, x + 0.5, y + 0.5));
      expectPainted(plane, (edit) => polygon(edit, ring, paint), expected);
    }),
    { numRuns: 300 },
  );
});

test('a fill covers what a search from neighbour to neighbour finds', () => {
  fc.assert(
    fc.property(planes, places, paints, (plane, at, paint) => {
      const [x, y] = at.map(Math.floor);
      const inside = x >= 0 && y >= 0 && x < size.width && y < size.height;
      const region = inside ? regionOf(plane, [x, y]) : new Set();
      const expected = painted(plane, paint, (px, py) => region.has(py * size.width + px));
      expectPainted(plane, (edit) => fill(edit, at, paint), expected);
    }),
    { numRuns: 300 },
  );
});

test('all pixels are cleared, or one class replaced by another', () => {
  fc.assert(
    fc.property(planes, paints, (plane, paint) => {
      expectPainted(
        plane,
        (edit) => fillAll(edit, paint),
        painted(plane, paint, () => true),
      );
    }),
  );
});

test('other labels come in place of all', () => {
  fc.assert(
    fc.property(planes, planes, (plane, other) => {
      expectPainted(plane, (edit) => replaceAll(edit, [other]), other);
    }),
  );
});

test('a tool writes to one plane of several', () => {
  const painting = emptyPainting(size, 3);
  const edit = new Edit(painting);
  stroke(edit, [[5, 5]], { label: 2, radius: 3, plane: 1 });
  fill(edit, [0, 0], { label: 3, plane: 2 });
  expect(painting.planes.map((plane) => new Set(plane))).toEqual([
    new Set([0]),
    new Set([0, 2]),
    new Set([3]),
  ]);
  toggle(painting, edit.end()!);
  expect(painting).toEqual(emptyPainting(size, 3));
});

test('labels are the painting’s own', () => {
  const given = new Uint8Array(size.width * size.height);
  const painting = paintingOf(size, [given]);
  fillAll(new Edit(painting), { label: 1 });
  expect(new Set(given)).toEqual(new Set([0]));
});

describe('what makes no sense is refused, and changes nothing', () => {
  test.each<[string, (edit: Edit) => unknown]>([
    ['no label: 256', (edit) => fillAll(edit, { label: 256 })],
    ['no label: 1.5', (edit) => fillAll(edit, { label: 1, over: 1.5 })],
    ['no plane 1 among 1', (edit) => fillAll(edit, { label: 1, plane: 1 })],
    ['no radius: -1', (edit) => stroke(edit, [[1, 1]], { label: 1, radius: -1 })],
    ['no radius: NaN', (edit) => stroke(edit, [[1, 1]], { label: 1, radius: Number.NaN })],
    ['no place: NaN, 1', (edit) => stroke(edit, [[Number.NaN, 1]], { label: 1, radius: 1 })],
    ['no place: 1, Infinity', (edit) => fill(edit, [1, Number.POSITIVE_INFINITY], { label: 1 })],
  ])('%s', (message, use) => {
    const edit = new Edit(emptyPainting(size));
    expect(() => use(edit)).toThrow(message);
    expect(edit.end()).toBeUndefined();
  });

  test('labels of another size or number', async () => {
    const one = new Uint8Array(391);
    const edit = new Edit(emptyPainting(size, 2));
    expect(await refusal(() => replaceAll(edit, [one, one.subarray(1)]))).toContain(
      'got 2 planes, one of 390 bytes, expected 2 planes of 391 bytes, one a pixel of 23 x 17',
    );
    expect(await refusal(() => replaceAll(edit, [one]))).toContain('got 1 plane, expected 2 planes of');
    expect(await refusal(() => paintingOf(size, []))).toContain('got 0 planes, expected 1 plane or more of');
    expect(edit.end()).toBeUndefined();
  });

  test('an edit that has ended', () => {
    const edit = new Edit(emptyPainting(size));
    edit.end();
    const use: readonly ((paint: Paint) => unknown)[] = [
      (paint) => fillAll(edit, paint),
      () => edit.end(),
      () => edit.cancel(),
    ];
    for (const each of use) expect(() => each({ label: 1 })).toThrow('this edit has ended');
  });
});
