import type { Box } from '../annotations/annotated-set.ts';

/** The smallest box that holds two; absent ones hold nothing. */
export function joined(a: Box | undefined, b: Box | undefined): Box | undefined {
  if (!a || !b) return a ?? b;
  const left = Math.min(a.left, b.left);
  const top = Math.min(a.top, b.top);
  return {
    left,
    top,
    width: Math.max(a.left + a.width, b.left + b.width) - left,
    height: Math.max(a.top + a.height, b.top + b.height) - top,
  };
}

/** A box with a margin around it. */
export function grown({ left, top, width, height }: Box, margin: number): Box {
  return {
    left: left - margin,
    top: top - margin,
    width: width + 2 * margin,
    height: height + 2 * margin,
  };
}

/** The smallest box that holds all stretches of rows that it was told of. */
export class Extent {
  #left = Number.POSITIVE_INFINITY;
  #top = Number.POSITIVE_INFINITY;
  #right = Number.NEGATIVE_INFINITY;
  #bottom = Number.NEGATIVE_INFINITY;

  /** Pixels `from` .. `to - 1` of row `y`. */
  add(y: number, from: number, to: number): void {
    if (from < this.#left) this.#left = from;
    if (to > this.#right) this.#right = to;
    if (y < this.#top) this.#top = y;
    if (y >= this.#bottom) this.#bottom = y + 1;
  }

  /** Undefined if it was told of none. */
  get box(): Box | undefined {
    const [left, top] = [this.#left, this.#top];
    if (left >= this.#right) return undefined;
    return { left, top, width: this.#right - left, height: this.#bottom - top };
  }
}
