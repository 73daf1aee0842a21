import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { eachOf } from '../core/each.ts';
import { UserError } from '../core/errors.ts';
import { sha256, writeTogether, writeWhole } from '../core/files.node.ts';
import { expectInside } from '../core/place.node.ts';
import type { Size } from '../core/size.ts';
import { contentOf, hashOf } from '../data/decode/content.node.ts';
import { placeOf } from '../data/decode/page.ts';
import { imageSize } from '../data/decode/size.node.ts';
import { type MaskFiles, type MaskSource, maskPaths } from '../data/folders/mask-source.ts';
import type { Sample } from '../data/folders/sample.ts';
import { hashOfObjects } from '../data/masks/drawn-mask.node.ts';
import { type Labelling, type LabelMap, ONE_OBJECT, planesOf, UNKNOWN } from '../data/masks/labelling.ts';
import type { RawMask } from '../data/masks/raw-mask.ts';
import { readMask } from '../data/masks/read-mask.node.ts';
import { readRawMask } from '../data/masks/read-raw-mask.node.ts';
import { MOST_MASK_BYTES, MOST_PIXELS, NO_MASK } from './api.ts';
import type { Dataset } from './dataset.node.ts';
import { maskBytes } from './mask-bytes.node.ts';

/** A mask as it is edited. */
export interface EditedMask extends LabelMap {
  /** Changes whenever the mask's files do. */
  readonly version: string;
}

/**
 * The mask of an image, at the image's size, as its files are now; where there is none yet, nothing is marked.
 *
 * @throws UserError for files that cannot be read, or lie outside of the folder, and for more pixels than can be saved
 */
export async function readEdited(dataset: Dataset, sample: Sample): Promise<EditedMask> {
  const { labelling } = dataset;
  const { width, height } = await imageSize(sample.image);
  expectPaintable({ width, height }, labelling, sample.stem);
  const place = placeOfMask(dataset, sample);
  const version = await versionOf(place);
  if (version === NO_MASK) {
    const planes = planesOf(labelling);
    return { width, height, planes, data: new Uint8Array(planes * width * height), version };
  }
  const mask = await readMask({ image: sample.image, mask: thereOf(place) }, labelling);
  return { ...mask.at({ width, height }), version };
}

/** What came of saving. */
export type Saved =
  | { readonly version: string }
  /** Somebody else has changed the mask: what was to be saved lies beside it. */
  | { readonly conflict: true; readonly kept: string };

/** Where masks are kept that were not saved, as another version was there. */
const KEPT = 'not-saved';

/**
 * Saves the labels of an image as the mask files that its folder has: whole or not at all, and never over files that have changed since they
 * were read.
 *
 * @param labels bytes [planes, height, width] of the image's size
 * @param version that was read before
 * @throws UserError for labels that are not in the labelling, or of another size, and for files that cannot hold them
 */
export function saveEdited(
  dataset: Dataset,
  sample: Sample,
  labels: Uint8Array,
  version: string,
): Promise<Saved> {
  // One at a time: what was compared is still so when it is written.
  return dataset.saves.add(() => save(dataset, dataset.sample(sample.stem) ?? sample, labels, version));
}

async function save(dataset: Dataset, sample: Sample, labels: Uint8Array, version: string): Promise<Saved> {
  const { labelling } = dataset;
  const size = await imageSize(sample.image);
  expectLabels(labels, size, labelling, sample.stem);
  const place = placeOfMask(dataset, sample);
  const files = await filesOf(dataset, place, labels, size);
  const there = await versionOf(place);
  if (there !== version) {
    // The answer to an earlier save was lost, or somebody else has painted the same.
    if (there !== NO_MASK && (await isThere(dataset, sample, labels))) return { version: there };
    const stamp = new Date().toISOString().replaceAll(':', '-');
    const kept = await Promise.all(
      files.map(async ({ path, name, content }) => {
        const ofClass = name === undefined ? '' : `-${name}`;
        const beside = join(dataset.root, KEPT, `${sample.stem}-${stamp}${ofClass}${extname(path)}`);
        await writeWhole(beside, content);
        return beside;
      }),
    );
    return { conflict: true, kept: kept[0] };
  }
  await writeTogether(files);
  dataset.masked(sample.stem, place);
  return { version: await versionOf(place) };
}

/** Whether the files on the disk say the same labels already. */
async function isThere(dataset: Dataset, sample: Sample, labels: Uint8Array): Promise<boolean> {
  const found = await readEdited(dataset, sample).catch(() => undefined);
  return found !== undefined && Buffer.compare(found.data, labels) === 0;
}

/**
 * Where the mask of an image is written, and so is read: in the files of the listing, or where new ones lie, whether the listing knows of
 * them or not. What cannot be changed is where it was read.
 *
 * @throws UserError for files outside of the folder
 */
