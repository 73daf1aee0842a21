import { type Jitter, jitters } from './jitter.ts';
import type { Flips } from './symmetry.ts';

/** How far the geometry of images is changed at random; 0 changes nothing. */
export interface WarpLimits {
  /** A factor within exp(±this) on how much of the image is seen. */
  readonly scale: number;
  /** A factor within exp(±this), by which what is seen is wider and, inversely, less high. */
  readonly aspect: number;
  /** Degrees, within ±this. */
  readonly rotation: number;
  /** Shares of width and height, within ±this. */
  readonly shift: number;
  /** Deviation of the displacements of 4 x 4 nodes, as shares of width and height; bicubic in between. */
  readonly elastic: number;
}

/** How far images are changed at random where they stand; 0 changes nothing. */
export interface Photometric extends Jitter {
  /** Probability that an image turns grey. */
  readonly grey: number;
  /** Largest deviation of a Gaussian, in pixels of the network's input. */
  readonly blur: number;
  /** Probability that an image is blurred. */
  readonly blurProbability: number;
  /** Largest deviation of normal noise, as a share of the range from black to white. */
  readonly noise: number;
  /** Probability that an image gets noise. */
  readonly noiseProbability: number;
  /** What JPEG may take of its quality of 100: 60 is a quality of 40 to 100. */
  readonly jpeg: number;
  /** Probability that an image gets JPEG's artefacts. */
  readonly jpegProbability: number;
}

/** All that is drawn for a training image. */
export interface Augmentation extends WarpLimits, Photometric {
  readonly flips: Flips;
}

/** Nothing is changed. */
export const noAugmentation: Augmentation = {
  flips: 'none',
  ...{ scale: 0, aspect: 0, rotation: 0, shift: 0, elastic: 0 },
  ...{ brightness: 0, contrast: 0, saturation: 0, hue: 0, grey: 0 },
  ...{ blur: 0, noise: 0, jpeg: 0 },
  ...{ blurProbability: 0.5, noiseProbability: 0.5, jpegProbability: 0.5 },
};

/** The geometry alone: the values of images stay as they are. */
export function unchanged(limits: Augmentation): Augmentation {
  const { flips, scale, aspect, rotation, shift, elastic } = limits;
  return { ...noAugmentation, flips, scale, aspect, rotation, shift, elastic };
}

/** Images are flipped and turned by quarters. */
export const flipsAlone: Augmentation = { ...noAugmentation, flips: 'all' };

/** Whether images are warped at all; flips and turns are no warp. */
export function warps({ scale, aspect, rotation, shift, elastic }: WarpLimits): boolean {
  return scale > 0 || aspect > 0 || rotation > 0 || shift > 0 || elastic > 0;
}

/** Whether the values of images are changed at all. */
export function recolours(limits: Photometric): boolean {
  const { grey, blur, blurProbability, noise, noiseProbability, jpeg, jpegProbability } = limits;
  const others = grey + blur * blurProbability + noise * noiseProbability + jpeg * jpegProbability;
  return jitters(limits) || others > 0;
}

/** What random draws of a sample depend on, beside its name. */
export interface DrawKey {
  readonly seed: number;
  /** Which pass over the images: each has draws of its own. */
  readonly epoch: number;
  /** What is drawn; nothing by default. */
  readonly augmentation?: Augmentation;
}
