import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type FolderSource, folderSource } from '../../annotations/folder-source.node.ts';
import type { Format, FormatName } from '../../annotations/format.ts';
import { FORMATS, formatsIn, type Recognised, severalFormats } from '../../annotations/formats.ts';
import { plural, some } from '../../annotations/words.ts';
import { UserError } from '../../core/errors.ts';
import { isImage } from '../../core/image-endings.ts';
import { imageSize } from '../decode/size.node.ts';
import { type AnnotatedFolder, type AnnotatedOptions, readAnnotatedFolder } from './annotated-folder.node.ts';
import { kindOf, type PassedOver } from './image-files.node.ts';

/** What settings say of a data folder's format. */
export interface FormatOptions extends AnnotatedOptions {
  /** `auto`: what is there. */
  readonly dataFormat?: FormatName | 'auto';
}

/** What was read, and of which files, as they were then. */
interface Known {
  readonly files: readonly string[];
  readonly stamps: ReadonlyMap<string, string>;
  readonly found: Found | undefined;
}

type Found = AnnotatedFolder & {
  /** The folder that holds annotations and images, where a file of annotations is given, too. */
  readonly root: string;
  readonly passedOver: PassedOver;
};

/** Annotations are read once in a process, as long as no file changes. */
const known = new Map<string, Known>();

/** Most folders that are remembered. */
const MOST_KNOWN = 4;

/**
 * What annotations say of a folder; undefined of one of images and mask files.
 *
 * @throws UserError for annotations that cannot be read, and where there are masks or annotations of several formats
 */
export async function annotationsAt(
  root: string,
  { dataFormat = 'auto', unmarked }: FormatOptions,
): Promise<Found | undefined> {
  if (dataFormat === 'folder') return undefined;
  const entry = await stat(root).catch(() => undefined);
  if (!entry) return undefined;
  const source = await folderSource(root, { sizeOf: imageSize });
  const key = JSON.stringify([resolve(root), dataFormat, unmarked]);
  const before = known.get(key);
  if (before && sameFiles(before.files, source.files) && (await unchanged(before.stamps)))
    return before.found;
  const format = dataFormat === 'auto' ? await formatAt(source) : FORMATS[dataFormat];
  const read = format && (await readAnnotatedFolder(source, format, { unmarked }));
  const found = read && { ...read, root: source.root, passedOver: passedOver(source, read) };
  known.delete(key);
  known.set(key, { files: source.files, stamps: await stampsOf(source.read), found });
  for (const oldest of [...known.keys()].slice(0, -MOST_KNOWN)) known.delete(oldest);
  return found;
}

const hasMasks = ({ files, only }: FolderSource) =>
  only === undefined &&
  files.some((path) => path.startsWith('images/') && isImage(path)) &&
  files.find((path) => /^(masks|labels)\//.test(path) && isImage(path));

/** @returns undefined if nothing but images and masks is there */
async function formatAt(source: FolderSource): Promise<Format | undefined> {
  const mask = hasMasks(source);
  const found = await recognised(source, Boolean(mask));
  if (found.length === 0) return undefined;
  const all = mask ? [{ format: FORMATS.folder, what: mask }, ...found] : found;
  if (all.length > 1) throw severalFormats(source, all, '--data-format');
  return all[0].format;
}

/** Beside masks a file that cannot be read is no annotation. */
async function recognised(source: FolderSource, masks: boolean): Promise<Recognised[]> {
  try {
    return (await formatsIn(source)).filter(({ format }) => format !== FORMATS.folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (masks) return [];
    const { fix = 'restore it', ...complaint } = error.complaint;
    throw new UserError({ ...complaint, fix: `${fix}; if it is no annotation, pass --data-format folder` });
  }
}

/** Most files that are named. */
const MOST_NAMED = 3;

/** What is told of a folder without masks, if files in it may be annotations that nothing could read. */
export async function unknownAnnotations(root: string): Promise<string[]> {
  const { files } = await folderSource(root, { sizeOf: imageSize });
  const unknown = files.filter(
    (path) => /\.(geo)?json$|\.xml$|\.ya?ml$/i.test(path) && !/^classes\.ya?ml$/i.test(path),
  );
  const texts = files.filter((path) => /(^|\/)labels\/.*\.txt$/i.test(path));
  return [
    ...(unknown.length > 0
      ? [
          `no masks; ${plural(unknown.length, '{file that may be annotations is|files that may be annotations are} of no known format')}: ${some(unknown, MOST_NAMED)}`,
        ]
      : []),
    ...(texts.length > 0
      ? [
          `no masks; the text files in labels/, such as ${texts[0]}, are read as YOLO if a data.yaml in ${root} has "names" and "train"`,
        ]
      : []),
  ];
}

/** Files beside the images that are no images, and were not read. */
function passedOver({ files, read, root }: FolderSource, { samples }: AnnotatedFolder): PassedOver {
  const counts: Record<string, number> = {};
  const folders = new Set(samples.map(({ image }) => dirname(image)));
  for (const path of files.map((file) => join(root, file))) {
    if (isImage(path) || read.has(path) || !folders.has(dirname(path))) continue;
    counts[kindOf(path)] = (counts[kindOf(path)] ?? 0) + 1;
  }
  return counts;
}

const sameFiles = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((path, i) => path === b[i]);

async function unchanged(stamps: ReadonlyMap<string, string>): Promise<boolean> {
  const now = await stampsOf(stamps.keys());
  return [...stamps].every(([path, stamp]) => now.get(path) === stamp);
}

/** When each file was changed last, and its length. */
async function stampsOf(paths: Iterable<string>): Promise<Map<string, string>> {
  const each = async (path: string): Promise<[string, string]> => {
    const entry = await stat(path).catch(() => undefined);
    return [path, `${entry?.mtimeMs} ${entry?.size}`];
  };
  return new Map(await Promise.all(Array.from(paths, each)));
}
