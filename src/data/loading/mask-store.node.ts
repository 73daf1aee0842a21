import { closeSync } from 'node:fs';
import type { LabelMap } from '../masks/labelling.ts';
import { type PackedMask, unpackMask } from './packed-mask.node.ts';
import { decodedImages } from './slots.node.ts';
import { openTemporary, readAt, writeAt } from './temporary.node.ts';

/** Where a mask's bytes lie: in memory, or in the file. */
type Stored = PackedMask | (Omit<PackedMask, 'packed'> & { readonly start: number; readonly bytes: number });

/** Masks at their own size, by the number of their sample: the first in memory, those beyond in a temporary file. */
export class MaskStore {
  readonly #stored = new Map<number, Stored>();
  #memoryLeft: number;
  #file: number | undefined;
  #fileLength = 0;

  /** @param memoryBytes how much of them may lie in memory */
  constructor(memoryBytes: number) {
    this.#memoryLeft = memoryBytes;
  }

  /** @throws UserError if it fits neither into the memory nor on the disk */
  set(index: number, mask: PackedMask): void {
    const bytes = mask.packed.length;
    if (bytes <= this.#memoryLeft) {
      this.#memoryLeft -= bytes;
      this.#stored.set(index, mask);
      return;
    }
    this.#file ??= openTemporary(bytes, decodedImages);
    const start = this.#fileLength;
    writeAt(this.#file, start, mask.packed, decodedImages);
    this.#fileLength += bytes;
    const { packed: _, ...rest } = mask;
    this.#stored.set(index, { ...rest, start, bytes });
  }

  /** @throws RangeError if the sample has none */
  get(index: number): LabelMap {
    const stored = this.#stored.get(index);
    if (!stored) throw new RangeError(`no mask of sample ${index}`);
    if ('packed' in stored) return unpackMask(stored);
    const { start, bytes, ...rest } = stored;
    return unpackMask({ ...rest, packed: readAt(this.#file!, start, bytes) });
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}
