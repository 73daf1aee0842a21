import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { type ClassList, classesOfFolder } from '../masks/classes-file.node.ts';

/** An image, known by its file name without the ending, and its mask if it has one. */
export interface Sample {
  readonly stem: string;
  /** Path of the image file. */
  readonly image: string;
  /** Path of the mask file; where each class has a folder of masks, of those that there are, by class. */
  readonly mask?: string | MaskFiles;
  /** Of plain images from several folders: of which one it is, from 1. */
  readonly source?: number;
  /** What it belongs to, such as a patient or a video, where groups are known. */
  readonly group?: string;
}

/** Paths of masks by the name of their class. */
export type MaskFiles = Readonly<Record<string, string>>;

export const listNames = ['train', 'val', 'test'] as const;
export type ListName = (typeof listNames)[number];

/** What a data folder holds. */
export interface DataFolder {
  readonly root: string;
  /** Sorted by stem. */
  readonly samples: readonly Sample[];
  /** The stems of `train.txt`, `val.txt` and `test.txt` in file order, each of them the stem of a sample. */
  readonly lists: Readonly<Partial<Record<ListName, readonly string[]>>>;
  /** Where each class has a folder of masks, their names. */
  readonly classFolders?: readonly string[];
  /** What its list of classes says. */
  readonly classes?: ClassList;
  /** What is odd about it. Images without masks are not: they are what pretraining is for. */
  readonly warnings: readonly string[];
}

const imageEnding = /\.(jpe?g|png|webp|tiff?|gif|avif|bmp|dcm)$/i;
const endings = 'jpg, jpeg, png, webp, tif, tiff, gif, avif, bmp or dcm';

/**
 * Reads a data folder: `images/`, `masks/` or `labels/` (same stems; or in it a folder of masks for each class), and optionally
 * `train.txt`, `val.txt`, `test.txt` with one stem a line, and `classes.yaml` or `classes.txt`.
 *
 * @throws UserError if there are no images, files that differ in their endings only, a list that names an unknown stem, or
 *   classes that cannot be read
 */
export async function readDataFolder(root: string): Promise<DataFolder> {
  const images = await filesByStem(join(root, 'images'));
  if (images === undefined || images.size === 0) throw noImages(join(root, 'images'), images !== undefined);
  const { masks, classFolders } = await masksOf(root);
  const samples = samplesOf(images, masks);
  const classes = await classesOfFolder(root);

  const warnings: string[] = [];
  const orphans = [...masks.keys()].filter((stem) => !images.has(stem));
  if (orphans.length > 0) {
    warnings.push(
      `${orphans.length} of ${masks.size} masks have no image and are not used: ${some(orphans)}`,
    );
  }

  const lists: Partial<Record<ListName, string[]>> = {};
  for (const name of listNames) {
    const list = await readList(join(root, `${name}.txt`), images, warnings);
    if (list !== undefined) lists[name] = list;
  }
  for (const [a, b] of [
    ['train', 'val'],
    ['train', 'test'],
    ['val', 'test'],
  ] as const) {
    const inB = new Set(lists[b]);
    const both = (lists[a] ?? []).filter((stem) => inB.has(stem));
    if (both.length > 0) {
      warnings.push(`${counted(both.length, 'stem')} in both ${a}.txt and ${b}.txt: ${some(both)}`);
    }
  }
  return {
    root,
    samples,
    lists,
    warnings,
    ...(classFolders && { classFolders }),
    ...(classes && { classes }),
  };
}

/** Folders that may hold masks. */
const MASK_FOLDERS = ['masks', 'labels'];

interface Masks {
  readonly masks: ReadonlyMap<string, string | MaskFiles>;
  readonly classFolders?: readonly string[];
}

/** @throws UserError if there are masks in two places */
async function masksOf(root: string): Promise<Masks> {
  const found: (Masks & { readonly dir: string })[] = [];
  for (const name of MASK_FOLDERS) {
    const dir = join(root, name);
    const own = await filesByStem(dir);
    if (own === undefined) continue;
    const folders = await subfolders(dir);
    if (own.size > 0) found.push({ dir, masks: own });
    const ofClasses = await classMasksOf(dir, folders);
    if (ofClasses.masks.size > 0) found.push({ dir: `${dir}/${folders[0]}/`, ...ofClasses });
  }
  if (found.length > 1) {
    throw new UserError({
      what: root,
      got: `masks in ${found.map(({ dir }) => dir).join(' and ')}`,
      expected: 'masks in one place',
      fix: 'take the others away',
    });
  }
  return found[0] ?? { masks: new Map() };
}

/** A folder of masks for each class. */
async function classMasksOf(dir: string, classes: readonly string[]): Promise<Masks> {
  const masks = new Map<string, Record<string, string>>();
  const classFolders: string[] = [];
  for (const name of classes) {
    const files = await filesByStem(join(dir, name));
    if (files === undefined || files.size === 0) continue;
    classFolders.push(name);
    for (const [stem, path] of files) {
      const ofClasses = masks.get(stem) ?? {};
      ofClasses[name] = path;
      masks.set(stem, ofClasses);
    }
  }
  return { masks, classFolders };
}

