import type { Point } from '../../../src/annotations/annotated-set.ts';
import type { Pair } from '../../../src/paint/viewport.ts';

type PointerOf = Pick<PointerEvent, 'pointerId' | 'pointerType'>;

/**
 * Which of several pointers at once is meant. One acts: it draws or moves the image. A pen or mouse acts before fingers, as a palm rests beside
 * a pen. Two fingers pinch, and from then on none acts until all are up.
 */
export class Pointers {
  /** Those that are down, with their places. */
  readonly #fingers = new Map<number, Point>();
  #acting: number | undefined;

  /** The pointer that acts. */
  get acting(): number | undefined {
    return this.#acting;
  }

  /** Whether any is down. */
  get any(): boolean {
    return this.#acting !== undefined || this.#fingers.size > 0;
  }

  /** The places of two fingers that pinch. */
  get pair(): Pair | undefined {
    const [first, second, ...more] = this.#fingers.values();
    return this.#acting === undefined && second && more.length === 0 ? [first, second] : undefined;
  }

  down({ pointerId, pointerType }: PointerOf, at: Point): void {
    const taken =
      this.#acting !== undefined && !this.#fingers.has(this.#acting) && this.#acting !== pointerId;
    if (pointerType === 'touch') {
      this.#fingers.set(pointerId, at);
      if (!taken) this.#acting = this.#fingers.size === 1 ? pointerId : undefined;
    } else if (!taken) this.#acting = pointerId;
  }

  move({ pointerId }: PointerOf, at: Point): void {
    if (this.#fingers.has(pointerId)) this.#fingers.set(pointerId, at);
  }

  up({ pointerId }: PointerOf): void {
    this.#fingers.delete(pointerId);
    if (this.#acting === pointerId) this.#acting = undefined;
  }
}
