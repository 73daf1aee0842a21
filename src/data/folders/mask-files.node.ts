import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { type ImageFiles, imageFiles, type PassedOver, some, together } from './image-files.node.ts';
import type { MaskSource } from './mask-source.ts';

/** The masks of a folder by the stems of their images. */
export interface Masks {
  readonly masks: ReadonlyMap<string, MaskSource>;
  /** Where each class has a folder of masks, their names. */
  readonly classFolders?: readonly string[];
  readonly passedOver: PassedOver;
  readonly warnings: readonly string[];
}

/** Folders that may hold masks. */
export const MASK_FOLDERS = ['masks', 'labels'];

/**
 * The masks of a data folder. A sub-folder of `masks/` is that of a class, unless `images/` has one of that name, too.
 *
 * @param images what masks belong to, without those that are masks themselves
 * @param suffix what names of masks have at their end, after the stem of their image: others are not used
 * @throws UserError if there are masks in two places
 */
export async function masksOf(root: string, images: ImageFiles, suffix = ''): Promise<Masks> {
  const found: {
    readonly dir: string;
    readonly own: Map<string, MaskSource>;
    readonly classFolders?: string[];
  }[] = [];
  const passedOver: PassedOver[] = [];
  const warnings: string[] = [];
  const folders = new Set(
    [...images.byStem.keys()].flatMap((stem) => (stem.includes('/') ? [topOf(stem)] : [])),
  );
  for (const name of MASK_FOLDERS) {
    const dir = join(root, name);
    const all = await imageFiles(dir, { below: true });
    if (!all) continue;
    passedOver.push(all.passedOver);
    const { kept, others } = withoutSuffix(all.byStem, suffix);
    if (others.length > 0)
      warnings.push(
        `${others.length} of ${all.byStem.size} files in ${name}/ do not end in ${suffix} and are not used: ${some(others)}`,
      );
    const ofClass = (stem: string) => stem.includes('/') && !folders.has(topOf(stem));
    const [own, inClasses] = [false, true].map((is) => [...kept].filter(([stem]) => ofClass(stem) === is));
    if (own.length > 0) found.push({ dir, own: new Map(own) });
    if (inClasses.length > 0) found.push({ dir: `${dir}/${topOf(inClasses[0][0])}/`, ...byClass(inClasses) });
  }
  if (found.length > 1)
    throw twoPlaces(
      root,
      found.map(({ dir }) => dir),
    );
  const [{ own: masks, classFolders } = { own: new Map() }] = found;
  return { masks, ...(classFolders && { classFolders }), passedOver: together(passedOver), warnings };
}

const topOf = (stem: string) => stem.slice(0, stem.indexOf('/'));

/** Names without what they have at their end, and the names of those that have not. */
export function withoutSuffix(files: ReadonlyMap<string, string>, suffix: string) {
  const kept = new Map<string, string>();
  const others: string[] = [];
  for (const [stem, path] of files) {
    if (stem.endsWith(suffix) && stem.length > suffix.length)
      kept.set(stem.slice(0, stem.length - suffix.length), path);
    else others.push(stem);
  }
  return { kept, others };
}

/** A folder of masks for each class. */
function byClass(files: readonly (readonly [stem: string, path: string])[]) {
  const masks = new Map<string, Record<string, string>>();
  for (const [stem, path] of files) {
    const name = topOf(stem);
    const rest = stem.slice(name.length + 1);
    masks.set(rest, { ...masks.get(rest), [name]: path });
  }
  const own = new Map<string, MaskSource>([...masks].map(([stem, of]) => [stem, { files: of }]));
  return { own, classFolders: [...new Set(files.map(([stem]) => topOf(stem)))].sort() };
}

/** So large a part of the masks has to find its image for a suffix to be proposed. */
const NEARLY_ALL = 0.9;

/** The same of all images, where masks lie among them: half of these are masks. */
const NEARLY_HALF = 0.45;

/** So many masks are looked at to find what may be their suffix. */
const LOOKED_AT = 20;

/** What nearly all masks have at the end of their names after the stem of an image, if more find theirs by it than now. */
export function suffixOf(masks: readonly string[], images: ReadonlySet<string>): string | undefined {
  const now = masks.filter((mask) => images.has(mask)).length;
  return commonSuffix(masks, images, Math.max(now + 1, NEARLY_ALL * masks.length));
}

/** What nearly half of the images have at the end of their names after the name of another: they may be the masks of these. */
export function suffixAmong(images: ReadonlySet<string>): string | undefined {
  return commonSuffix([...images], images, Math.max(2, NEARLY_HALF * images.size));
}

/** What all names begin with; digits may count the images. */
function commonStart(names: readonly string[]): string {
  const [first = ''] = names;
  let length = first.length;
  for (const name of names) while (!name.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length).replace(/\d+$/, '');
}

/** What masks begin with where their images begin with something else, if nearly all of them differ by that alone. */
export function otherStart(
  masks: readonly string[],
  images: ReadonlySet<string>,
): { readonly masks: string; readonly images: string } | undefined {
  const [ofMasks, ofImages] = [commonStart(masks), commonStart([...images])];
  if (ofMasks === ofImages) return undefined;
  const paired = masks.filter((mask) => images.has(ofImages + mask.slice(ofMasks.length)));
  return paired.length >= Math.max(2, NEARLY_ALL * masks.length)
    ? { masks: ofMasks, images: ofImages }
    : undefined;
}

/** @param least how many masks have to find their image by it */
function commonSuffix(
  masks: readonly string[],
  images: ReadonlySet<string>,
  least: number,
): string | undefined {
  const step = Math.max(1, Math.floor(masks.length / LOOKED_AT));
  const candidates = new Set<string>();
  for (const mask of masks.filter((_, i) => i % step === 0)) {
    for (let end = mask.length - 1; end > 0; end--)
      if (images.has(mask.slice(0, end))) candidates.add(mask.slice(end));
  }
  const paired = (suffix: string) =>
    masks.filter((mask) => mask.endsWith(suffix) && images.has(mask.slice(0, mask.length - suffix.length)));
  return [...candidates].find((suffix) => paired(suffix).length >= least);
}

function twoPlaces(root: string, places: readonly string[]): UserError {
  return new UserError({
    what: root,
    got: `masks in ${places.join(' and ')}`,
    expected: 'masks in one place',
    fix: 'take the others away',
  });
}
