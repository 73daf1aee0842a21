import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finishedName } from '../core/files.node.ts';
import { OWN_FILES, OWN_NAMES, RUN } from './entries.ts';
import { runOfFolder, SEED_FOLDER } from './study-path.ts';

/** What of a folder's content is a run's or a study's, by name: all of it, or a folder in which some is, or nothing. */
type Own = (name: string) => boolean | Own;

/** A run within a study begins in a folder of its own, so all of an earlier one is its. */
const ofSeed: Own = (name) => runOfFolder(name) !== undefined;
const ofMember: Own = (name) => SEED_FOLDER.test(name) && ofSeed;

const ofRun: Own = (name) => {
  const files = OWN_FILES[name];
  return files ? (file) => files.test(file) : OWN_NAMES.includes(name);
};

/**
 * What the run or the study with these settings wrote of what lies in its folder, as paths in it: a folder where nothing else is in
 * it, a link without what it leads to. The settings are last: without them a folder is no run.
 */
export async function ownOf(path: string, settings: Readonly<Record<string, unknown>>): Promise<string[]> {
  const members = membersOf(settings);
  const ofStudy: Own = (name) => {
    const own = ofRun(name);
    if (own === true || !members.includes(name)) return own;
    // An arm and a folder of every run may have one name.
    return (inside) => (typeof own === 'function' && own(inside)) || ofMember(inside);
  };
  const entries = (await readdir(path, { withFileTypes: true })).sort((a, b) => orderOf(a) - orderOf(b));
  return [...(await ownAmong(path, entries, ofStudy)), RUN.settings.name];
}

/** As `OWN_NAMES` has them, then arms. */
const orderOf = ({ name }: Dirent) => (OWN_NAMES.includes(name) ? OWN_NAMES.indexOf(name) : OWN_NAMES.length);

async function ownAmong(path: string, entries: readonly Dirent[], own: Own): Promise<string[]> {
  const found: string[] = [];
  for (const entry of entries) {
    const { name } = entry;
    const of = own(finishedName(name));
    if (of === true || (of && entry.isSymbolicLink())) found.push(name);
    // What should be a folder and is none is not the run's.
    else if (of && entry.isDirectory())
      found.push(...(await ownIn(join(path, name), of)).map((each) => join(name, each)));
  }
  return found;
}

/** In a folder; the folder itself is `.` where all of it is. */
async function ownIn(folder: string, own: Own): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await ownAmong(folder, entries, own);
  return entries.every(({ name }) => found.includes(name)) ? ['.'] : found;
}

/** The folders of a study's arms and pretrainings. */
function membersOf({ arms, pretrainings }: Readonly<Record<string, unknown>>): string[] {
  return [arms, pretrainings].flatMap((named) =>
    Array.isArray(named) ? named.map(String) : Object.keys(named ?? {}),
  );
}
