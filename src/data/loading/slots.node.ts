import { closeSync } from 'node:fs';
import { openTemporary, readAt, type TemporaryContents, writeAt } from './temporary.node.ts';

/**
 * Room for decoded samples, or anything else equally large: the first lie in shared memory, those beyond in a temporary
 * file. It can be sent to threads, which read and write it alike.
 */
export interface Slots {
  readonly contents: TemporaryContents;
  /** Of one sample. */
  readonly bytes: number;
  readonly memory: readonly SharedArrayBuffer[];
  /** A descriptor, good in every thread of the process. */
  readonly file?: number;
}

/** Of what the loader keeps. */
export const decodedImages: TemporaryContents = {
  name: 'decoded images that --memory does not hold',
  instead: 'raise --memory',
};

/**
 * @param memoryBytes how much of it may lie in memory
 * @throws UserError if the rest does not fit on the disk
 */
export function openSlots(
  count: number,
  bytes: number,
  memoryBytes: number,
  contents = decodedImages,
): Slots {
  const inMemory = Math.min(count, Math.floor(memoryBytes / bytes));
  const memory = Array.from({ length: inMemory }, () => new SharedArrayBuffer(bytes));
  if (inMemory === count) return { bytes, memory, contents };
  return { bytes, memory, contents, file: openTemporary((count - inMemory) * bytes, contents) };
}

export function closeSlots({ file }: Slots): void {
  if (file !== undefined) closeSync(file);
}

/** A sample's bytes: shared memory itself, or a copy from the file. */
export function readSlot({ bytes, memory, file }: Slots, index: number): Uint8Array {
  if (index < memory.length) return new Uint8Array(memory[index]);
  return readAt(file!, (index - memory.length) * bytes, bytes);
}

/** @throws UserError if the disk has become full meanwhile */
export function writeSlot(
  { bytes, memory, file, contents }: Slots,
  index: number,
  content: Uint8Array,
): void {
  if (index < memory.length) new Uint8Array(memory[index]).set(content);
  else writeAt(file!, (index - memory.length) * bytes, content, contents);
}
