import { toPlanes } from '../../../src/data/loading/pixels.ts';
import { overlap } from '../../../src/eval/overlap.ts';
import { clippedMse, psnr } from '../../../src/eval/reconstruction.ts';
import type { ClassMask } from '../../../src/objectives/objective.ts';
import { UNKNOWN } from '../../../src/paint/painting.ts';
import type { PagePrediction } from '../../../src/web/network.ts';
import type { LabImage, Truth } from './lab-image.ts';

/** How near an output is to what is wanted: at the network's size. */
export interface Score {
  readonly measure: 'Dice' | 'PSNR';
  /** PSNR in dB. */
  readonly value: number;
  /** What it is compared with. */
  readonly to: string;
}

/**
 * @param paints whether the output is an image like the input
 * @param other the image whose bottleneck it has
 */
export function scoresOf(
  { output, masks }: PagePrediction,
  { paints, image, other }: { readonly paints: boolean; readonly image: LabImage; readonly other?: LabImage },
): Score[] {
  if (masks) return diceOf(masks, image.truth);
  if (!paints) return [];
  return [image, ...(other ? [other] : [])].flatMap(({ name, small }) =>
    small.data.length === output.length
      ? [{ measure: 'PSNR', value: psnr(clippedMse(output, toPlanes(small.data))), to: name } as const]
      : [],
  );
}

/** Of each class that the truth tells of by the same name; of one class each, whatever they are called. */
function diceOf(masks: readonly ClassMask[], truth: readonly Truth[]): Score[] {
  return masks.flatMap(({ name, mask }) => {
    const own =
      masks.length === 1 && truth.length === 1 ? truth[0] : truth.find((each) => each.name === name);
    if (!own) return [];
    const known = (values: Uint8Array) => values.map((value, i) => (own.mask[i] === UNKNOWN ? 0 : value));
    return [{ measure: 'Dice', value: overlap(known(mask), known(own.mask)).dice, to: name } as const];
  });
}
