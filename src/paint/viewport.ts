import type { Box, Point } from '../annotations/annotated-set.ts';
import { within } from '../annotations/bitmap.ts';
import type { Size } from '../core/size.ts';

/** Where an image is shown: a place of it, times `scale`, plus (left, top) is a place of the screen. */
export interface Viewport {
  /** Pixels of the screen for one of the image. */
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

/** The sizes of an image and of what it is shown on. */
export interface Frame {
  readonly image: Size;
  /** In the unit in which pointers tell their places. */
  readonly screen: Size;
}

/** An image may be enlarged so many times, and a small one twice as much as fits. */
const MOST_SCALE = 64;

export function toScreen({ scale, left, top }: Viewport, [x, y]: Point): Point {
  return [x * scale + left, y * scale + top];
}

export function toImage({ scale, left, top }: Viewport, [x, y]: Point): Point {
  return [(x - left) / scale, (y - top) / scale];
}

/** The whole image, as large as fits, in the middle of the screen. @param margin free on each side */
export function fitted(frame: Frame, margin = 0): Viewport {
  return centred(frame, fittingScale(frame, margin));
}

/** The middle of the image in the middle of the screen. @param scale 1 is 100 %: a pixel of the image is one of the screen */
export function centred(frame: Frame, scale = 1): Viewport {
  const { image, screen } = frame;
  return clamped(
    {
      scale,
      left: (screen.width - image.width * scale) / 2,
      top: (screen.height - image.height * scale) / 2,
    },
    frame,
  );
}

/** Enlarged by a factor; what is shown at a place of the screen stays there. */
export function zoomed(view: Viewport, factor: number, about: Point, frame: Frame): Viewport {
  return moved(view, factor, about, about, frame);
}

/** Moved by a distance on the screen. */
export function panned(view: Viewport, by: Point, frame: Frame): Viewport {
  return moved(view, 1, [0, 0], by, frame);
}

/** Two places of the screen, such as two fingers. */
export type Pair = readonly [Point, Point];

/**
 * Moved and enlarged as two fingers do it: the middle between them keeps what it shows, and the scale grows as their distance.
 *
 * @param view as it was when they were at `from`; best when both touched, so that rounding and bounds leave no trace
 */
export function pinched(view: Viewport, from: Pair, to: Pair, frame: Frame): Viewport {
  const [before, after] = [distance(from), distance(to)];
  return moved(view, before > 0 ? after / before : 1, middle(from), middle(to), frame);
}

/**
 * The nearest view that is allowed; for a screen whose size has changed, too. Scales go from half of what fits (at most 1) to
 * `MOST_SCALE`, and the middle of the screen shows a place of the image: so it cannot be lost, and each corner can be brought there.
 */
export function clamped(view: Viewport, { image, screen }: Frame): Viewport {
  const scale = allowed(view.scale, { image, screen });
  const axis = (start: number, shown: number, whole: number) =>
    Math.min(shown / 2, Math.max(shown / 2 - whole * scale, start));
  return {
    scale,
    left: axis(view.left, screen.width, image.width),
    top: axis(view.top, screen.height, image.height),
  };
}

/** The pixels of the image that are seen, in part or whole; its width or height is 0 or less if none is. */
export function visibleBox(view: Viewport, { image, screen }: Frame): Box {
  const [left, top] = toImage(view, [0, 0]).map(Math.floor);
  const [right, bottom] = toImage(view, [screen.width, screen.height]).map(Math.ceil);
  return within({ left, top, width: right - left, height: bottom - top }, image);
}

/** What is shown at one place comes to another, enlarged about it. */
function moved(view: Viewport, factor: number, from: Point, to: Point, frame: Frame): Viewport {
  const scale = allowed(view.scale * factor, frame);
  const [x, y] = toImage(view, from);
  return clamped({ scale, left: to[0] - x * scale, top: to[1] - y * scale }, frame);
}

function allowed(scale: number, frame: Frame): number {
  const fitting = fittingScale(frame);
  return Math.min(Math.max(MOST_SCALE, 2 * fitting), Math.max(Math.min(1, fitting / 2), scale));
}

/** A screen that is not shown has no size; it counts as one of a pixel. */
function fittingScale({ image, screen }: Frame, margin = 0): number {
  const free = (side: number) => Math.max(1, side - 2 * margin);
  return Math.min(free(screen.width) / image.width, free(screen.height) / image.height);
}

const distance = ([a, b]: Pair) => Math.hypot(b[0] - a[0], b[1] - a[1]);
const middle = ([a, b]: Pair): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
