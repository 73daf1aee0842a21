import type { Point } from '../../src/annotations/annotated-set.ts';

/**
 * Gives a canvas the pixels that the screen has for it, now and whenever its size or the screen's resolution changes (another zoom of
 * the page, another screen).
 *
 * @param resized is told each time
 * @returns what ends it
 */
export function fitPixels(canvas: HTMLCanvasElement, resized: () => void): () => void {
  const measure = () => {
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
    resized();
  };
  const sizes = new ResizeObserver(measure);
  sizes.observe(canvas);
  const ended = new AbortController();
  // A query knows one resolution.
  const watch = () =>
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
      'change',
      () => {
        measure();
        watch();
      },
      { once: true, signal: ended.signal },
    );
  watch();
  return () => {
    sizes.disconnect();
    ended.abort();
  };
}

/** Where an event is, in pixels of the canvas as it is now. */
export function placeIn(canvas: HTMLCanvasElement, { offsetX, offsetY }: MouseEvent): Point {
  return [(offsetX * canvas.width) / canvas.clientWidth, (offsetY * canvas.height) / canvas.clientHeight];
}
