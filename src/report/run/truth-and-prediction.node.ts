import { UserError } from '../../core/errors.ts';
import type { Size } from '../../core/size.ts';
import { contentOf, hashOf, type ImageContent } from '../../data/decode/content.node.ts';
import { decodeImageBytes, decodeImageBytesTo } from '../../data/decode/decode.node.ts';
import type { ReadAs } from '../../data/decode/fit.ts';
import { resizeBilinear } from '../../data/decode/resize.ts';
import type { Sample } from '../../data/folders/folder.node.ts';
import { type CropPlan, scaledSize } from '../../data/loading/crop.ts';
import { toPlanes } from '../../data/loading/pixels.ts';
import { stacked } from '../../data/masks/label-map.ts';
import { type Labelling, onlyClass, planesOf } from '../../data/masks/labelling.ts';
import { type ReadMask, readMask } from '../../data/masks/read-mask.node.ts';
import { classesAt } from '../../eval/class-map.ts';
import type { Ensemble } from '../../eval/ensemble.node.ts';
import { maskAt } from '../../eval/native.ts';
import { outputOfWhole, tileNetwork } from '../../eval/tile-network.node.ts';
import type { SplitEntry } from '../../records/run-records.ts';
import { beside, drawClasses } from '../page/class-colours.ts';
import { drawOutlines } from '../page/outline.ts';
import type { Bitmap } from '../pictures.node.ts';

const LONGEST_SIDE = 480;

/** The files of a test image. */
export interface TestFiles {
  readonly image: { readonly content: ImageContent; readonly path: string };
  readonly mask: ReadMask;
}

/** An image and its mask, if both are what the run used. */
export async function unchanged(
  sample: Sample | undefined,
  used: SplitEntry | undefined,
  labelling: Labelling,
): Promise<TestFiles | undefined> {
  if (!sample?.mask || !used) return undefined;
  const content = await contentOf(sample.image).catch(() => undefined);
  if (!content || (await hashOf(content)) !== used.image) return undefined;
  const mask = await readMask(sample, labelling).catch((error) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  return mask?.hash === used.mask ? { image: { content, path: sample.image }, mask: mask! } : undefined;
}

/**
 * An image with the outlines of its mask, if it has one, and of what the network marks; where there are several classes the image twice:
 * in the colours of the true classes, or without a mask as it is, and in those of what is marked.
 */
export async function shownTogether(
  { image: { content, path }, mask }: Pick<TestFiles, 'image'> & Partial<TestFiles>,
  ensemble: Ensemble,
  of: Shown & { readonly labelling: Labelling },
): Promise<Bitmap> {
  const { labelling, reading } = of;
  const { native, size, probabilities } = await marked({ content, path }, ensemble, of);
  const shown = shrunk(native);
  const truth = mask?.at(shown).data;
  const { data } = (await decodeImageBytesTo(content, path, shown, { reading })).image;
  if (onlyClass(labelling)) {
    const predicted = maskAt(probabilities, size, shown);
    const actual = truth?.map((label) => (label === 1 ? 1 : 0)) ?? new Uint8Array(predicted.length);
    return { ...shown, channels: 3, data: drawOutlines(data, shown.width, shown.height, actual, predicted) };
  }
  const labels = labelling.multilabel
    ? planesAt(probabilities, size, shown, planesOf(labelling))
    : classesAt(probabilities, size, shown);
  const left = truth ? drawClasses(data, shown, truth, labelling) : data;
  return beside(left, drawClasses(data, shown, labels, labelling), shown);
}

/** How images come to a network. */
interface Shown extends ReadAs {
  readonly size: Size;
  readonly crop?: CropPlan;
}

/** What the network makes of an image: of the whole made smaller, or tile by tile, as it was trained. */
async function marked(
  { content, path }: TestFiles['image'],
  ensemble: Ensemble,
  { size, crop, reading, fit }: Shown,
): Promise<{ readonly native: Size; readonly size: Size; readonly probabilities: Float32Array }> {
  if (!crop) {
    const { image, native, place } = await decodeImageBytesTo(content, path, size, { reading, fit });
    const [probabilities] = await ensemble.run([toPlanes(image.data)], { places: [[place]] });
    return { native, size: place, probabilities };
  }
  const native = await decodeImageBytes(content, path, reading);
  const image = resizeBilinear(native, scaledSize(native, crop.scale));
  const tiles = { tile: size, stride: ensemble.stride };
  const probabilities = await outputOfWhole(image, tiles, tileNetwork(ensemble), path);
  return { native, size: image, probabilities };
}

/** Masks of classes that overlap, [planes, H, W]. */
function planesAt(probabilities: Float32Array, from: Size, to: Size, planes: number): Uint8Array {
  const area = from.height * from.width;
  const masks = Array.from({ length: planes }, (_, k) =>
    maskAt(probabilities.subarray(k * area, (k + 1) * area), from, to),
  );
  return stacked(to, masks).data;
}

function shrunk({ width, height }: Size): Size {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
