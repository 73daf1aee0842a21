import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { readNamed, writeWhole } from '../core/files.node.ts';
import { RUN } from './entries.ts';
import type { Entry } from './format.ts';

/** What an entry of a folder holds; undefined if the folder has none. */
export async function readEntry<Content>(
  folder: string,
  entry: Entry<Content, never>,
): Promise<Content | undefined> {
  return existsSync(join(folder, entry.name)) ? expectEntry(folder, entry) : undefined;
}

/** @throws UserError if the folder has none, or it is damaged */
export async function expectEntry<Content>(folder: string, entry: Entry<Content, never>): Promise<Content> {
  const path = join(folder, entry.name);
  return entry.read((await readNamed(path, entry.what)).toString(), path);
}

/** Writes an entry whole or not at all. */
export async function writeEntry<Written>(
  folder: string,
  entry: Entry<unknown, Written>,
  content: Written,
): Promise<void> {
  await writeWhole(join(folder, entry.name), entry.write(content));
}

/** Where a picture of a run lies: in the folder of pictures itself, whatever it is called. */
export function pictureIn(run: string, name: string): string {
  return join(run, dirname(RUN.pictures.name), basename(name));
}
