import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { IMAGE_ENDINGS } from '../../core/image-endings.ts';
import { type ClassList, classesOfFolder } from '../masks/classes-file.node.ts';
import type { Annotations } from './annotated-folder.node.ts';
import { annotationsAt, type FormatOptions, unknownAnnotations } from './annotations-at.node.ts';
import {
  type ImageFiles,
  imageFiles,
  imagePaths,
  type PassedOver,
  some,
  together,
} from './image-files.node.ts';
import { type ListName, type Lists, listNames, readLists } from './lists.node.ts';
import {
  MASK_FOLDERS,
  type Masks,
  masksOf,
  otherStart,
  suffixAmong,
  suffixOf,
  withoutSuffix,
} from './mask-files.node.ts';
import type { MaskSource } from './mask-source.ts';
import { stemsByName, withPages } from './pages.node.ts';
import type { Pages } from './pages.ts';
import type { Sample } from './sample.ts';

export { stemOf } from './image-files.node.ts';
export type { ListName } from './lists.node.ts';
export { listNames } from './lists.node.ts';
export type { Sample } from './sample.ts';

/** What a data folder holds. */
export interface DataFolder {
  readonly root: string;
  /** Sorted by stem. */
  readonly samples: readonly Sample[];
  /** The stems of `train.txt`, `val.txt` and `test.txt` in file order, each of them the stem of a sample. */
  readonly lists: Lists;
  /** Where masks are objects of annotations, what these say of all images. */
  readonly annotations?: Annotations;
  /** Where each class has a folder of masks, their names. */
  readonly classFolders?: readonly string[];
  /** What its list of classes says. */
  readonly classes?: ClassList;
  /** Masks that have no image. */
  readonly orphans?: number;
  /** Files that are neither images nor read. */
  readonly passedOver?: PassedOver;
  /** What would pair images and masks that do not. */
  readonly fix?: string;
  /** What is odd about it. Images without masks are not: they are what pretraining is for. */
  readonly warnings: readonly string[];
}

/** How the settings say what a data folder holds. */
export interface FolderOptions extends FormatOptions {
  /** What names of masks have at their end, after the stem of their image. */
  readonly maskSuffix?: string;
  /** Which pages of files are images; default the first. */
  readonly pages?: Pages;
}

/**
 * Reads a data folder: `images/`, `masks/` or `labels/` (same stems; or in it a folder of masks for each class), and optionally
 * `train.txt`, `val.txt`, `test.txt` with one stem a line, and `classes.yaml` or `classes.txt`; or images with annotations of
 * another format.
 *
 * @throws UserError if there are no images, files that differ in their endings only, a list that names an unknown stem, classes or
 *   annotations that cannot be read, or annotations of several formats
 */
export async function readDataFolder(root: string, options: FolderOptions = {}): Promise<DataFolder> {
  const annotated = await annotationsAt(root, options);
  return annotated ? ofAnnotations(annotated, options.pages) : ofMaskFiles(root, options);
}

type Annotated = NonNullable<Awaited<ReturnType<typeof annotationsAt>>>;

async function ofAnnotations(
  { root, annotations, samples: found, parts, passedOver, warnings: odd }: Annotated,
  pages: Pages | undefined,
): Promise<DataFolder> {
  const warnings = [...odd];
  const samples = await withPages(found, pages);
  const lists =
    parts.size > 0 ? listsOf(parts, samples) : await readLists(root, stemsByName(samples), warnings);
  const others = [...parts].filter(([name]) => !listNames.some((known) => known === name));
  for (const [name, { length }] of Object.keys(lists).length > 0 ? others : [])
    warnings.push(`${length} images of the part "${name}" are in none of ${listNames.join(', ')}`);
  return { root, samples, lists, annotations, passedOver, warnings };
}

/** The parts that a format tells; none if all images with masks are of one part, as in the only file of a set. */
function listsOf(parts: Annotated['parts'], samples: readonly Sample[]): Lists {
  const known = listNames.filter((name) => parts.has(name));
  const stemsOf = stemsByName(samples);
  const stemsIn = (name: ListName) => (parts.get(name) ?? []).flatMap((stem) => stemsOf.get(stem) ?? []);
  const [only] = known;
  if (known.length < 2) {
    const own = new Set(only && stemsIn(only));
    if (samples.every(({ stem, mask }) => mask === undefined || own.has(stem))) return {};
  }
  return Object.fromEntries(known.map((name): [ListName, readonly string[]] => [name, stemsIn(name)]));
}

async function ofMaskFiles(
  root: string,
  { maskSuffix: suffix, dataFormat, pages }: FolderOptions,
): Promise<DataFolder> {
  const all = await imageFiles(join(root, 'images'), { below: true });
  if (all === undefined || all.byStem.size === 0) throw noImages(join(root, 'images'), all !== undefined);
  const { images, among } = masksAmong(all, suffix);
  const found = await masksOf(root, images, suffix);
  const masks = among.size > 0 && found.masks.size === 0 ? among : found.masks;
  const samples = await withPages(samplesOf(images.byStem, masks), pages, masks);
  const names = stemsByName(samples);
  const stems = new Set(names.keys());
  const warnings: string[] = [...found.warnings];
  if (masks.size === 0 && dataFormat !== 'folder') warnings.push(...(await unknownAnnotations(root)));
  const orphans = [...masks.keys()].filter((stem) => !stems.has(stem));
  const fix = suffix === undefined ? proposal(masks, stems) : undefined;
  if (orphans.length > 0) {
    warnings.push(
      `${orphans.length} of ${masks.size} masks have no image and are not used: ${some(orphans)}${fix ? `; ${fix}` : ''}`,
    );
  } else if (fix) warnings.push(`images/ seems to hold masks, too, as names say; ${fix}`);
  const lists = await readLists(root, names, warnings);
  const classes = await classesOfFolder(root);
  return {
    root,
    samples,
    lists,
    warnings,
    orphans: orphans.length,
    passedOver: together([images.passedOver, found.passedOver]),
    ...(fix && { fix }),
    ...(found.classFolders && { classFolders: found.classFolders }),
    ...(classes && { classes }),
  };
}

