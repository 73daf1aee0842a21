import { join } from 'node:path';
import { eachOf } from '../core/each.ts';
import { UserError } from '../core/errors.ts';
import { sha256, writeWhole } from '../core/files.node.ts';
import type { Size } from '../core/size.ts';
import { contentOf, hashOf } from '../data/decode/content.node.ts';
import { imageSize } from '../data/decode/size.node.ts';
import { type MaskSource, maskPaths } from '../data/folders/mask-source.ts';
import type { Sample } from '../data/folders/sample.ts';
import { hashOfObjects } from '../data/masks/drawn-mask.node.ts';
import { type Labelling, type LabelMap, ONE_OBJECT, planesOf, UNKNOWN } from '../data/masks/labelling.ts';
import { readMask } from '../data/masks/read-mask.node.ts';
import { NO_MASK } from './api.ts';
import type { Dataset } from './dataset.node.ts';
import { maskBytes } from './mask-bytes.node.ts';

/** A mask as it is edited. */
export interface EditedMask extends LabelMap {
  /** Changes whenever the mask's files do. */
  readonly version: string;
}

/**
 * The mask of an image, at the image's size; where there is none yet, nothing is marked.
 *
 * @throws UserError for files that cannot be read
 */
export async function readEdited(sample: Sample, labelling: Labelling): Promise<EditedMask> {
  const { width, height } = await imageSize(sample.image);
  const version = await versionOf(sample.mask);
  if (version === NO_MASK) {
    const planes = planesOf(labelling);
    return { width, height, planes, data: new Uint8Array(planes * width * height), version };
  }
  return { ...(await readMask(sample, labelling)).at({ width, height }), version };
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
export async function saveEdited(
  dataset: Dataset,
  sample: Sample,
  labels: Uint8Array,
  version: string,
): Promise<Saved> {
  const { labelling } = dataset;
  const size = await imageSize(sample.image);
  expectLabels(labels, size, labelling, sample.stem);
  const files = await filesOf(dataset, sample, labels, size);
  if ((await versionOf(sample.mask)) !== version) {
    const stamp = new Date().toISOString().replaceAll(':', '-');
    const kept = await Promise.all(
      files.map(async ({ name, bytes }) => {
        const path = join(
          dataset.root,
          KEPT,
          `${sample.stem}-${stamp}${name === undefined ? '' : `-${name}`}.png`,
        );
        await writeWhole(path, bytes);
        return path;
      }),
    );
    return { conflict: true, kept: kept[0] };
  }
  for (const { path, bytes } of files) await writeWhole(path, bytes);
  const mask: MaskSource = dataset.classFolders
    ? { files: Object.fromEntries(files.map(({ name, path }) => [name!, path])) }
    : files[0].path;
  dataset.masked(sample.stem, mask);
  return { version: await versionOf(mask) };
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
  readonly bytes: Uint8Array;
  /** The class that the file is of, where each has one. */
  readonly name?: string;
}

/** The files that hold the labels. */
async function filesOf(
  dataset: Dataset,
  sample: Sample,
  labels: Uint8Array,
  size: Size,
): Promise<readonly WrittenFile[]> {
  const { labelling, classFolders } = dataset;
  const { mask } = sample;
  if (!classFolders) {
    const path = typeof mask === 'string' ? mask : dataset.placeOfNew(sample.stem);
    return [{ path, bytes: await maskBytes({ ...size, planes: 1, data: labels }, labelling, path) }];
  }
  const area = size.width * size.height;
  const own = mask !== undefined && typeof mask !== 'string' && 'files' in mask ? mask.files : {};
  return eachOf(classFolders, 1, async (name, k) => {
    const plane = labelling.multilabel
      ? labels.subarray(k * area, (k + 1) * area)
      : labels.map((label) => Number(label === k + 1));
    const path = own[name] ?? dataset.placeOfNew(sample.stem, name);
    const one = { ...labelling, ...ONE_CLASS };
    return { path, name, bytes: await maskBytes({ ...size, planes: 1, data: plane }, one, path) };
  });
}
