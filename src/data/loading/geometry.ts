import { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import { type DrawKey, noAugmentation, warps } from './augmentation.ts';
import { type Corner, drawCorner } from './crop.ts';
import { type Pixels, toPlanes } from './pixels.ts';
import { applySymmetry, drawSymmetry, type Symmetry, symmetries } from './symmetry.ts';
import { drawWarp, NO_WARP, type Warp, warpPixels } from './warp.ts';

/** Where the pixels of an image come from: first it is flipped or turned, then warped. */
export interface Geometry {
  readonly symmetry: Symmetry;
  /** Absent where nothing is warped: then every pixel is one of the sample's. */
  readonly warp?: Warp;
  /** Of a piece of an image: where it begins. */
  readonly corner?: Corner;
}

/** Where an image and its mask are written. */
export interface View {
  /** [3, H, W], RGB in [-1, 1]. */
  readonly image: Float32Array;
  /** [1, H, W], the values of the sample's mask. */
  readonly mask?: Float32Array;
}

/** How a sample is flipped or turned: known without its pixels. */
export function symmetryOf(
  { seed, epoch, augmentation = noAugmentation }: DrawKey,
  stem: string,
  size: Size,
): Symmetry {
  const { flips } = augmentation;
  return flips === 'none'
    ? symmetries[0]
    : drawSymmetry(new RandomStream(seed, 'augment', epoch, stem), size, flips);
}

/** The geometry of a sample: a function of seed, epoch, limits and the sample's name. */
export function drawGeometry(key: DrawKey, stem: string, size: Size): Geometry {
  const { seed, epoch, augmentation } = key;
  const symmetry = symmetryOf(key, stem, size);
  if (!augmentation || !warps(augmentation)) return { symmetry };
  return { symmetry, warp: drawWarp(new RandomStream(seed, 'warp', epoch, stem), augmentation) };
}

/** The geometry of a piece of a sample. @param share of the pieces, how many are around objects */
export function drawPiece(
  key: DrawKey,
  stem: string,
  size: Size,
  { own, objects, share }: { readonly own: Size; readonly objects?: Int32Array; readonly share: number },
): Geometry {
  const stream = new RandomStream(key.seed, 'crop', key.epoch, stem);
  const corner = drawCorner(stream, own, size, { share, pixels: objects });
  return { warp: NO_WARP, ...drawGeometry(key, stem, size), corner };
}

/** Writes a sample in its geometry, image and mask alike. A view that asks for a mask has to be of a sample that has one. */
export function applyGeometry(
  pixels: Pixels,
  { symmetry, warp, corner }: Geometry,
  size: Size,
  view: View,
): void {
  if (warp) {
    warpPixels(pixels, size, { symmetry, warp, corner }, view);
    return;
  }
  applySymmetry(toPlanes(pixels.image), 3, size, symmetry, view.image);
  if (view.mask) {
    const mask = new Float32Array(pixels.mask!);
    applySymmetry(mask, mask.length / (size.height * size.width), size, symmetry, view.mask);
  }
}
