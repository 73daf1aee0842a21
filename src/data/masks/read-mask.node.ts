import { UserError } from '../../core/errors.ts';
import { sha256 } from '../../core/files.node.ts';
import type { Size } from '../../core/size.ts';
import { contentOf, hashOf } from '../decode/content.node.ts';
import type { MarkedObjects, MaskFiles } from '../folders/mask-source.ts';
import type { Sample } from '../folders/sample.ts';
import { drawnCoverages, hashOfObjects } from './drawn-mask.node.ts';
import {
  type Coverage,
  coverageOf,
  knownAt,
  labelsOf,
  planeOf,
  resizeCoverage,
  stacked,
} from './label-map.ts';
import { type Labelling, type LabelMap, UNKNOWN } from './labelling.ts';
import { readRawMask } from './read-raw-mask.node.ts';

/** A sample's mask. */
export interface ReadMask extends Size {
  /** Hexadecimal SHA-256 of its file, of the hashes of its files, or of the objects that it is drawn of. */
  readonly hash: string;
  /** At its own size, or another: each pixel gets the label that covers most of it. */
  at(size?: Size): LabelMap;
}

/**
 * Reads the mask of a sample.
 *
 * @throws UserError naming the file, if it cannot be read or says what is not in the labelling, or if there is none
 */
export async function readMask(
  { image, mask }: Pick<Sample, 'image' | 'mask'>,
  labelling: Labelling,
): Promise<ReadMask> {
  if (mask === undefined) {
    throw new UserError({
      what: image,
      got: 'no mask',
      expected: 'a file with the same stem in masks/',
      fix: 'add the mask or leave the image out of the list',
    });
  }
  if (typeof mask !== 'string')
    return 'files' in mask ? readMaskFiles(mask, labelling) : drawnMask(mask, labelling);
  const { hash, coverage } = await readFile(mask, labelling);
  return maskOfCoverages([coverage], hash);
}

async function readFile(path: string, labelling: Labelling) {
  const content = await contentOf(path);
  return {
    hash: await hashOf(content),
    coverage: coverageOf(await readRawMask(content, path), labelling, path),
  };
}

/** The mask of what annotations mark. */
const drawnMask = (objects: MarkedObjects, labelling: Labelling): ReadMask =>
  maskOfCoverages(drawnCoverages(objects, labelling), hashOfObjects(objects));

/** @param coverages one for each plane, of one size */
function maskOfCoverages(coverages: readonly Coverage[], hash: string): ReadMask {
  const [{ height, width }] = coverages;
  const own = { height, width };
  return {
    ...{ ...own, hash },
    at: (size = own) =>
      stacked(
        size,
        coverages.map((coverage) => labelsOf(resizeCoverage(coverage, size))),
      ),
  };
}

/** A mask for each class: a plane each where they may overlap, else one of all. */
async function readMaskFiles({ files }: MaskFiles, labelling: Labelling): Promise<ReadMask> {
  const { classes, multilabel } = labelling;
  const read = new Map<string, Awaited<ReturnType<typeof readFile>>>();
  for (const [name, path] of Object.entries(files)) {
    read.set(name, await readFile(path, labelling));
    expectOneSize(path, read);
  }
  const [{ coverage: any }] = [...read.values()];
  const nothing: Coverage = { height: any.height, width: any.width, rest: 0, of: new Map() };
  const hash = sha256(Buffer.from([...read.values()].map((each) => each.hash).join()));
  const ofClass = (name: string) => read.get(name)?.coverage ?? nothing;
  if (multilabel) {
    return maskOfCoverages(
      classes.map(({ name }) => ofClass(name)),
      hash,
    );
  }
  const of = new Map<number, Uint8Array>();
  for (const [label, { name }] of classes.entries()) {
    const plane = planeOf(ofClass(name), 1);
    if (plane) of.set(label, plane);
  }
  expectApart(of, Object.values(files));
  return maskOfCoverages([knownAt({ ...nothing, of }, knownIn([...read.values()], of))], hash);
}

/** All but the pixels of which some mask of a class says that nothing is known, and none that they are of it. */
function knownIn(
  read: readonly { readonly coverage: Coverage }[],
  classes: ReadonlyMap<number, Uint8Array>,
): Uint8Array | undefined {
  const partly = read.flatMap(({ coverage }) => coverage.known ?? []);
  if (partly.length === 0) return undefined;
  const planes = [...classes.values()];
  return partly[0].map((_, i) =>
    partly.every((known) => known[i]) || planes.some((plane) => plane[i] > 127) ? 255 : 0,
  );
}

function expectOneSize(path: string, read: ReadonlyMap<string, { readonly coverage: Coverage }>): void {
  const [first, ...others] = [...read.values()].map(({ coverage }) => coverage);
  const other = others.find(({ height, width }) => height !== first.height || width !== first.width);
  if (!other) return;
  throw new UserError({
    what: `mask ${path}`,
    got: `${other.width}x${other.height} pixels`,
    expected: `${first.width}x${first.height}, as the masks of other classes of this image have`,
    fix: 'make them again of one size',
  });
}

/** @throws UserError where a pixel is of two classes */
function expectApart(of: ReadonlyMap<number, Uint8Array>, paths: readonly string[]): void {
  const planes = [...of.values()];
  const [first] = planes;
  if (!first) return;
  let shared = 0;
  for (let i = 0; i < first.length; i++) if (planes.filter((plane) => plane[i] > 127).length > 1) shared++;
  if (shared === 0) return;
  throw new UserError({
    what: `masks ${paths.join(', ')}`,
    got: `${shared} pixels that are of two classes`,
    expected: 'each pixel in one class',
    fix: 'pass --multilabel, if classes may overlap',
  });
}

/** A mask may be smaller than its image, but one of another aspect ratio was turned or cropped differently. */
export function differentShape(name: string, image: Size, mask: Size): UserError | undefined {
  const ratio = (image.width * mask.height) / (image.height * mask.width);
  // A mask of few pixels has a coarse aspect ratio: one pixel more or less is no complaint.
  const slack = 1.02 + 1 / Math.min(mask.height, mask.width, image.height, image.width);
  if (ratio < slack && ratio > 1 / slack) return undefined;
  return new UserError({
    what: `mask ${name}`,
    got: `${mask.width}x${mask.height} pixels`,
    expected: `the aspect ratio of its image, which has ${image.width}x${image.height} (upright as its EXIF says)`,
    fix: 'turn or crop the mask like its image',
  });
}

/** What is wrong with a mask that leaves every pixel undecided, at this size: nothing can be learned or scored of its image. */
export function undecided(name: string, { planes, data, height, width }: LabelMap): UserError | undefined {
  const area = data.length / planes;
  for (let i = 0; i < area; i++) {
    let known = true;
    for (let plane = i; plane < data.length; plane += area) known &&= data[plane] !== UNKNOWN;
    if (known) return undefined;
  }
  return new UserError({
    what: `mask ${name}`,
    got: `only unknown pixels at ${width}x${height}`,
    expected: 'some of which it is known what they are',
    fix: 'mark more, train at a larger --size, or leave the image without a mask',
  });
}