function placeOfMask(dataset: Dataset, { stem, mask }: Sample): MaskSource {
  const { classFolders } = dataset;
  if (dataset.whyReadOnly({ mask })) return mask ?? { files: {} };
  const own = filesByClass(mask);
  const ofClass = (name: string) => [name, own[name] ?? dataset.placeOfNew(stem, name)] as const;
  const place = classFolders
    ? { files: Object.fromEntries(classFolders.map(ofClass)) }
    : (mask ?? dataset.placeOfNew(stem));
  for (const path of maskPaths(place)) expectInside(path, dataset.root);
  return place;
}

/** The files of a mask that has one for each class; of others none. */
const filesByClass = (mask: MaskSource | undefined): MaskFiles['files'] =>
  mask !== undefined && typeof mask !== 'string' && 'files' in mask ? mask.files : {};

/** Of the files of a mask those that there are. */
function thereOf(place: MaskSource): MaskSource {
  if (typeof place === 'string' || !('files' in place)) return place;
  const there = Object.entries(place.files).filter(([, path]) => existsSync(placeOf(path).file));
  return { files: Object.fromEntries(there) };
}

/** Of the files as they are on the disk now: the hash that a run's records have of the mask, or `NO_MASK`. */
export async function versionOf(mask: MaskSource | undefined): Promise<string> {
  if (mask !== undefined && typeof mask !== 'string' && !('files' in mask)) return hashOfObjects(mask);
  const hashes = await eachOf(maskPaths(mask), 4, async (path) => {
    const content = await contentOf(path).catch(() => undefined);
    return content === undefined ? NO_MASK : hashOf(content);
  });
  if (hashes.every((hash) => hash === NO_MASK)) return NO_MASK;
  return hashes.length === 1 ? hashes[0] : sha256(Buffer.from(hashes.join()));
}

function expectPaintable({ width, height }: Size, labelling: Labelling, stem: string): void {
  const planes = planesOf(labelling);
  const most = Math.min(MOST_PIXELS, Math.floor(MOST_MASK_BYTES / planes));
  if (width * height <= most) return;
  throw new UserError({
    what: `mask of ${stem}`,
    got: `${width} x ${height} pixels${planes > 1 ? ` of ${planes} classes that may overlap` : ''}`,
    expected: `${most} pixels at most`,
    fix: 'cut the image into parts, or paint it with a tool for large images (docs/formats.md)',
  });
}

function expectLabels(labels: Uint8Array, { width, height }: Size, labelling: Labelling, stem: string): void {
  const { classes, ignore, multilabel } = labelling;
  const expected = planesOf(labelling) * width * height;
  if (labels.length !== expected) {
    throw new UserError({
      what: `mask of ${stem}`,
      got: `${labels.length} labels`,
      expected: `${expected}: ${planesOf(labelling)} x ${width} x ${height}`,
    });
  }
  const most = multilabel ? 1 : classes.length - 1;
  const wrong = labels.find((label) => label > most && !(label === UNKNOWN && ignore.length > 0));
  if (wrong === undefined) return;
  throw new UserError({ what: `mask of ${stem}`, got: `the label ${wrong}`, expected: `0 to ${most}` });
}

/** Of a file that tells of one class alone. */
const ONE_CLASS = { multilabel: false, classes: ONE_OBJECT.classes } as const;

interface WrittenFile {
  readonly path: string;
  readonly content: Uint8Array;
  /** The class that the file is of, where each has one. */
  readonly name?: string;
}

/** The files that hold the labels. */
async function filesOf(
  { labelling, objectNumbers, classFolders }: Dataset,
  place: MaskSource,
  labels: Uint8Array,
  size: Size,
): Promise<readonly WrittenFile[]> {
  const contentFor = async (path: string, data: Uint8Array, own: Labelling) => {
    const rule = { labelling: own, objectNumbers, before: await readBefore(path) };
    return maskBytes({ ...size, planes: 1, data }, rule, path);
  };
  if (!classFolders) {
    const [path] = maskPaths(place);
    return [{ path, content: await contentFor(path, labels, labelling) }];
  }
  const area = size.width * size.height;
  return eachOf(classFolders, 1, async (name, k) => {
    const plane = labelling.multilabel
      ? labels.subarray(k * area, (k + 1) * area)
      : labels.map((label) => (label === UNKNOWN ? UNKNOWN : Number(label === k + 1)));
    const path = filesByClass(place)[name];
    return { path, name, content: await contentFor(path, plane, { ...labelling, ...ONE_CLASS }) };
  });
}

/** The values of a mask file that are exact; undefined where there is none that can be read. */
async function readBefore(path: string): Promise<RawMask | undefined> {
  if (!existsSync(path)) return undefined;
  const mask = await contentOf(path)
    .then((content) => readRawMask(content, path))
    .catch(() => undefined);
  return mask?.lossy ? undefined : mask;
}