/** Sorted, without hidden ones. */
async function subfolders(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}

/** The images of a data folder with their masks; its lists are not read. */
export async function readSamples(root: string): Promise<Sample[]> {
  const images = (await filesByStem(join(root, 'images'))) ?? new Map<string, string>();
  return samplesOf(images, (await masksOf(root)).masks);
}

/**
 * The images of a plain folder, or of its `images/` sub-folder if it holds none itself; sorted by stem, no masks.
 * @throws UserError if there are none, or two that differ in their endings only
 */
export async function readImageFolder(dir: string): Promise<Sample[]> {
  const own = await filesByStem(dir);
  if (own !== undefined && own.size > 0) return samplesOf(own, new Map());
  const inner = own === undefined ? undefined : await filesByStem(join(dir, 'images'));
  if (inner !== undefined && inner.size > 0) return samplesOf(inner, new Map());
  throw noImages(dir, own !== undefined);
}

function samplesOf(images: ReadonlyMap<string, string>, masks: Masks['masks']): Sample[] {
  return [...images.keys()].sort().map((stem) => {
    const mask = masks.get(stem);
    return { stem, image: images.get(stem)!, ...(mask === undefined ? {} : { mask }) };
  });
}

/** Paths of a folder's image files by stem, or undefined if there is no such folder. */
async function filesByStem(dir: string): Promise<Map<string, string> | undefined> {
  let names: string[];
  try {
    names = await imageNames(dir);
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined;
    throw unreadable(dir, error);
  }
  const files = new Map<string, string>();
  const clashes: string[] = [];
  for (const name of names) {
    const stem = stemOf(name);
    const other = files.get(stem);
    if (other !== undefined) clashes.push(`${basename(other)} beside ${name}`);
    files.set(stem, join(dir, name));
  }
  if (clashes.length > 0) {
    throw new UserError({
      what: dir,
      got: some(clashes),
      expected: 'one file a name, whatever its ending',
      fix: 'rename one of them or take it away',
    });
  }
  return files;
}

/**
 * The names of a folder's image files, sorted: by their endings, without hidden files and folders. Links are followed;
 * one that leads nowhere counts as a file, so that whoever reads it can name it.
 */
export async function imageNames(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const named = entries.filter(({ name }) => isImageName(name));
  const files = await Promise.all(
    named.map(
      async (entry) =>
        entry.isFile() || (entry.isSymbolicLink() && !(await leadsToFolder(join(dir, entry.name)))),
    ),
  );
  return named
    .filter((_, i) => files[i])
    .map(({ name }) => name)
    .sort();
}

function leadsToFolder(link: string): Promise<boolean> {
  return stat(link).then(
    (target) => target.isDirectory(),
    () => false,
  );
}

/** Whether a file's name says that it is an image; hidden files are none. */
function isImageName(name: string): boolean {
  return imageEnding.test(name) && !name.startsWith('.');
}

/** Composed Unicode, because some file systems hand out decomposed names and text editors do not. */
export function stemOf(name: string): string {
  return name.replace(imageEnding, '').normalize('NFC');
}

async function readList(
  path: string,
  images: ReadonlyMap<string, string>,
  warnings: string[],
): Promise<string[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw unreadable(path, error);
  }
  const stems = new Set<string>();
  const repeated: string[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim().normalize('NFC');
    if (line === '') continue;
    const stem = images.has(line) ? line : stemOf(line);
    if (!images.has(stem)) {
      const near = nearest(stem, [...images.keys()]);
      throw new UserError({
        what: `${path}, line ${index + 1}`,
        got: `"${line}", which no file in images/ has as its name`,
        expected:
          near === undefined ? 'the name of an image' : `the name of an image (the nearest is "${near}")`,
        fix: 'correct the line, or add the image',
      });
    }
    if (stems.has(stem)) repeated.push(stem);
    stems.add(stem);
  }
  if (stems.size === 0) warnings.push(`${path} is an empty list`);
  if (repeated.length > 0) {
    warnings.push(`${counted(repeated.length, 'line')} repeated in ${path} and ignored: ${some(repeated)}`);
  }
  return [...stems];
}

function noImages(dir: string, exists: boolean): UserError {
  return new UserError({
    what: dir,
    got: exists ? 'a folder without images' : 'no such folder',
    expected: `a folder with images (${endings})`,
    fix: 'a data folder holds images/, masks/ with the same file names, and optionally train.txt, val.txt, test.txt',
  });
}

function unreadable(path: string, error: unknown): UserError {
  return new UserError({
    what: path,
    got: error instanceof Error ? error.message : String(error),
    expected: 'a folder or list that can be read',
    fix: 'check what it is and who may read it',
  });
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun} is` : `${count} ${noun}s are`;
}

function some(stems: readonly string[], most = 5): string {
  return stems.slice(0, most).join(', ') + (stems.length > most ? ', ...' : '');
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
