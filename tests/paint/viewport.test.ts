import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Point } from '../../src/annotations/annotated-set.ts';
import { Edit } from '../../src/paint/edit.ts';
import { emptyPainting } from '../../src/paint/painting.ts';
import { stroke } from '../../src/paint/tools.ts';
import {
  centred,
  clamped,
  type Frame,
  fitted,
  panned,
  pinched,
  toImage,
  toScreen,
  type Viewport,
  visibleBox,
  zoomed,
} from '../../src/paint/viewport.ts';
import { distanceTo, drawn, lines, pixelsWhere, radii, size } from './naive.ts';

const side = fc.integer({ min: 1, max: 5000 });
const frames: fc.Arbitrary<Frame> = fc.record({
  image: fc.record({ width: side, height: side }),
  screen: fc.record({ width: side, height: side }),
});
const spot: fc.Arbitrary<Point> = fc.tuple(
  fc.double({ min: 0, max: 2000, noNaN: true }),
  fc.double({ min: 0, max: 2000, noNaN: true }),
);
const factor = fc.double({ min: -6, max: 6, noNaN: true }).map((power) => 2 ** power);

type Move = (view: Viewport, frame: Frame) => Viewport;
const moves: fc.Arbitrary<Move> = fc.oneof(
  fc.tuple(factor, spot).map(
    ([by, about]): Move =>
      (view, frame) =>
        zoomed(view, by, about, frame),
  ),
  fc.tuple(spot, spot).map(
    ([a, b]): Move =>
      (view, frame) =>
        panned(view, [a[0] - b[0], a[1] - b[1]], frame),
  ),
  fc.tuple(spot, spot, spot, spot).map(
    ([a, b, c, d]): Move =>
      (view, frame) =>
        pinched(view, [a, b], [c, d], frame),
  ),
);

const closeTo = (a: Point, b: Point, tolerance: number) => {
  expect(Math.abs(a[0] - b[0])).toBeLessThanOrEqual(tolerance);
  expect(Math.abs(a[1] - b[1])).toBeLessThanOrEqual(tolerance);
};

test('the image is never lost: the middle of the screen shows a place of it, at a scale within bounds', () => {
  fc.assert(
    fc.property(frames, fc.array(moves, { maxLength: 10 }), (frame, list) => {
      const { image, screen } = frame;
      const fit = Math.min(screen.width / image.width, screen.height / image.height);
      const view = list.reduce((last, move) => move(last, frame), fitted(frame));
      const [x, y] = toImage(view, [screen.width / 2, screen.height / 2]);
      for (const [at, whole] of [
        [x, image.width],
        [y, image.height],
      ]) {
        expect(at).toBeGreaterThanOrEqual(-1e-6);
        expect(at).toBeLessThanOrEqual(whole + 1e-6);
      }
      expect(view.scale).toBeGreaterThanOrEqual(Math.min(1, fit / 2));
      expect(view.scale).toBeLessThanOrEqual(Math.max(64, 2 * fit));
      expect(clamped(view, frame)).toEqual(view);
    }),
  );
});

test('to the screen and back is the same place', () => {
  fc.assert(
    fc.property(frames, fc.array(moves, { maxLength: 5 }), spot, (frame, list, at) => {
      const view = list.reduce((last, move) => move(last, frame), fitted(frame));
      closeTo(toImage(view, toScreen(view, at)), at, 1e-6);
    }),
  );
});

/** Large beside the screen, so that moves of some hundred pixels come to no bound. */
const roomy: Frame = { image: { width: 4000, height: 3000 }, screen: { width: 1000, height: 800 } };
const start = centred(roomy);

test('what is under the pointer stays there while it zooms', () => {
  const about: Point = [300, 250];
  const seen = toImage(start, about);
  for (const by of [0.5, 0.9, 1.1, 7, 40])
    closeTo(toScreen(zoomed(start, by, about, roomy), seen), about, 1e-6);
});

test('at the bounds of the scale, zooming further moves nothing', () => {
  const about: Point = [300, 250];
  const most = zoomed(start, 64, about, roomy);
  expect(most.scale).toBe(64);
  expect(zoomed(most, 3, about, roomy)).toEqual(most);
  const least = zoomed(start, 1e-9, [500, 400], roomy);
  // A quarter of the screen fits: 1000 / 4000.
  expect(least.scale).toBe(0.125);
  expect(zoomed(least, 0.5, [500, 400], roomy)).toEqual(least);
});

