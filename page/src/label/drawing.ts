import type { Point } from '../../../src/annotations/annotated-set.ts';
import type { Paint } from '../../../src/paint/edit.ts';
import { BACKGROUND } from '../../../src/paint/painting.ts';
import { fill, polygon, stroke } from '../../../src/paint/tools.ts';
import { keepOthers, label, radius, tool } from './brush.ts';
import type { PaintSession } from './paint-session.ts';

/** What the pointer does to the mask, whoever moves it: mouse, finger or keys. Places are in pixels of the image. */
export class Drawing {
  #last: Point | undefined;
  /** Corners of a polygon under way. */
  corners: readonly Point[] = [];
  /** Those that were set before the pointer was put down. */
  #kept: readonly Point[] = [];

  constructor(readonly session: PaintSession) {}

  /** Whether a change is under way, such as a stroke. */
  get drawing(): boolean {
    return this.session.edit.value !== undefined;
  }

  down(at: Point): void {
    if (tool.value === 'brush' || tool.value === 'eraser') {
      this.session.begin();
      this.#stroke([at]);
    } else if (tool.value === 'fill') {
      this.session.touched(fill(this.session.begin(), at, this.#paint()));
    } else if (tool.value === 'polygon') {
      this.#kept = this.corners;
      this.#showCorners([...this.corners, at]);
    }
  }

  move(at: Point): void {
    if (this.drawing && this.#last) this.#stroke([this.#last, at]);
  }

  up(): void {
    this.#last = undefined;
    this.#kept = this.corners;
    this.session.end();
  }

  /** Down and up by the same key: a stroke stays down until then, all else is done at once. */
  toggle(at: Point): void {
    const ends = this.drawing;
    if (!ends) this.down(at);
    if (ends || !this.#last) this.up();
  }

  /** Takes back what the pointer has done since it was put down. */
  takeBack(): void {
    this.#last = undefined;
    this.#showCorners(this.#kept);
    this.session.cancel();
  }

  /** Before another tool, or nothing more: a stroke ends, and corners are given up. */
  settle(): void {
    this.corners = [];
    this.up();
  }

  /** Fills the polygon under way. */
  close(): void {
    const { corners } = this;
    this.#kept = [];
    this.#showCorners([]);
    if (corners.length > 2) this.session.change((edit) => polygon(edit, corners, this.#paint()));
  }

  /** Gives up what is under way. */
  cancel(): void {
    this.#kept = [];
    this.takeBack();
  }

  #showCorners(corners: readonly Point[]): void {
    this.corners = corners;
    this.session.changes.value++;
  }

  #stroke(points: readonly Point[]): void {
    this.#last = points[points.length - 1];
    const brush = { ...this.#paint(), radius: radius.value };
    this.session.touched(stroke(this.session.edit.value!, points, brush));
  }

  #paint(): Paint {
    const plane = this.session.overlapping ? label.value - 1 : 0;
    if (tool.value === 'eraser') return { label: BACKGROUND, plane };
    return { label: label.value, plane, ...(keepOthers.value && { over: BACKGROUND }) };
  }
}
