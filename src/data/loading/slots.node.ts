import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';

/**
 * Room for decoded samples, or anything else equally large: the first lie in shared memory, those beyond in a temporary
 * file. It can be sent to threads, which read and write it alike.
 */
export interface Slots {
  readonly contents: SlotContents;
  /** Of one sample. */
  readonly bytes: number;
  readonly memory: readonly SharedArrayBuffer[];
  /** A descriptor, good in every thread of the process. */
  readonly file?: number;
}

/** Names what lies in slots, where there is no room for it. */
export interface SlotContents {
  readonly name: string;
  /** What to do if the disk cannot be made larger. */
  readonly instead: string;
}

const decodedImages: SlotContents = {
  name: 'decoded images that --memory does not hold',
  instead: 'raise --memory',
};

/**
 * The file has no name any more once it is open, so that it ends with the process, however that ends.
 *
 * @param memoryBytes how much of it may lie in memory
 * @throws UserError if the rest does not fit on the disk
 */
export async function openSlots(
  count: number,
  bytes: number,
  memoryBytes: number,
  contents = decodedImages,
): Promise<Slots> {
  const inMemory = Math.min(count, Math.floor(memoryBytes / bytes));
  const memory = Array.from({ length: inMemory }, () => new SharedArrayBuffer(bytes));
  if (inMemory === count) return { bytes, memory, contents };
  const folder = tmpdir();
  const needed = (count - inMemory) * bytes;
  let file: number;
  try {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < needed)
      throw noRoom(folder, needed, contents, `only ${bavail * bsize} bytes of room`);
    const path = join(folder, `fewmask-${randomUUID()}`);
    file = openSync(path, 'wx+', 0o600);
    rmSync(path);
  } catch (error) {
    throw error instanceof UserError ? error : noRoom(folder, needed, contents, (error as Error).message);
  }
  return { bytes, memory, file, contents };
}

export function closeSlots({ file }: Slots): void {
  if (file !== undefined) closeSync(file);
}

/** A sample's bytes: shared memory itself, or a copy from the file. */
export function readSlot({ bytes, memory, file }: Slots, index: number): Uint8Array {
  if (index < memory.length) return new Uint8Array(memory[index]);
  const content = new Uint8Array(bytes);
  const start = (index - memory.length) * bytes;
  for (let done = 0; done < bytes; ) {
    const read = readSync(file!, content, done, bytes - done, start + done);
    if (read === 0) throw new RangeError(`sample ${index} was never stored`);
    done += read;
  }
  return content;
}

/** @throws UserError if the disk has become full meanwhile */
export function writeSlot(
  { bytes, memory, file, contents }: Slots,
  index: number,
  content: Uint8Array,
): void {
  if (index < memory.length) {
    new Uint8Array(memory[index]).set(content);
    return;
  }
  const start = (index - memory.length) * bytes;
  try {
    for (let done = 0; done < bytes; ) done += writeSync(file!, content, done, bytes - done, start + done);
  } catch (error) {
    throw noRoom(tmpdir(), bytes, contents, (error as Error).message);
  }
}

function noRoom(folder: string, needed: number, { name, instead }: SlotContents, got: string): UserError {
  return new UserError({
    what: `temporary folder ${folder}`,
    got,
    expected: `room for ${needed} bytes of ${name}`,
    fix: `make room there, name another folder in the environment variable TMPDIR, or ${instead}`,
  });
}
