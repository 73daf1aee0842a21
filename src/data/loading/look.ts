import type { Size } from '../../core/size.ts';
import type { Place } from '../decode/fit.ts';
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

/**
 * @param image as a network is fed it
 * @param place where it lies in it
 */
export function lookOf(image: Image, native: Size, { top, left, height, width }: Place): ImageLook {
  const parts = new LookOfParts();
  const { channels } = image;
  for (let y = top; y < top + height; y++) {
    const start = (y * image.width + left) * channels;
    parts.add({ data: image.data.subarray(start, start + width * channels) });
  }
  return parts.look(native);
}

/** The look of an image that comes in parts. */
export class LookOfParts {
  #sum = 0;
  #count = 0;
  #low = 255;
  #high = 0;

  add({ data }: Pick<Image, 'data'>): void {
    for (let i = 0; i < data.length; i++) {
      const value = data[i];
      this.#sum += value;
      if (value < this.#low) this.#low = value;
      if (value > this.#high) this.#high = value;
    }
    this.#count += data.length;
  }

  /** Of what was added, which is something. */
  look(native: Size): ImageLook {
    const [area, brightness] = [native.height * native.width, this.#sum / this.#count];
    return { area, brightness, contrast: this.#high - this.#low };
  }
}

/** What the images are like that a network has learned from: the lowest and the highest of each measure. */
export type KnownLooks = { readonly [K in keyof ImageLook]: { readonly low: number; readonly high: number } };

/** @param looks at least one */
export function knownLooks(looks: readonly ImageLook[]): KnownLooks {
  const range = (key: keyof ImageLook) => {
    let [low, high] = [looks[0][key], looks[0][key]];
    for (const { [key]: value } of looks) [low, high] = [Math.min(low, value), Math.max(high, value)];
    return { low, high };
  };
  return { area: range('area'), brightness: range('brightness'), contrast: range('contrast') };
}
