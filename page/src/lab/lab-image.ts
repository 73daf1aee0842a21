import type { Size } from '../../../src/core/size.ts';
import type { ImageInMemory } from '../../../src/data/decode/memory.ts';
import { coverageOfLabels, labelsOf, resizeCoverage } from '../../../src/data/masks/label-map.ts';
import { UNKNOWN } from '../../../src/paint/painting.ts';
import type { PreparedImage } from '../../../src/web/network.ts';
import type { OpenedNetwork } from './network.ts';

/** What is known of an image's pixels, at the network's size. */
export interface Truth {
  readonly name: string;
  /** 1 inside, 0 outside, 255 where nothing is known. */
  readonly mask: Uint8Array;
}

/** An image that the network is shown. */
export interface LabImage {
  readonly name: string;
  readonly picture: ImageBitmap;
  readonly small: PreparedImage;
  /** Of each class; none without a mask. */
  readonly truth: readonly Truth[];
}

/** A mask at its image's size: planes of labels, and the classes by label. */
export interface GivenMask extends Size {
  readonly planes: readonly Uint8Array[];
  readonly classes: readonly { readonly name: string }[];
  readonly multilabel: boolean;
}

/** @throws UserError for an image that cannot be used */
export async function labImage(
  network: Pick<OpenedNetwork, 'prepare'>,
  name: string,
  picture: ImageBitmap,
  mask?: GivenMask,
): Promise<LabImage> {
  const small = await network.prepare(pixelsOf(picture));
  return { name, picture, small, truth: mask ? truthOf(mask, small) : [] };
}

/** The pixels of a picture, RGBA. */
export function pixelsOf(picture: ImageBitmap): ImageInMemory {
  const { width, height } = picture;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(picture, 0, 0);
  return { width, height, channels: 4, data: new Uint8Array(context.getImageData(0, 0, width, height).data) };
}

/** What a mask says of each class, brought to another size as training does it. */
export function truthOf({ planes, classes, multilabel, ...from }: GivenMask, size: Size): Truth[] {
  const rest = classes.length === 2 && !multilabel ? 0 : undefined;
  const small = planes.map((data) =>
    labelsOf(resizeCoverage(coverageOfLabels({ ...from, data }, rest), size)),
  );
  const planeOf = (plane: Uint8Array, wanted: number) =>
    plane.map((label) => (label === UNKNOWN ? UNKNOWN : Number(label === wanted)));
  return classes.flatMap(({ name }, label) => {
    if (multilabel) return [{ name, mask: planeOf(small[label], 1) }];
    return label === 0 ? [] : [{ name, mask: planeOf(small[0], label) }];
  });
}
