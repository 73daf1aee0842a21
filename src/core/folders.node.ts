import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those that it lies in, where they are not there.
 *
 * Level by level: under some places, such as /proc, Node's own way to make all of them never ends.
 *
 * @param mode rights of what is made
 * @returns the outermost folder that was made; undefined if all were there
 * @throws what the system says
 */
export function makeFolder(folder: string, mode?: number): string | undefined {
  try {
    return madeAlone(folder, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error;
  }
  const outermost = makeFolder(dirname(folder), mode);
  const made = madeAlone(folder, mode);
  return outermost ?? made;
}

/** Also where another process makes it just now. */
function madeAlone(folder: string, mode: number | undefined): string | undefined {
  try {
    mkdirSync(folder, { mode });
    return folder;
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
    return undefined;
  }
}
