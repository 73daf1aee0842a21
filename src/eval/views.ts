import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';
import { applySymmetry, inverseOf, symmetries, symmetryCount } from '../data/loading/symmetry.ts';

/** How many views of an image a network may see: as it is, its flips, its flips and quarter turns. */
export const VIEWS = [1, 4, 8] as const;
export type Views = (typeof VIEWS)[number];

/** As many views as were wanted, or as images of all sizes can have. */
export function fittingViews(wanted: Views, sizes: readonly Size[]): Views {
  const most = Math.min(wanted, ...sizes.map((size) => symmetryCount(size)));
  return VIEWS.findLast((views) => views <= most)!;
}

/** @throws UserError for quarter turns of an image that is not square */
export function checkViews(views: Views, size: Size): void {
  const most = symmetryCount(size);
  if (views <= most) return;
  throw new UserError({
    what: 'views',
    got: `${views}, with quarter turns, of images of ${size.height}x${size.width}`,
    expected: 'square images for them',
    fix: `take --views ${most}, or another --size`,
  });
}

/** A batch of images [n, 3, H, W] to n outputs [channels, H, W]. */
type Apply = (images: Float32Array) => Promise<Float32Array[]>;

/** @param output [channels, H, W] of image i of a batch */
export type OnOutput = (i: number, output: Float32Array) => void;

/**
 * The mean over views of what a network makes of images: each view is flipped or turned, given to the network, and its output
 * turned back. Of one view it is the network's output, bit by bit.
 *
 * @param images [n, 3, H, W]; square for eight views
 * @param options.onView is shown each output of each view, turned back
 * @returns n outputs [channels, H, W]
 */
export async function overViews(
  apply: Apply,
  images: Float32Array,
  { size, views, onView }: { readonly size: Size; readonly views: Views; readonly onView?: OnOutput },
): Promise<Float32Array[]> {
  const area = size.height * size.width;
  const means: Mean[] = [];
  for (const symmetry of symmetries.slice(0, views)) {
    // All channels of all images, one after another.
    const seen = applySymmetry(images, images.length / area, size, symmetry);
    const back = inverseOf(symmetry);
    for (const [i, output] of (await apply(seen)).entries()) {
      means[i] ??= new Mean(output.length);
      const upright = applySymmetry(output, output.length / area, size, back);
      onView?.(i, upright);
      means[i].add(upright);
    }
  }
  return means.map((mean) => mean.value());
}

/** The mean of arrays of one length, summed in float64: of equal ones it is each of them. */
export class Mean {
  readonly #sum: Float64Array;
  #count = 0;

  constructor(length: number) {
    this.#sum = new Float64Array(length);
  }

  add(values: Float32Array): void {
    for (let i = 0; i < values.length; i++) this.#sum[i] += values[i];
    this.#count++;
  }

  value(): Float32Array {
    return Float32Array.from(this.#sum, (sum) => sum / this.#count);
  }
}
