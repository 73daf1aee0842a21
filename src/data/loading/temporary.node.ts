import { randomUUID } from 'node:crypto';
import { openSync, readSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';

/** Names what lies in a temporary file, where there is no room for it. */
export interface TemporaryContents {
  readonly name: string;
  /** What to do if the disk cannot be made larger. */
  readonly instead: string;
}

/**
 * The file has no name any more once it is open, so that it ends with the process, however that ends.
 *
 * @param needed bytes that will be written to it
 * @returns a descriptor, good in every thread of the process
 * @throws UserError if they do not fit on the disk
 */
export function openTemporary(needed: number, contents: TemporaryContents): number {
  const folder = tmpdir();
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < needed) throw noRoom(needed, contents, `only ${bavail * bsize} bytes of room`);
    const path = join(folder, `fewmask-${randomUUID()}`);
    const file = openSync(path, 'wx+', 0o600);
    rmSync(path);
    return file;
  } catch (error) {
    throw error instanceof UserError ? error : noRoom(needed, contents, (error as Error).message);
  }
}

/** @throws UserError if the disk has become full meanwhile */
export function writeAt(file: number, start: number, content: Uint8Array, contents: TemporaryContents): void {
  try {
    for (let done = 0; done < content.length; )
      done += writeSync(file, content, done, content.length - done, start + done);
  } catch (error) {
    throw noRoom(content.length, contents, (error as Error).message);
  }
}

/** @throws RangeError if so much was never written */
export function readAt(file: number, start: number, bytes: number): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(bytes);
  for (let done = 0; done < bytes; ) {
    const read = readSync(file, content, done, bytes - done, start + done);
    if (read === 0) throw new RangeError(`nothing was stored at ${start + done}`);
    done += read;
  }
  return content;
}

function noRoom(needed: number, { name, instead }: TemporaryContents, got: string): UserError {
  return new UserError({
    what: `temporary folder ${tmpdir()}`,
    got,
    expected: `room for ${needed} bytes of ${name}`,
    fix: `make room there, name another folder in the environment variable TMPDIR, or ${instead}`,
  });
}