test('panning moves by pixels of the screen', () => {
  expect(panned(start, [10, -20], roomy)).toEqual({ scale: 1, left: start.left + 10, top: start.top - 20 });
});

test('two fingers keep what they touch, unless they turn', () => {
  const from = [
    [400, 300],
    [600, 500],
  ] as const;
  const to = [
    [350, 280],
    [650, 580],
  ] as const;
  const view = pinched(start, from, to, roomy);
  expect(view.scale).toBeCloseTo(1.5, 12);
  for (const i of [0, 1]) closeTo(toScreen(view, toImage(start, from[i])), to[i], 1e-9);
  // Both at one place: they move, and enlarge nothing.
  expect(
    pinched(
      start,
      [
        [5, 5],
        [5, 5],
      ],
      [
        [7, 5],
        [9, 5],
      ],
      roomy,
    ),
  ).toEqual(panned(start, [3, 0], roomy));
});

describe('the whole image', () => {
  test.each([
    [{ width: 4000, height: 3000 }, { width: 1000, height: 800 }, 0, { scale: 0.25, left: 0, top: 25 }],
    [{ width: 4000, height: 3000 }, { width: 1040, height: 900 }, 20, { scale: 0.25, left: 20, top: 75 }],
    [{ width: 4, height: 4 }, { width: 1000, height: 1200 }, 0, { scale: 250, left: 0, top: 100 }],
    [{ width: 10, height: 20 }, { width: 100, height: 100 }, 0, { scale: 5, left: 25, top: 0 }],
  ])('%o fits into %o', (image, screen, margin, expected) => {
    expect(fitted({ image, screen }, margin)).toEqual(expected);
  });

  test('has a view on a screen of no size, too', () => {
    const view = fitted({ image: { width: 40, height: 30 }, screen: { width: 0, height: 0 } });
    expect(view.scale).toBeGreaterThan(0);
  });

  test('is seen, or the part of it that is', () => {
    expect(visibleBox(fitted(roomy), roomy)).toEqual({ left: 0, top: 0, ...roomy.image });
    expect(visibleBox(start, roomy)).toEqual({ left: 1500, top: 1100, width: 1000, height: 800 });
    expect(visibleBox({ scale: 2, left: -3, top: 780 }, roomy)).toEqual({
      left: 1,
      top: 0,
      width: 501,
      height: 10,
    });
  });
});

describe('a stroke on the screen is the stroke on the image', () => {
  test('byte by byte, at scales that are powers of two', () => {
    const shift = fc.integer({ min: -400, max: 400 }).map((n) => n / 4);
    fc.assert(
      fc.property(
        lines,
        radii,
        fc.integer({ min: -3, max: 6 }),
        shift,
        shift,
        (points, radius, power, left, top) => {
          const view: Viewport = { scale: 2 ** power, left, top };
          const [direct, shown] = [emptyPainting(size), emptyPainting(size)];
          stroke(new Edit(direct), points, { label: 1, radius });
          const onScreen = points.map((point) => toScreen(view, point));
          stroke(
            new Edit(shown),
            onScreen.map((point) => toImage(view, point)),
            { label: 1, radius },
          );
          expect(drawn(shown.planes[0])).toBe(drawn(direct.planes[0]));
        },
      ),
    );
  });

  test('within a billionth of a pixel, at any other: centres are near on the screen', () => {
    const frame: Frame = { image: size, screen: { width: 640, height: 480 } };
    const touch: fc.Arbitrary<Point> = fc.tuple(
      fc.double({ min: 0, max: 640, noNaN: true }),
      fc.double({ min: 0, max: 480, noNaN: true }),
    );
    const wide = fc.double({ min: 0.75, max: 8, noNaN: true });
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 6 }), touch, touch, wide, (list, a, b, radius) => {
        const view = list.reduce((last, move) => move(last, frame), fitted(frame));
        const painting = emptyPainting(size);
        stroke(new Edit(painting), [toImage(view, a), toImage(view, b)], { label: 1, radius });
        const wrong = pixelsWhere((x, y, i) => {
          const away = distanceTo(a, b, toScreen(view, [x + 0.5, y + 0.5])) / view.scale - radius;
          return Math.abs(away) > 1e-9 && painting.planes[0][i] !== Number(away < 0);
        });
        expect(wrong).toEqual([]);
      }),
    );
  });
});
