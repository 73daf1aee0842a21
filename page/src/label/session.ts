import { signal } from '@preact/signals';
import type { Box } from '../../../src/annotations/annotated-set.ts';
import type { DatasetView } from '../../../src/serve/api.ts';
import { type Labels, loadImage, loadMask, Refused, saveMask } from '../server.ts';
import { PaintSession } from './paint-session.ts';
import { Shade } from './shade.ts';

/** Whether what was painted is on the disk. */
export type SaveState = 'saved' | 'to be saved' | 'saving' | 'not saved';

/** Changes are saved so long after the last of them, in ms. */
const SAVE_AFTER = 400;

/** An image of the folder whose mask is painted. Every change is saved by itself. */
export class LabelSession extends PaintSession {
  readonly saved = signal<SaveState>('saved');
  /** Why it could not be saved. */
  readonly problem = signal<string | undefined>(undefined);
  #version: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();

  private constructor(
    stem: string,
    shade: Shade,
    mask: Labels & { readonly version: string },
    overlapping: boolean,
  ) {
    super(stem, shade, mask, overlapping);
    this.#version = mask.version;
  }

  /** Loads an image and its mask. @throws Refused if the server has none */
  static async open(stem: string, { multilabel }: Pick<DatasetView, 'multilabel'>): Promise<LabelSession> {
    const [loaded, mask] = await Promise.all([loadImage(stem), loadMask(stem)]);
    return new LabelSession(stem, new Shade(stem, loaded), mask, multilabel);
  }

  /** Takes in a change that is to be saved. */
  override changed(box: Box | undefined): void {
    if (!box) return;
    this.touched(box);
    this.saved.value = 'to be saved';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), SAVE_AFTER);
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
      this.#version = await saveMask(this.stem, this.labels(), this.#version);
      this.problem.value = undefined;
      this.saved.value = this.#timer === undefined ? 'saved' : 'to be saved';
    } catch (error) {
      this.saved.value = 'not saved';
      this.problem.value = error instanceof Refused ? error.message : String(error);
    }
  }
}
