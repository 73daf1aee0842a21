import type { RandomStream } from '../../core/random.ts';
import { normalised } from './pixels.ts';

/** How far colours are changed at random, in the words of torchvision's ColorJitter; 0 changes nothing. */
export interface Jitter {
  /** 0 to 1: a factor within 1 ± this. */
  readonly brightness: number;
  /** 0 to 1: a factor within 1 ± this. */
  readonly contrast: number;
  /** 0 to 1: a factor within 1 ± this. */
  readonly saturation: number;
  /** 0 to 0.5: a shift within ± this, in turns of the colour circle. */
  readonly hue: number;
}

/** What happens to one image: three factors, 1 for none, and a shift of hue in turns. */
export type ColourChange = Jitter;

/** Whether images are changed at all. */
export function jitters({ brightness, contrast, saturation, hue }: Jitter): boolean {
  return brightness > 0 || contrast > 0 || saturation > 0 || hue > 0;
}

/** One change, uniform within the limits. Four draws, always: one limit moves none of the others' draws. */
export function drawColourChange(stream: RandomStream, jitter: Jitter): ColourChange {
  const within = (limit: number) => limit * (2 * stream.uniform() - 1);
  return {
    brightness: 1 + within(jitter.brightness),
    contrast: 1 + within(jitter.contrast),
    saturation: 1 + within(jitter.saturation),
    hue: within(jitter.hue),
  };
}

/**
 * Changes an image's colours in place: brightness, contrast, saturation, hue, in this order. The formulas are those
 * of torchvision's ColorJitter (`transforms/_functional_tensor.py`: grey by its weights, each result clamped to the
 * range, hue as in HSV); torchvision applies them in a random order.
 * @param image [3, H, W], RGB in [-1, 1]
 * @param mean grey of the image, made brighter, around which contrast changes: `meanGrey`
 */
export function changeColours(image: Float32Array, change: ColourChange, mean: number): void {
  const area = image.length / 3;
  for (let i = 0; i < image.length; i++) {
    const bright = Math.fround(clamp(((image[i] + 1) / 2) * change.brightness));
    image[i] = blend(bright, mean, change.contrast);
  }
  for (let i = 0; i < area; i++) {
    const grey = greyOf(image, i, area);
    for (let j = i; j < image.length; j += area) image[j] = blend(image[j], grey, change.saturation);
  }
  if (change.hue !== 0) for (let i = 0; i < area; i++) shiftHue(image, i, area, change.hue);
  for (let i = 0; i < image.length; i++) image[i] = 2 * image[i] - 1;
}

/**
 * The mean grey in [0, 1] of an image whose brightness is changed by a factor. It is that of the sample as it lies in its
 * file, so that it is the same number however the image is then turned.
 * @param image [H, W, 3] in 0..255
 */
export function meanGrey(image: Uint8Array, brightness: number): number {
  const bright = normalised.map((value) => clamp(((value + 1) / 2) * brightness));
  let sum = 0;
  for (let i = 0; i < image.length; i += 3)
    sum += RED * bright[image[i]] + GREEN * bright[image[i + 1]] + BLUE * bright[image[i + 2]];
  return sum / (image.length / 3);
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}

/** `factor` of the value, the rest of `other`: nearer to it below 1, further from it above. */
function blend(value: number, other: number, factor: number): number {
  return clamp(factor * value + (1 - factor) * other);
}

/** Weights of torchvision's grey. */
const [RED, GREEN, BLUE] = [0.2989, 0.587, 0.114];

function greyOf(image: Float32Array, i: number, area: number): number {
  return RED * image[i] + GREEN * image[i + area] + BLUE * image[i + 2 * area];
}

/** Turns the hue of one pixel, as in HSV, by `turns` of the circle; value and saturation stay. */
function shiftHue(image: Float32Array, i: number, area: number, turns: number): void {
  const [r, g, b] = [image[i], image[i + area], image[i + 2 * area]];
  const value = Math.max(r, g, b);
  const chroma = value - Math.min(r, g, b);
  if (chroma === 0) return;
  // In sixths of the circle, red at 0, green at 2, blue at 4.
  const hue = value === r ? (g - b) / chroma : value === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
  for (let c = 0; c < 3; c++) {
    const offset = hue + 6 * turns - 2 * c;
    const distance = Math.abs(offset - 6 * Math.round(offset / 6));
    // A channel has all of the chroma up to one sixth from its own hue, none of it from two sixths on.
    image[i + c * area] = value - chroma * Math.min(Math.max(distance - 1, 0), 1);
  }
}
