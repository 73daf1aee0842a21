import type { Dirent } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { folderEntries } from '../../core/files.node.ts';
import { isImage, withoutEnding } from '../../core/image-endings.ts';

/** How many files of each kind are no images: by their ending, `hidden`, or `without ending`. */
export type PassedOver = Readonly<Record<string, number>>;

/** The images of a folder. */
export interface ImageFiles {
  /** Paths by stem, which begins with the sub-folders. */
  readonly byStem: ReadonlyMap<string, string>;
  readonly passedOver: PassedOver;
}

/** Composed Unicode, because some file systems hand out decomposed names and text editors do not. */
export function stemOf(name: string): string {
  return withoutEnding(name).normalize('NFC');
}

/** Whether sub-folders are read, too. */
export interface Depth {
  readonly below: boolean;
  /** But for some, by their paths from the folder on. */
  except?(path: string): boolean;
}

/**
 * The paths of image files in a folder, from it on, with `/`, sorted; known by their endings. Links to files are followed; one that
 * leads nowhere counts as a file, so that whoever reads it can name it.
 *
 * @returns undefined if there is no such folder
 * @throws UserError if it cannot be read
 */
export async function imagePaths(dir: string, depth: Depth): Promise<Walked | undefined> {
  const walk: Walk = { ...depth, paths: [], passedOver: {} };
  try {
    await collect(dir, '', walk);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined;
    throw unreadable(dir, error);
  }
  return { ...walk, paths: walk.paths.sort() };
}

/**
 * The same by stem: those of images in sub-folders begin with these, as `site-a/img1`.
 *
 * @throws UserError for two files that differ in their endings only, too
 */
export async function imageFiles(dir: string, depth: Depth): Promise<ImageFiles | undefined> {
  const found = await imagePaths(dir, depth);
  if (!found) return undefined;
  const byStem = new Map<string, string>();
  const clashes: string[] = [];
  for (const path of found.paths) {
    const stem = stemOf(path);
    const other = byStem.get(stem);
    if (other !== undefined) clashes.push(`${basename(other)} beside ${path}`);
    byStem.set(stem, join(dir, path));
  }
  if (clashes.length > 0) {
    throw new UserError({
      what: dir,
      got: some(clashes),
      expected: 'one file a name, whatever its ending',
      fix: 'rename one of them or take it away',
    });
  }
  return { byStem, passedOver: found.passedOver };
}

interface Walked {
  readonly paths: readonly string[];
  readonly passedOver: PassedOver;
}

interface Walk extends Depth {
  readonly paths: string[];
  readonly passedOver: Record<string, number>;
}

async function collect(root: string, folder: string, walk: Walk): Promise<void> {
  const dir = join(root, folder);
  for (const entry of await folderEntries(dir, { recursive: false })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const linked = entry.isSymbolicLink() && (await leadsToFolder(entry, dir));
    if (entry.name.startsWith('.')) passOver(walk, HIDDEN);
    else if (linked) passOver(walk, 'link to a folder');
    else if (entry.isDirectory()) {
      if (walk.except?.(path)) passOver(walk, `folder ${entry.name}`);
      else if (walk.below) await collect(root, path, walk);
    } else if (!isImage(entry.name)) passOver(walk, kindOf(entry.name));
    else walk.paths.push(path);
  }
}

const HIDDEN = 'hidden';

function passOver({ passedOver }: Walk, kind: string): void {
  passedOver[kind] = (passedOver[kind] ?? 0) + 1;
}

/** What is passed over is told by its ending. */
export function kindOf(name: string): string {
  if (basename(name).startsWith('.')) return HIDDEN;
  const [ending] = /\.[^./]{1,12}$/.exec(name) ?? [];
  return ending?.toLowerCase() ?? 'without ending';
}

async function leadsToFolder(entry: Dirent, dir: string): Promise<boolean> {
  return stat(join(dir, entry.name)).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

/** Several counts as one. */
export function together(counts: readonly (PassedOver | undefined)[]): PassedOver {
  const sums: Record<string, number> = {};
  for (const each of counts)
    for (const [kind, count] of Object.entries(each ?? {})) sums[kind] = (sums[kind] ?? 0) + count;
  return sums;
}

/** In one line, the most frequent first; undefined if there are none. */
export function passedOverText(counts: PassedOver = {}): string | undefined {
  const kinds = Object.entries(counts).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  if (kinds.length === 0) return undefined;
  return `passed over: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')}`;
}

export function unreadable(path: string, error: unknown): UserError {
  return new UserError({
    what: path,
    got: error instanceof Error ? error.message : String(error),
    expected: 'a folder or list that can be read',
    fix: 'check what it is and who may read it',
  });
}

/** The first few of many. */
export function some(stems: readonly string[], most = 5): string {
  return stems.slice(0, most).join(', ') + (stems.length > most ? ', ...' : '');
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
