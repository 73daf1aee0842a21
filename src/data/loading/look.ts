import type { Size } from '../../core/size.ts';
import type { Image } from '../decode/resize.ts';

/** By what an image can be told to be unlike others, whatever it shows. */
export interface ImageLook {
  /** Pixels at its own size. */
  readonly area: number;
  /** Mean of all values that a network is fed, 0..255. */
  readonly brightness: number;
  /** From the lowest to the highest of them, 0..255. */
  readonly contrast: number;
}

/** @param image as a network is fed it */
export function lookOf({ data }: Image, native: Size): ImageLook {
  let [sum, low, high] = [0, 255, 0];
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    sum += value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { area: native.height * native.width, brightness: sum / data.length, contrast: high - low };
}

/** What the images are like that a network has learned from: the lowest and the highest of each measure. */
export type KnownLooks = { readonly [K in keyof ImageLook]: { readonly low: number; readonly high: number } };

/** @param looks at least one */
export function knownLooks(looks: readonly ImageLook[]): KnownLooks {
  const range = (key: keyof ImageLook) => {
    const values = looks.map((look) => look[key]);
    return { low: Math.min(...values), high: Math.max(...values) };
  };
  return { area: range('area'), brightness: range('brightness'), contrast: range('contrast') };
}
