import { UserError } from '../../core/errors.ts';
import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import type { Task } from './task.ts';

/** What a masked patch is filled with. */
export const MASK_FILLS = ['mean', 'noise', 'zero'] as const;
/** Which pixels count in the loss. */
export const MASK_LOSSES = ['masked', 'all'] as const;

export interface MaskSettings {
  /** Side of the square patches, in pixels; divides height and width. */
  readonly patch: number;
  /** Of the patches that are masked, in (0, 1); rounded to whole patches, at least one. */
  readonly ratio: number;
  /** The image's mean colour, noise uniform in [-1, 1], or 0, which is mid grey. */
  readonly fill: (typeof MASK_FILLS)[number];
  readonly loss: (typeof MASK_LOSSES)[number];
}

/**
 * Patches of the image are hidden. The usual parameters, patches of 16 px and a ratio of 0.6, are those of Valanarasu et
 * al. 2024 ("Disruptive autoencoders"); that hidden pixels alone count is as in He et al. 2022 ("Masked autoencoders are
 * scalable vision learners").
 */
export const mask: Task<MaskSettings> = {
  random: true,
  weighs: ({ loss }) => loss === 'masked',
  check: ({ patch }, { height, width }) => {
    if (height % patch === 0 && width % patch === 0 && patch < Math.max(height, width)) return;
    throw new UserError({
      what: 'maskPatch',
      got: `${patch} for images of ${height}x${width}`,
      expected: 'a divisor of height and width that makes two patches or more',
      fix: 'take 8, 16 or 32',
    });
  },
  degrade: ({ input, target, weight }, size, settings, stream) => {
    const { height, width } = size;
    const { patch } = settings;
    const hidden = drawPatches(size, settings, stream);
    const colourOf = fills[settings.fill];
    const columns = width / patch;
    const area = height * width;
    weight?.fill(0);
    input.set(target);
    for (let c = 0; c < 3; c++) {
      const colour = colourOf(target.subarray(c * area, (c + 1) * area), stream);
      for (let y = 0, i = 0; y < height; y++) {
        const row = Math.floor(y / patch) * columns;
        for (let x = 0; x < width; x++, i++) {
          if (!hidden[row + Math.floor(x / patch)]) continue;
          input[c * area + i] = colour();
          if (weight) weight[i] = 1;
        }
      }
    }
  },
};

/** What the hidden pixels of a plane become, one after another. */
const fills: Readonly<
  Record<MaskSettings['fill'], (plane: Float32Array, stream: RandomStream) => () => number>
> = {
  mean: (plane) => {
    let sum = 0;
    for (let i = 0; i < plane.length; i++) sum += plane[i];
    const mean = sum / plane.length;
    return () => mean;
  },
  noise: (_, stream) => () => 2 * stream.uniform() - 1,
  zero: () => () => 0,
};

/** Which patches are hidden, row by row: 1, the others 0. */
function drawPatches({ height, width }: Size, { patch, ratio }: MaskSettings, stream: RandomStream) {
  const count = (height / patch) * (width / patch);
  const order = stream.shuffled(Array.from({ length: count }, (_, i) => i));
  const hidden = new Uint8Array(count);
  for (const i of order.slice(0, Math.max(1, Math.round(ratio * count)))) hidden[i] = 1;
  return hidden;
}
