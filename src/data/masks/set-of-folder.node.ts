import { relative, sep } from 'node:path';
import {
  type AnnotatedImage,
  type AnnotatedObject,
  type AnnotatedSet,
  numbered,
  UNKNOWN_LABEL,
} from '../../annotations/annotated-set.ts';
import { piecesOf } from '../../annotations/label-map.ts';
import type { Source } from '../../annotations/source.ts';
import { plural } from '../../annotations/words.ts';
import type { Size } from '../../core/size.ts';
import { readBytes } from '../decode/bytes.node.ts';
import type { DataFolder } from '../folders/folder.node.ts';
import { listNames } from '../folders/lists.node.ts';
import { maskName, maskPaths } from '../folders/mask-source.ts';
import type { Sample } from '../folders/sample.ts';
import { BACKGROUND, foreground, type Labelling, planesOf, UNKNOWN } from './labelling.ts';
import { isIgnored } from './raw-mask.ts';
import { differentShape, readMask } from './read-mask.node.ts';
import { readRawMask } from './read-raw-mask.node.ts';

/**
 * A folder of mask files as annotations, read by the labelling of the set as training does: an object for each class of a mask, or, where
 * values are numbers of objects, for each of these.
 *
 * @param labelling undefined of a folder without masks
 * @throws UserError for a mask that cannot be read, or has another shape than its image
 */
export async function setOfFolder(
  folder: DataFolder,
  labelling: Labelling | undefined,
  source: Source,
): Promise<AnnotatedSet> {
  const parts = new Map(listNames.flatMap((name) => (folder.lists[name] ?? []).map((stem) => [stem, name])));
  const images: AnnotatedImage[] = [];
  let resized = 0;
  for (const sample of folder.samples) {
    const path = relative(folder.root, sample.image).split(sep).join('/');
    const split = parts.get(sample.stem);
    const image = { file: path.replace(/^images\//, ''), path, ...(split !== undefined && { split }) };
    if (!sample.mask || !labelling) {
      images.push(image);
      continue;
    }
    const { width, height } = await source.sizeOf(path);
    const found = await objectsOf(sample, labelling, { width, height });
    if (found.resized) resized++;
    images.push({ ...image, size: { width, height }, objects: found.objects });
  }
  const classes = labelling ? classesOf(labelling) : [];
  const moved =
    labelling?.maskValues === 'classes' && foreground(labelling).some(({ number }) => number === 0);
  return {
    classes,
    images,
    notes: [
      ...folder.warnings,
      ...(moved ? ['0 is a class here, and background elsewhere: classes are numbered anew from 1'] : []),
      ...(resized > 0 ? [plural(resized, '{mask has|masks have} another size than the image: resized')] : []),
    ],
  };
}

/** Numbers are those of masks, where these hold numbers of classes. */
function classesOf(labelling: Labelling) {
  const own = foreground(labelling);
  if (labelling.maskValues === 'classes' && own.every(({ number }) => number > 0)) return own;
  const colours = new Map(own.map(({ name, colour }) => [name, colour]));
  return numbered(
    own.map(({ name }) => name),
    labelling.maskValues === 'colours' ? colours : new Map(),
  );
}

async function objectsOf(sample: Sample, labelling: Labelling, size: Size) {
  const mask = await readMask(sample, labelling);
  const mismatch = differentShape(maskName(sample.mask!), size, mask);
  if (mismatch) throw mismatch;
  const resized = mask.width !== size.width || mask.height !== size.height;
  const [path] = maskPaths(sample.mask);
  const numbers = labelling.maskValues === 'nonzero' && !resized && typeof sample.mask === 'string';
  if (numbers) return { resized, objects: await numberedObjects(path, labelling) };
  const { data } = mask.at(size);
  const area = size.width * size.height;
  const objects = Array.from({ length: planesOf(labelling) }, (_, k) => {
    const plane = data.subarray(k * area, (k + 1) * area);
    const labelOf = labelling.multilabel
      ? () => labelling.classes[k].name
      : (at: number) => labelling.classes[at].name;
    const isClass = (label: number) => (labelling.multilabel ? label === 1 : labelOf(label) !== BACKGROUND);
    // 0 is what is of no object.
    const marks = Uint16Array.from(plane, (label) => (label === UNKNOWN || isClass(label) ? label + 1 : 0));
    return piecesOf({ ...size, data: marks }, { apart: false, polygons: false }).map(({ number, shape }) => ({
      label: number === UNKNOWN + 1 ? UNKNOWN_LABEL : labelOf(number - 1),
      shape,
    }));
  });
  return { resized, objects: objects.flat() };
}

/** The objects of a mask whose values are their numbers. */
async function numberedObjects(path: string, labelling: Labelling): Promise<AnnotatedObject[]> {
  const map = await readRawMask(await readBytes(path), path);
  const [{ name }] = foreground(labelling);
  return piecesOf(map, { apart: false, polygons: false }).map(({ number, shape }) => ({
    label: isIgnored(map, number, labelling.ignore, false) ? UNKNOWN_LABEL : name,
    shape,
  }));
}
