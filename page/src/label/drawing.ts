import type { Point } from '../../../src/annotations/annotated-set.ts';
import type { Edit, Paint } from '../../../src/paint/edit.ts';
import { BACKGROUND } from '../../../src/paint/painting.ts';
import { fill, polygon, stroke } from '../../../src/paint/tools.ts';
import { keepOthers, label, radius, tool } from './brush.ts';
import type { PaintSession } from './paint-session.ts';

/** What the pointer does to the mask, whoever moves it: mouse, finger or keys. Places are in pixels of the image. */
export class Drawing {
  #edit: Edit | undefined;
  #last: Point | undefined;
  /** Corners of a polygon under way. */
  corners: readonly Point[] = [];

  constructor(readonly session: PaintSession) {}

  /** Whether a stroke is under way. */
  get drawing(): boolean {
    return this.#edit !== undefined;
  }

  down(at: Point): void {
    if (tool.value === 'brush' || tool.value === 'eraser') {
      this.#edit = this.session.history.begin();
      this.#stroke([at]);
    } else if (tool.value === 'fill') {
      this.session.change((edit) => fill(edit, at, this.#paint()));
    } else if (tool.value === 'polygon') {
      this.corners = [...this.corners, at];
      this.session.changes.value++;
    }
  }

  move(at: Point): void {
    if (this.#edit && this.#last) this.#stroke([this.#last, at]);
  }

  up(): void {
    if (!this.#edit) return;
    this.#edit = undefined;
    this.#last = undefined;
    this.session.changed(this.session.history.end());
  }

  /** Fills the polygon under way. */
  close(): void {
    const { corners } = this;
    this.corners = [];
    this.session.changes.value++;
    if (corners.length > 2) this.session.change((edit) => polygon(edit, corners, this.#paint()));
  }

  /** Gives up what is under way. */
  cancel(): void {
    this.corners = [];
    this.session.changes.value++;
    if (!this.#edit) return;
    this.#edit = undefined;
    this.#last = undefined;
    this.session.touched(this.session.history.cancel());
  }

  #stroke(points: readonly Point[]): void {
    this.#last = points[points.length - 1];
    this.session.touched(stroke(this.#edit!, points, { ...this.#paint(), radius: radius.value }));
  }

  #paint(): Paint {
    const plane = this.session.overlapping ? label.value - 1 : 0;
    if (tool.value === 'eraser') return { label: BACKGROUND, plane };
    return { label: label.value, plane, ...(keepOthers.value && { over: BACKGROUND }) };
  }
}