/** Masks that lie beside their images, known by their suffix. */
function masksAmong(
  all: ImageFiles,
  suffix: string | undefined,
): { images: ImageFiles; among: Map<string, MaskSource> } {
  if (suffix === undefined) return { images: all, among: new Map() };
  const { kept } = withoutSuffix(all.byStem, suffix);
  const among = new Map<string, MaskSource>([...kept].filter(([stem]) => all.byStem.has(stem)));
  const paths = new Set<MaskSource>(among.values());
  const byStem = new Map([...all.byStem].filter(([, path]) => !paths.has(path)));
  return { images: { ...all, byStem }, among };
}

/** What would pair nearly all masks with images, where they do not pair as they are: a flag, or other names. */
function proposal(masks: Masks['masks'], stems: ReadonlySet<string>): string | undefined {
  const suffix = masks.size > 0 ? suffixOf([...masks.keys()], stems) : suffixAmong(stems);
  if (suffix !== undefined) return `pass --mask-suffix ${suffix}`;
  const paired = [...masks.keys()].some((stem) => stems.has(stem));
  const other = paired ? undefined : otherStart([...masks.keys()], stems);
  return other && `rename the masks: they begin with "${other.masks}", their images with "${other.images}"`;
}

/**
 * A data folder, or a folder of plain images.
 *
 * @throws UserError as `readDataFolder` and `readImageFolder` do
 */
export async function readEitherFolder(root: string, options: FolderOptions = {}): Promise<DataFolder> {
  const annotated = await annotationsAt(root, options);
  if (annotated) return ofAnnotations(annotated, options.pages);
  const inside = await stat(join(root, 'images')).catch(() => undefined);
  if (inside?.isDirectory()) return ofMaskFiles(root, options);
  return { root, ...(await plainFolder(root, options.pages)), lists: {}, warnings: [] };
}

/** The images of a data folder with their masks; its lists are not read. */
export async function readSamples(root: string, options: FolderOptions = {}): Promise<readonly Sample[]> {
  const annotated = await annotationsAt(root, options);
  if (annotated) return withPages(annotated.samples, options.pages);
  const all = (await imageFiles(join(root, 'images'), { below: true })) ?? {
    byStem: new Map(),
    passedOver: {},
  };
  const { images, among } = masksAmong(all, options.maskSuffix);
  const found = await masksOf(root, images, options.maskSuffix);
  const masks = found.masks.size > 0 ? found.masks : among;
  return withPages(samplesOf(images.byStem, masks), options.pages, masks);
}

/**
 * The images of a plain folder and its sub-folders, or of its `images/` alone if it holds none beside them; sorted by stem, no masks.
 *
 * @throws UserError if there are none, or two that differ in their endings only
 */
export async function readImageFolder(dir: string, pages?: Pages): Promise<readonly Sample[]> {
  return (await plainFolder(dir, pages)).samples;
}

async function plainFolder(
  dir: string,
  pages: Pages | undefined,
): Promise<{ samples: readonly Sample[]; passedOver: PassedOver }> {
  const own = await imagePaths(dir, { below: false });
  const inner = own && (await imageFiles(join(dir, 'images'), { below: true }));
  const isData = own?.paths.length === 0 && inner !== undefined && inner.byStem.size > 0;
  const found = isData ? inner : await imageFiles(dir, { below: true, except: isBeside });
  if (found === undefined || found.byStem.size === 0) throw noImages(dir, own !== undefined);
  return plainImages(found, pages);
}

/** Whether a sub-folder is one of masks, or of other images than those that lie beside it. */
const isBeside = (path: string) => path === 'images' || MASK_FOLDERS.includes(path.split('/').at(-1)!);

const plainImages = async ({ byStem, passedOver }: ImageFiles, pages: Pages | undefined) => ({
  samples: await withPages(samplesOf(byStem, new Map()), pages),
  passedOver,
});

function samplesOf(images: ReadonlyMap<string, string>, masks: Masks['masks']): Sample[] {
  return [...images.keys()].sort().map((stem) => {
    const mask = masks.get(stem);
    return { stem, image: images.get(stem)!, ...(mask === undefined ? {} : { mask }) };
  });
}

function noImages(dir: string, exists: boolean): UserError {
  return new UserError({
    what: dir,
    got: exists ? 'a folder without images' : 'no such folder',
    expected: `a folder with images (${IMAGE_ENDINGS}), or annotations of a known format`,
    fix: 'a data folder holds images/, masks/ with the same file names, and optionally train.txt, val.txt, test.txt',
  });
}
