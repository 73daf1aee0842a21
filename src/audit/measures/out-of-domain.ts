import { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';

/** What a set is made from. */
export interface SetOptions {
  /** The audited image [3, H, W] in [-1, 1]; sets that are drawn from nothing do not read it. */
  readonly image: Float32Array;
  /** Which image of the set. */
  readonly index: number;
  readonly size: Size;
  readonly seed: number;
}

type Maker = (options: SetOptions & { readonly stream: RandomStream }) => Float32Array;

const sets = {
  /** Every value by itself, uniform in [-1, 1]. */
  noise: ({ size, stream }) =>
    Float32Array.from({ length: 3 * size.height * size.width }, () => 2 * stream.uniform() - 1),
  /** The image's pixels in a random order: its colours without its structure. */
  shuffled: ({ image, size, stream }) => {
    const area = size.height * size.width;
    const order = stream.shuffled(Array.from({ length: area }, (_, i) => i));
    return image.map((_, i) => image[i - (i % area) + order[i % area]]);
  },
  /** The negative: its structure with other colours. */
  inverted: ({ image }) => image.map((value) => -value),
  chart: ({ size, stream }) => drawChart(size, stream),
} satisfies Record<string, Maker>;

export type OutOfDomain = keyof typeof sets;
export const OUT_OF_DOMAIN = Object.keys(sets) as readonly OutOfDomain[];

/**
 * An image unlike those that a network was trained on, a function of set, index, size and seed (and of the image).
 *
 * @returns [3, H, W] in [-1, 1]
 */
export function outOfDomain(set: OutOfDomain, options: SetOptions): Float32Array {
  return sets[set]({
    ...options,
    stream: new RandomStream(options.seed, 'out of domain', set, options.index),
  });
}

/** Patches along the shorter side of a chart. */
const PATCHES = 4;
/** Of stripes, in pixels. */
const STRIPE_WIDTHS = [1, 2, 4, 8];

/** A chart of patches that are of one saturated colour, or of upright or level stripes of two. */
function drawChart({ height, width }: Size, stream: RandomStream): Float32Array {
  const area = height * width;
  const side = Math.ceil(Math.min(height, width) / PATCHES);
  const result = new Float32Array(3 * area);
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      const colours = [saturatedColour(stream), saturatedColour(stream)];
      const pattern = stream.integer(3);
      const stripe = STRIPE_WIDTHS[stream.integer(STRIPE_WIDTHS.length)];
      for (let y = top; y < Math.min(top + side, height); y++) {
        for (let x = left; x < Math.min(left + side, width); x++) {
          const along = [0, x - left, y - top][pattern];
          const colour = colours[Math.floor(along / stripe) % 2];
          for (let c = 0; c < 3; c++) result[c * area + y * width + x] = colour[c];
        }
      }
    }
  }
  return result;
}

/** A hue at full saturation and value: one channel at 1, one at -1, one between. */
function saturatedColour(stream: RandomStream): number[] {
  return stream.shuffled([1, -1, 2 * stream.uniform() - 1]);
}
