import { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import { type DrawKey, recolours } from './augmentation.ts';
import { blur } from './blur.ts';
import { type ColourChange, changeColours, drawColourChange, jitters, meanGrey } from './jitter.ts';
import { compress } from './jpeg.ts';

/** What is done to the values of an image, in this order; what is absent is not done. */
export interface PhotometricChange {
  readonly colours?: ColourChange;
  /** Whether it turns grey. */
  readonly grey: boolean;
  /** Deviation of the Gaussian in pixels. */
  readonly blur?: number;
  /** Deviation as a share of the range from black to white, and what its numbers are drawn from. */
  readonly noise?: { readonly sigma: number; readonly seed: number };
  /** 1 to 100. */
  readonly quality?: number;
}

/**
 * Draws what is done to a sample: a function of seed, epoch, limits and the sample's name. One limit moves none of the others'
 * draws.
 *
 * @param view tells several views of one sample apart
 * @returns undefined where the limits change nothing
 */
export function drawPhotometric(
  { seed, epoch, augmentation }: DrawKey,
  stem: string,
  ...view: readonly string[]
): PhotometricChange | undefined {
  if (!augmentation || !recolours(augmentation)) return undefined;
  const { grey, blur, blurProbability, noise, noiseProbability, jpeg, jpegProbability } = augmentation;
  const stream = new RandomStream(seed, 'photometric', epoch, stem, ...view);
  const happens = (probability: number) => stream.uniform() < probability;
  const [turnsGrey, blurs, isNoisy, compresses] = [
    happens(grey),
    happens(blurProbability),
    happens(noiseProbability),
    happens(jpegProbability),
  ];
  const [sigma, deviation, loss] = [
    blur * stream.uniform(),
    noise * stream.uniform(),
    jpeg * stream.uniform(),
  ];
  const noiseSeed = stream.integer(2 ** 32);
  const jitter = () => drawColourChange(new RandomStream(seed, 'jitter', epoch, stem, ...view), augmentation);
  return {
    ...(jitters(augmentation) && { colours: jitter() }),
    grey: turnsGrey,
    ...(blurs && sigma > 0 && { blur: sigma }),
    ...(isNoisy && deviation > 0 && { noise: { sigma: deviation, seed: noiseSeed } }),
    ...(compresses && loss > 0 && { quality: 100 - loss }),
  };
}

/**
 * Changes the values of an image in place; they stay in [-1, 1].
 *
 * @param image [3, H, W], RGB in [-1, 1], in whatever geometry
 * @param source the sample's own pixels [H, W, 3], around whose mean grey contrast changes
 */
export function applyPhotometric(
  image: Float32Array,
  { colours, grey, blur: sigma, noise, quality }: PhotometricChange,
  size: Size,
  source: Uint8Array,
): void {
  if (colours) changeColours(image, colours, meanGrey(source, colours.brightness));
  if (grey) turnGrey(image);
  if (sigma !== undefined) blur(image, size, sigma);
  if (noise) addNoise(image, noise);
  if (quality !== undefined) compress(image, size, quality);
}

/** Luma in all three channels. */
function turnGrey(image: Float32Array): void {
  const area = image.length / 3;
  for (let i = 0; i < area; i++) {
    const luma = 0.299 * image[i] + 0.587 * image[i + area] + 0.114 * image[i + 2 * area];
    image[i] = luma;
    image[i + area] = luma;
    image[i + 2 * area] = luma;
  }
}

/** The same in all three channels of a pixel, so that grey stays grey. */
function addNoise(image: Float32Array, { sigma, seed }: NonNullable<PhotometricChange['noise']>): void {
  const stream = new RandomStream(seed, 'noise');
  const area = image.length / 3;
  for (let i = 0; i < area; i++) {
    // The range is 2 wide.
    const added = 2 * sigma * stream.normal();
    for (let j = i; j < image.length; j += area) image[j] = Math.min(1, Math.max(-1, image[j] + added));
  }
}
