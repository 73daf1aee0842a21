import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { copyWhole, refuseExisting, writeWhole } from '../core/files.node.ts';
import type { AnnotatedSet } from './annotated-set.ts';
import { type FolderSource, folderSource, type ImageReaders } from './folder-source.node.ts';
import type { Format, FormatName, WriteOptions } from './format.ts';
import { FORMATS, formatOf } from './formats.ts';
import { lossesOf } from './losses.ts';
import { plainlyNamed } from './plain-names.ts';
import { settle } from './settle.ts';
import type { Source } from './source.ts';

/** What to convert, and how. */
export interface ConvertOptions extends WriteOptions, ImageReaders {
  /** A folder, or a file of annotations with its images around. */
  readonly input: string;
  readonly out: string;
  readonly to: FormatName;
  /** Absent: what is found. */
  readonly from?: FormatName;
  readonly overwrite: boolean;
  /** Reads a folder of mask files, and tells which files it has read; undefined of one that only says itself what is in it. */
  readonly folder: (source: FolderSource) => Promise<FolderSet | undefined>;
  readonly onImage?: (done: number, total: number) => void;
}

/** What mask files say, and their paths. */
export interface FolderSet {
  readonly set: AnnotatedSet;
  readonly files: readonly string[];
}

/** What was converted. */
export interface Conversion {
  readonly from: FormatName;
  readonly to: FormatName;
  readonly out: string;
  readonly images: number;
  /** Of these, those that nobody has annotated. */
  readonly unseen: number;
  readonly objects: number;
  readonly classes: readonly string[];
  /** What was passed over or changed on reading, a line each. */
  readonly notes: readonly string[];
  /** What the new format cannot hold, a line each. */
  readonly losses: readonly string[];
}

/**
 * Reads annotations of one format and writes them in another, with their images, which are copied unless they lie there already.
 *
 * @throws UserError for annotations that cannot be read, a format that is not told by what is there, and files in the way
 */
export async function convert(options: ConvertOptions): Promise<Conversion> {
  const source = await folderSource(options.input, options);
  const from = options.from === undefined ? await formatOf(source) : FORMATS[options.from];
  const to = FORMATS[options.to];
  const ofMasks = from.name === 'folder' ? await options.folder(source) : undefined;
  const read = await settle(ofMasks?.set ?? (await from.read(source)), source, options.onImage);
  const { images, notes } = plainlyNamed(read.images);
  const set = { ...read, images };
  if (images.length === 0) throw nothing(source, from);
  const losses = lossesOf(set, to, options);
  await writeSet(set, to, source, { ...options, read: [...source.read, ...(ofMasks?.files ?? [])] });
  return {
    from: from.name,
    to: to.name,
    out: options.out,
    images: images.length,
    unseen: images.filter(({ objects }) => objects === undefined).length,
    objects: images.reduce((sum, { objects = [] }) => sum + objects.length, 0),
    classes: set.classes.map(({ name }) => name),
    notes: [...set.notes, ...notes],
    losses,
  };
}

/** In a folder that is there, nothing is written before it is known that all can be. */
async function writeSet(
  set: AnnotatedSet,
  format: Format,
  source: FolderSource,
  options: ConvertOptions & { readonly read: readonly string[] },
): Promise<void> {
  const { out, overwrite } = options;
  const inputs = new Set(
    await Promise.all(
      [
        ...options.read,
        ...set.images.flatMap(({ path }) => (path === undefined ? [] : [join(source.root, path)])),
      ].map(real),
    ),
  );
  const refuse = async (path: string) => {
    if (inputs.has(await real(path))) throw inputInTheWay(path);
    if (!overwrite) refuseExisting(path);
  };
  const copies = set.images.flatMap((image) =>
    image.path === undefined
      ? []
      : [{ from: join(source.root, image.path), to: join(out, format.imagePath(image)) }],
  );
  for (const copy of copies) if ((await real(copy.from)) !== (await real(copy.to))) await refuse(copy.to);
  if (existsSync(out)) for (const { path } of format.write(set, options)) await refuse(join(out, path));
  for (const { path, content } of format.write(set, options)) await writeWhole(join(out, path), content);
  for (const copy of copies) {
    if ((await real(copy.from)) === (await real(copy.to))) continue;
    await copyWhole(copy.from, copy.to);
  }
}

/** A path without links, also of a file that is not there yet. */
async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(resolve(path));
    return parent === resolve(path) ? parent : join(await real(parent), resolve(path).slice(parent.length));
  }
}

function inputInTheWay(path: string): UserError {
  return new UserError({
    what: path,
    got: 'a file that is converted, as the place of another',
    expected: 'a place of its own',
    fix: 'choose another folder',
  });
}

function nothing({ name }: Source, { title, name: format }: Format): UserError {
  return new UserError({
    what: name,
    got: `no image in ${title}`,
    expected: `images with annotations, as --from ${format} says`,
    fix: 'check the path',
  });
}
