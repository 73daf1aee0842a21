import { closeSync } from 'node:fs';
import type { Size } from '../../core/size.ts';
import type { Pixels } from './pixels.ts';
import { decodedImages } from './slots.node.ts';
import { openTemporary, readAt, writeAt } from './temporary.node.ts';

/** A sample at its own scale: image, then mask. */
export interface WholeBytes extends Size {
  readonly content: SharedArrayBuffer;
}

/** Where a sample lies, good in every thread of the process. */
export type StoredWhole = WholeBytes | (Size & Readonly<Record<'file' | 'start' | 'bytes', number>>);

/** Samples of any size, by their number: the first in shared memory, those beyond in a temporary file. */
export class WholeStore {
  readonly #stored = new Map<number, StoredWhole>();
  #memoryLeft: number;
  #file: number | undefined;
  #fileLength = 0;

  /** @param memoryBytes how much of them may lie in memory */
  constructor(memoryBytes: number) {
    this.#memoryLeft = memoryBytes;
  }

  /** @throws UserError if it fits neither into the memory nor on the disk */
  set(index: number, whole: WholeBytes): void {
    const { content, height, width } = whole;
    const bytes = content.byteLength;
    if (bytes <= this.#memoryLeft) {
      this.#memoryLeft -= bytes;
      this.#stored.set(index, whole);
      return;
    }
    this.#file ??= openTemporary(bytes, decodedImages);
    const start = this.#fileLength;
    writeAt(this.#file, start, new Uint8Array(content), decodedImages);
    this.#fileLength += bytes;
    this.#stored.set(index, { height, width, file: this.#file, start, bytes });
  }

  /** @throws RangeError if there is no such sample */
  get(index: number): StoredWhole {
    const stored = this.#stored.get(index);
    if (!stored) throw new RangeError(`no sample ${index}`);
    return stored;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

/** In shared memory, so that it can be kept there. */
export function wholeBytes({ image, mask }: Pixels, { height, width }: Size): WholeBytes {
  const content = new SharedArrayBuffer(image.length + (mask?.length ?? 0));
  const bytes = new Uint8Array(content);
  bytes.set(image);
  if (mask) bytes.set(mask, image.length);
  return { height, width, content };
}

/** A sample's pixels: shared memory itself, or a copy from the file. */
export function readWhole(stored: StoredWhole): Pixels & { readonly own: Size } {
  const { height, width } = stored;
  const bytes =
    'content' in stored ? new Uint8Array(stored.content) : readAt(stored.file, stored.start, stored.bytes);
  const image = bytes.subarray(0, 3 * height * width);
  const mask = bytes.subarray(image.length);
  return { image, ...(mask.length > 0 && { mask }), own: { height, width } };
}
