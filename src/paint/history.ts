import type { Box } from '../annotations/annotated-set.ts';
import { type Change, Edit, toggle } from './edit.ts';
import type { Painting } from './painting.ts';

/** Most memory that the changes of a history take, in bytes. */
const MOST_BYTES = 64 * 2 ** 20;

/** What a change takes beside its patches, roughly. */
const CHANGE_BYTES = 256;

/**
 * The changes of a painting, which can be undone and redone one by one. Where they take more memory than they may, the oldest are
 * forgotten: they stay done. The newest one is always kept, so memory is at most `bytes` or that of one change, which is at worst
 * 3 bytes a pixel.
 */
export class History {
  readonly #most: number;
  #changes: Change[] = [];
  /** How many of the changes are done; those after have been undone. */
  #done = 0;
  #bytes = 0;
  #edit: Edit | undefined;

  /** @param options.bytes 64 MiB if absent */
  constructor(
    readonly painting: Painting,
    { bytes = MOST_BYTES }: { readonly bytes?: number } = {},
  ) {
    this.#most = bytes;
  }

  /** How much memory the changes take, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Not while an edit is open. */
  get canUndo(): boolean {
    return !this.#edit && this.#done > 0;
  }

  /** Not while an edit is open. */
  get canRedo(): boolean {
    return !this.#edit && this.#done < this.#changes.length;
  }

  /** Opens an edit: all that is written through it until `end` is one change. @throws Error if one is open */
  begin(): Edit {
    if (this.#edit) throw new Error('an edit is open already');
    this.#edit = new Edit(this.painting);
    return this.#edit;
  }

  /**
   * Ends the open edit. If it has changed anything, what was undone before can no longer be redone.
   *
   * @returns the smallest box that holds all changed pixels; undefined if there are none
   * @throws Error if no edit is open
   */
  end(): Box | undefined {
    const change = this.#close().end();
    if (change) this.#add(change);
    return change?.box;
  }

  /** Ends the open edit, and puts everything back as it was. @returns what may have changed @throws Error if no edit is open */
  cancel(): Box | undefined {
    return this.#close().cancel();
  }

  /**
   * One change from its beginning to its end: `history.change((edit) => polygon(edit, ring, paint))`. If `make` throws, nothing
   * is changed.
   *
   * @returns the smallest box that holds all changed pixels; undefined if there are none
   */
  change(make: (edit: Edit) => void): Box | undefined {
    const edit = this.begin();
    try {
      make(edit);
    } catch (error) {
      this.cancel();
      throw error;
    }
    return this.end();
  }

  /** Undoes the last change. @returns the box of its pixels; undefined if there is none to undo, or an edit is open */
  undo(): Box | undefined {
    return this.canUndo ? this.#toggle(this.#changes[--this.#done]) : undefined;
  }

  /** Does again what was undone last. @returns the box of its pixels; undefined if there is none, or an edit is open */
  redo(): Box | undefined {
    return this.canRedo ? this.#toggle(this.#changes[this.#done++]) : undefined;
  }

  #toggle(change: Change): Box {
    toggle(this.painting, change);
    return change.box;
  }

  #close(): Edit {
    const edit = this.#edit;
    if (!edit) throw new Error('no edit is open');
    this.#edit = undefined;
    return edit;
  }

  #add(change: Change): void {
    for (const undone of this.#changes.splice(this.#done)) this.#bytes -= bytesOf(undone);
    this.#changes.push(change);
    this.#bytes += bytesOf(change);
    let forgotten = 0;
    while (this.#bytes > this.#most && forgotten < this.#changes.length - 1)
      this.#bytes -= bytesOf(this.#changes[forgotten++]);
    this.#changes.splice(0, forgotten);
    this.#done = this.#changes.length;
  }
}

function bytesOf({ patches }: Change): number {
  return patches.reduce((sum, { length }) => sum + length, CHANGE_BYTES);
}
