import { signal } from '@preact/signals';
import type { Box } from '../../../src/annotations/annotated-set.ts';
import { stacked } from '../../../src/data/masks/label-map.ts';
import type { Edit } from '../../../src/paint/edit.ts';
import { History } from '../../../src/paint/history.ts';
import { BACKGROUND, paintingOf, UNKNOWN } from '../../../src/paint/painting.ts';
import { replaceAll } from '../../../src/paint/tools.ts';
import type { Labels } from '../server.ts';
import type { Shade } from './shade.ts';

/** An image whose mask is painted. */
export class PaintSession {
  /** Counts changes, so that whoever shows them sees each. */
  readonly changes = signal(0);
  readonly history: History;
  /** The edit that is open, such as a stroke under way. */
  readonly edit = signal<Edit | undefined>(undefined);
  /** What has changed since it was shown last. */
  #unseen: Box[] = [];

  constructor(
    readonly stem: string,
    readonly shade: Shade,
    begun: Labels,
    readonly overlapping: boolean,
  ) {
    this.history = new History(paintingOf(begun, coloured(begun.planes, overlapping)));
  }

  /** Begins anew with other labels, such as a network's: one change, which can be undone. */
  startFrom({ planes }: Pick<Labels, 'planes'>): void {
    this.change((edit) => replaceAll(edit, coloured(planes, this.overlapping)));
  }

  get size() {
    const { width, height } = this.history.painting;
    return { width, height };
  }

  /** Takes in what has changed on the screen alone, such as a stroke under way. */
  touched(box: Box | undefined): void {
    if (!box) return;
    this.#unseen.push(box);
    this.changes.value++;
  }

  /** Takes in a change that is to be kept. */
  changed(box: Box | undefined): void {
    this.touched(box);
  }

  /** Opens an edit; one that is open is ended. */
  begin(): Edit {
    this.end();
    const edit = this.history.begin();
    this.edit.value = edit;
    return edit;
  }

  /** Ends the open edit, if there is one: it is a change. */
  end(): void {
    if (!this.edit.value) return;
    this.edit.value = undefined;
    this.changed(this.history.end());
  }

  /** Ends the open edit, if there is one, and puts everything back as it was. */
  cancel(): void {
    if (!this.edit.value) return;
    this.edit.value = undefined;
    this.touched(this.history.cancel());
  }

  /** One change from its beginning to its end, after that of the open edit. */
  change(make: (edit: Edit) => void): void {
    this.end();
    this.changed(this.history.change(make));
  }

  undo(): void {
    this.changed(this.history.undo());
  }

  redo(): void {
    this.changed(this.history.redo());
  }

  /** What has changed since this was asked last. */
  unseen(): readonly Box[] {
    const boxes = this.#unseen;
    this.#unseen = [];
    return boxes;
  }

  /** As masks have them: of overlapping classes 0, 1 and 255 in each plane. */
  planes(): readonly Uint8Array[] {
    const { planes } = this.history.painting;
    if (!this.overlapping) return planes;
    return planes.map((plane) =>
      plane.map((label) => (label === BACKGROUND || label === UNKNOWN ? label : 1)),
    );
  }

  /** The same, one after the other. */
  labels(): Uint8Array {
    const planes = this.planes();
    return planes.length === 1 ? planes[0] : stacked(this.size, planes).data;
  }
}

/** Overlapping classes have a label of their own each, so that each has its colour. */
export const coloured = (planes: readonly Uint8Array[], overlapping: boolean): readonly Uint8Array[] =>
  overlapping ? planes.map((plane, k) => plane.map((label) => (label === 1 ? k + 1 : label))) : planes;
