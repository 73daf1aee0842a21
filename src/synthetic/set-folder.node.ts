import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UserError } from '../core/errors.ts';
import { finishedName, isUnfinished, removeFiles } from '../core/files.node.ts';

/** The file by which a synthetic set is known, and what stands in it. */
export const SET_RECORD = 'synthetic.json';
export const SET_KIND = 'fewmask synthetic data';

/** `synthetic-0001` for the first of up to 9999 images. */
export function stemOf(number: number, count: number): string {
  return `synthetic-${String(number).padStart(Math.max(4, String(count).length), '0')}`;
}

/** The files of a set, by their paths in it. */
const own = /^(synthetic\.json|train\.txt|test\.txt|(images|masks)[\\/]synthetic-\d{4,}\.png)$/;

/**
 * Takes an earlier synthetic set away, if it may be overwritten. A folder that is new or empty is left as it is.
 *
 * @throws UserError if the folder holds anything else; nothing has been taken away then
 */
export async function clearSet(folder: string, overwrite: boolean): Promise<void> {
  const entries = await entriesOf(folder);
  if (entries.every(isUnfinished)) return;
  if (!overwrite) {
    throw refusal(
      folder,
      `a folder with ${entries.length} entries`,
      'choose another, or pass --overwrite to replace an earlier synthetic set',
    );
  }
  const record = await readFile(join(folder, SET_RECORD), 'utf8').catch(() => '');
  if (!record.includes(SET_KIND)) {
    throw refusal(folder, `a folder that is no synthetic set (no ${SET_RECORD})`, onlySets);
  }
  const paths = await filesBelow(folder);
  const foreign = paths.filter((path) => !own.test(finishedName(path)));
  if (foreign.length > 0) {
    throw refusal(folder, `a synthetic set with other files in it (${foreign[0]})`, onlySets);
  }
  await removeFiles(folder, paths, SET_RECORD);
}

const onlySets = 'choose another; --overwrite replaces synthetic sets with nothing else in them';

function refusal(folder: string, got: string, fix: string): UserError {
  return new UserError({ what: `--out ${folder}`, got, expected: 'a new or empty folder', fix });
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw refusal(folder, `an error (${code})`, 'choose another');
  }
}

/** The files in a folder and its sub-folders, as paths in it. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
