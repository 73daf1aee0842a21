import { join } from 'node:path';
import {
  type AnnotatedImage,
  type AnnotatedSet,
  type SetClass,
  UNKNOWN_LABEL,
} from '../../annotations/annotated-set.ts';
import { within } from '../../annotations/bitmap.ts';
import type { FolderSource } from '../../annotations/folder-source.node.ts';
import type { Format } from '../../annotations/format.ts';
import { packObjects } from '../../annotations/packed.ts';
import { plainlyNamed } from '../../annotations/plain-names.ts';
import { boundsOf } from '../../annotations/rasterise.ts';
import { settle } from '../../annotations/settle.ts';
import { folderOf, stemOf } from '../../annotations/source.ts';
import { plural } from '../../annotations/words.ts';
import { UserError } from '../../core/errors.ts';
import { isImage } from '../../core/image-endings.ts';
import { plainName } from '../masks/labelling.ts';
import type { MarkedObjects } from './mask-source.ts';
import type { Sample } from './sample.ts';

/** What annotations say of all their images. */
export interface Annotations {
  /** The name of the format. */
  readonly format: Format['name'];
  /** For messages. */
  readonly title: string;
  /** By number. */
  readonly classes: readonly SetClass[];
  /** The labels of all objects. */
  readonly labels: ReadonlySet<string>;
  /** Whether objects of different classes may lie over each other: their boxes do. */
  readonly overlapping: boolean;
}

/** What an annotated folder holds. */
export interface AnnotatedFolder {
  readonly annotations: Annotations;
  readonly samples: readonly Sample[];
  /** The stems of images by the part of the data that they belong to. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  readonly warnings: readonly string[];
}

/** How images without objects are meant where a format cannot tell. */
export interface AnnotatedOptions {
  /** `plain`: nobody has looked at them; `background`: there is nothing in them. */
  readonly unmarked?: 'plain' | 'background';
}

/**
 * Reads the annotated images of a folder; images that are not annotated, but lie beside annotated ones, are plain. They are called
 * as `convert` calls them.
 *
 * @throws UserError for annotations that cannot be read, and if there is no image of them
 */
export async function readAnnotatedFolder(
  source: FolderSource,
  format: Format,
  { unmarked = 'plain' }: AnnotatedOptions,
): Promise<AnnotatedFolder> {
  const { classes, images: listed, notes } = plainlyCalled(await settle(await format.read(source), source));
  const found = listed.filter(({ path }) => path !== undefined);
  const told = listed.filter(isTold);
  if (found.length === 0 || (told.length > 0 && !found.some(isTold)))
    throw noImages(source, format, told, notes);
  const named = plainlyNamed([...beside(found), ...unlisted(found, source)]);
  const numbers = new Map(classes.map(({ name, number }) => [name, number]));
  let bare = 0;
  const samples = named.images.map((image): Sample => {
    const sample = { stem: stemOf(image.file).normalize('NFC'), image: join(source.root, image.path!) };
    if (!image.objects) return sample;
    if (image.objects.length === 0 && !format.holds.unseen && unmarked === 'plain') {
      bare++;
      return sample;
    }
    return { ...sample, mask: markedIn(image, numbers, format, source) };
  });
  return {
    annotations: {
      ...{ format: format.name, title: format.title, classes },
      labels: new Set(found.flatMap(({ objects = [] }) => objects.map(({ label }) => label))),
      overlapping: found.some(overlaps),
    },
    samples: samples.sort((a, b) => (a.stem < b.stem ? -1 : 1)),
    parts: partsOf(named.images),
    warnings: [
      ...notes.map((note) => `${format.title}: ${note}`),
      ...named.notes,
      ...(bare > 0 ? [bareText(bare, format)] : []),
    ],
  };
}

/** A set in which the background is called so. */
function plainlyCalled({ classes, images, ...rest }: AnnotatedSet): AnnotatedSet {
  const called = <Named extends { readonly label: string }>(each: Named) => ({
    ...each,
    label: plainName(each.label),
  });
  return {
    ...rest,
    classes: classes.map((each) => ({ ...each, name: plainName(each.name) })),
    images: images.map((image) => (image.objects ? { ...image, objects: image.objects.map(called) } : image)),
  };
}

const bareText = (count: number, { title }: Format) =>
  `${plural(count, '{image has|images have}')} no object, and ${title} does not tell whether anyone has looked at ${count === 1 ? 'it: it is a plain image' : 'them: they are plain images'}; if there is nothing to find, pass --unmarked background`;

/** Whether annotations tell of an image, and it does not just lie there. */
const isTold = ({ objects, split, teller }: AnnotatedImage) =>
  objects !== undefined || split !== undefined || teller !== undefined;

/** Without those that nobody has annotated and that lie elsewhere: a folder may hold other pictures, such as those of a run. */
function beside(images: readonly AnnotatedImage[]): AnnotatedImage[] {
  const folders = foldersOf(images.filter(isTold));
  return images.filter((image) => isTold(image) || folders.has(folderOf(image.path!)));
}

/** Images that lie in the folders of annotated ones, and that the annotations do not know. */
function unlisted(images: readonly AnnotatedImage[], { files }: FolderSource): AnnotatedImage[] {
  const folders = foldersOf(images.filter(isTold));
  const known = new Set(images.map(({ path }) => path));
  return files
    .filter((path) => isImage(path) && folders.has(folderOf(path)) && !known.has(path))
    .map((path) => ({ file: path, path }));
}

const foldersOf = (images: readonly AnnotatedImage[]) => new Set(images.map(({ path }) => folderOf(path!)));

function markedIn(
  { objects = [], size, path }: AnnotatedImage,
  numbers: ReadonlyMap<string, number>,
  { title }: Format,
  { name }: FolderSource,
): MarkedObjects {
  const packed = packObjects(objects);
  const own = packed.labels.flatMap((label) => {
    const number = numbers.get(label);
    return number === undefined ? [] : [[label, number] as const];
  });
  return {
    ...size!,
    place: `${title} of ${join(name, path!)}`,
    objects: packed,
    numbers: Object.fromEntries(own),
  };
}

/** Whether boxes of objects of different classes meet. */
function overlaps({ objects = [] }: AnnotatedImage): boolean {
  if (new Set(objects.map(({ label }) => label)).size < 2) return false;
  const boxes = objects
    .filter(({ label }) => label !== UNKNOWN_LABEL)
    .map(({ label, shape }) => ({ label, box: boundsOf(shape) }));
  return boxes.some(({ label, box }, i) =>
    boxes.slice(0, i).some((other) => {
      if (other.label === label) return false;
      const { left, top } = other.box;
      const shared = within({ ...box, left: box.left - left, top: box.top - top }, other.box);
      return shared.width > 0 && shared.height > 0;
    }),
  );
}

function partsOf(images: readonly AnnotatedImage[]): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  for (const { split, file } of images) {
    if (split === undefined) continue;
    parts.set(split, [...(parts.get(split) ?? []), stemOf(file).normalize('NFC')]);
  }
  return parts;
}

function noImages(
  { name }: FolderSource,
  { title, name: format }: Format,
  listed: readonly AnnotatedImage[],
  notes: readonly string[],
) {
  const [more] = notes.filter((note) => note.includes('"imageData"'));
  return new UserError({
    what: name,
    got:
      listed.length > 0
        ? `${title} of ${plural(listed.length, '{image, which is not|images, none of which is} there')}${more ? ` (${more})` : ''}`
        : `no image in ${title}`,
    expected: `images with annotations of the format ${format}`,
    fix: listed.length > 0 ? `put them there, such as ${listed[0].file}` : 'check the path, or --data-format',
  });
}
