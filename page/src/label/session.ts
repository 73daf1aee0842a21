import { computed, signal } from '@preact/signals';
import type { Box } from '../../../src/annotations/annotated-set.ts';
import type { Edit } from '../../../src/paint/edit.ts';
import type { DatasetView } from '../../../src/serve/api.ts';
import { type Labels, loadImage, loadMask, NO_ANSWER, Refused, saveMask } from '../server.ts';
import { PaintSession } from './paint-session.ts';
import { Shade } from './shade.ts';

/** Whether what was painted is on the disk. */
export type SaveState = 'saved' | 'to be saved' | 'saving' | 'not saved';

/** Changes are saved so long after the last of them, in ms. */
const SAVE_AFTER = 400;

/** The server's answer where the mask was changed elsewhere: it has kept what was sent. */
const CONFLICT = 412;

/** Those that are open, and those that were left and are not saved; by stem. */
const sessions = new Map<string, LabelSession>();

/** Whether anything that was painted is not on the disk. */
export const anyUnsaved = (): boolean => [...sessions.values()].some(({ saved }) => saved.value !== 'saved');

/** An image of the folder whose mask is painted. Every change is saved by itself. */
export class LabelSession extends PaintSession {
  /** Of what was changed; a stroke under way is not saved either. */
  readonly saved = computed(() =>
    this.edit.value && this.#changesSaved.value === 'saved' ? 'to be saved' : this.#changesSaved.value,
  );
  /** Why it could not be saved. */
  readonly problem = signal<string | undefined>(undefined);
  readonly #changesSaved = signal<SaveState>('saved');
  #version: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> = Promise.resolve();
  /** Counts what is to be saved. */
  #made = 0;
  /** Labels that were sent, and no answer has come. */
  #unanswered: Uint8Array<ArrayBuffer> | undefined;
  /** Whether the server has kept beside the mask what it did not save. */
  #kept = false;
  /** Once it is left. */
  #closing: Promise<string | undefined> | undefined;

  private constructor(
    stem: string,
    shade: Shade,
    mask: Labels & { readonly version: string },
    overlapping: boolean,
  ) {
    super(stem, shade, mask, overlapping);
    this.#version = mask.version;
  }

  /**
   * Loads an image and its mask, or goes on with what could not be saved of it.
   *
   * @param left once nobody waits for it any more
   * @returns undefined if it was left meanwhile
   * @throws Refused if the server has none; Error for an image that cannot be decoded
   */
  static async open(
    stem: string,
    { multilabel }: Pick<DatasetView, 'multilabel'>,
    left?: AbortSignal,
  ): Promise<LabelSession | undefined> {
    const before = sessions.get(stem);
    if (before) await before.#closing;
    if (left?.aborted) return undefined;
    if (before && sessions.get(stem) === before) {
      before.#closing = undefined;
      return before;
    }
    const [loaded, mask] = await Promise.all([loadImage(stem), loadMask(stem)]);
    if (left?.aborted) {
      loaded.image.close();
      return undefined;
    }
    const session = new LabelSession(stem, new Shade(stem, loaded), mask, multilabel);
    sessions.set(stem, session);
    return session;
  }

  /** Once the image was left nothing is changed, whatever is still under way. */
  override change(make: (edit: Edit) => void): void {
    if (!this.#closing) super.change(make);
  }

  /** Takes in a change that is to be saved. */
  override changed(box: Box | undefined): void {
    if (!box || this.#closing) return;
    this.touched(box);
    this.#made++;
    this.#kept = false;
    this.#changesSaved.value = 'to be saved';
    this.#saveLater();
  }

  /** Saves what is painted now, after what is being saved. */
  save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#saving = this.#saving.then(() => this.#send());
    return this.#saving;
  }

  /** Saves what is not saved yet. What cannot be saved is kept until it is opened again. @returns why it could not be saved */
  close(): Promise<string | undefined> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #leave(): Promise<string | undefined> {
    this.end();
    clearTimeout(this.#timer);
    await this.#saving;
    const wanted = this.#isNowhere;
    if (wanted) await this.save();
    if (!this.#isNowhere) {
      if (sessions.get(this.stem) === this) sessions.delete(this.stem);
      this.shade.close();
    }
    return wanted ? this.problem.value : undefined;
  }

  /** Whether what is painted is in no file. */
  get #isNowhere(): boolean {
    return this.saved.value !== 'saved' && !this.#kept;
  }

  #saveLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), SAVE_AFTER);
  }

  async #send(): Promise<void> {
    // Half a stroke is no change, and may be given up.
    if (this.edit.value) return this.#saveLater();
    this.#changesSaved.value = 'saving';
    const made = this.#made;
    try {
      await this.#sendUnanswered();
      await this.#put(this.labels().slice());
      this.problem.value = undefined;
      this.#changesSaved.value = made === this.#made ? 'saved' : 'to be saved';
    } catch (error) {
      this.#changesSaved.value = 'not saved';
      this.#kept = made === this.#made && error instanceof Refused && error.status === CONFLICT;
      this.problem.value = error instanceof Refused ? error.message : String(error);
    }
  }

  /** The server may have saved them without its answer coming back: then they are the version that goes before what is painted now. */
  async #sendUnanswered(): Promise<void> {
    if (!this.#unanswered) return;
    try {
      await this.#put(this.#unanswered);
    } catch (error) {
      if (this.#unanswered) throw error;
    }
  }

  async #put(labels: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#unanswered = labels;
    try {
      this.#version = await saveMask(this.stem, labels, this.#version);
      this.#unanswered = undefined;
    } catch (error) {
      if (error instanceof Refused && error.status !== NO_ANSWER) this.#unanswered = undefined;
      throw error;
    }
  }
}
