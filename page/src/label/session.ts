import { signal } from '@preact/signals';
import type { Box } from '../../../src/annotations/annotated-set.ts';
import type { Edit } from '../../../src/paint/edit.ts';
import { History } from '../../../src/paint/history.ts';
import { BACKGROUND, paintingOf, UNKNOWN } from '../../../src/paint/painting.ts';
import { replaceAll } from '../../../src/paint/tools.ts';
import type { DatasetView } from '../../../src/serve/api.ts';
import { type Labels, loadImage, loadMask, Refused, saveMask } from '../server.ts';
import { Shade } from './shade.ts';

/** Whether what was painted is on the disk. */
export type SaveState = 'saved' | 'to be saved' | 'saving' | 'not saved';

/** Changes are saved so long after the last of them, in ms. */
const SAVE_AFTER = 400;

/** An image whose mask is painted. Every change is saved by itself. */
export class LabelSession {
  readonly saved = signal<SaveState>('saved');
  /** Why it could not be saved. */
  readonly problem = signal<string | undefined>(undefined);
  /** Counts changes, so that whoever shows them sees each. */
  readonly changes = signal(0);
  /** What has changed since it was shown last. */
  #unseen: Box[] = [];
  #version: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();

  private constructor(
    readonly stem: string,
    readonly shade: Shade,
    readonly history: History,
    readonly overlapping: boolean,
    version: string,
  ) {
    this.#version = version;
  }

  /** Loads an image and its mask. @throws Refused if the server has none */
  static async open(stem: string, { multilabel }: Pick<DatasetView, 'multilabel'>): Promise<LabelSession> {
    const [loaded, mask] = await Promise.all([loadImage(stem), loadMask(stem)]);
    const history = new History(paintingOf(mask, coloured(mask.planes, multilabel)));
    return new LabelSession(stem, new Shade(stem, loaded), history, multilabel, mask.version);
  }

  /** Begins anew with other labels, such as a network's: one change, which can be undone. */
  startFrom({ planes }: Labels): void {
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

  /** Takes in a change that is to be saved. */
  changed(box: Box | undefined): void {
    if (!box) return;
    this.touched(box);
    this.saved.value = 'to be saved';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), SAVE_AFTER);
  }

  change(make: (edit: Edit) => void): void {
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

  /** Saves what is painted now, after what is being saved. */
  save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#saving = this.#saving.then(() => this.#send());
    return this.#saving;
  }

  /** Saves what is not saved yet. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) this.save();
    await this.#saving;
    this.shade.close();
  }

  async #send(): Promise<void> {
    this.saved.value = 'saving';
    try {
      this.#version = await saveMask(this.stem, this.#labels(), this.#version);
      this.problem.value = undefined;
      this.saved.value = this.#timer === undefined ? 'saved' : 'to be saved';
    } catch (error) {
      this.saved.value = 'not saved';
      this.problem.value = error instanceof Refused ? error.message : String(error);
    }
  }

  /** As the server has them. */
  #labels(): Uint8Array {
    const { planes } = this.history.painting;
    if (!this.overlapping) return planes[0];
    const area = planes[0].length;
    const labels = new Uint8Array(planes.length * area);
    for (const [k, plane] of planes.entries())
      for (let i = 0; i < area; i++)
        labels[k * area + i] = plane[i] === BACKGROUND || plane[i] === UNKNOWN ? plane[i] : 1;
    return labels;
  }
}

/** Overlapping classes have a label of their own each, so that each has its colour. */
export const coloured = (planes: readonly Uint8Array[], overlapping: boolean): readonly Uint8Array[] =>
  overlapping ? planes.map((plane, k) => plane.map((label) => (label === 1 ? k + 1 : label))) : planes;
