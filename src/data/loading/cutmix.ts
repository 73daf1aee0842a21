import { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';

/** A rectangle of an image that is cut out of another one of the batch: the same place in both. */
export interface Mix {
  /** The other image's place in the batch. */
  readonly partner: number;
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Shares of an image that a rectangle may cover, and height to width, of which either may be the longer. */
const AREA = { least: 0.02, most: 0.4 };
const LONGEST = 3;

/**
 * Which images of a batch get a rectangle of another one (CutMix, Yun et al. 2019; for consistency French et al. 2020). Area
 * and shape are uniform within limits near those of UniMatch's `obtain_cutmix_box`; a side is at most the image's. Whose
 * rectangle it is changes with each batch.
 *
 * @param stems what keys the images' draws
 * @param probability that an image gets one, 0 to 1
 */
export function drawMixes(
  { seed, epoch }: { readonly seed: number; readonly epoch: number },
  stems: readonly string[],
  { height, width }: Size,
  probability: number,
): (Mix | undefined)[] {
  const count = stems.length;
  const shift = count > 1 ? 1 + new RandomStream(seed, 'partners', epoch, ...stems).integer(count - 1) : 0;
  return stems.map((stem, i) => {
    const stream = new RandomStream(seed, 'cutmix', epoch, stem);
    const [chance, size, shape, y, x] = Array.from({ length: 5 }, () => stream.uniform());
    if (chance >= probability || shift === 0) return undefined;
    const area = (AREA.least + (AREA.most - AREA.least) * size) * height * width;
    const ratio = LONGEST ** (2 * shape - 1);
    const side = (wanted: number, most: number) => Math.min(most, Math.max(1, Math.round(wanted)));
    const box = {
      height: side(Math.sqrt(area * ratio), height),
      width: side(Math.sqrt(area / ratio), width),
    };
    return {
      partner: (i + shift) % count,
      top: Math.floor(y * (height - box.height + 1)),
      left: Math.floor(x * (width - box.width + 1)),
      ...box,
    };
  });
}

/**
 * A batch with the rectangles in it. Each is cut out of the batch as it was given.
 *
 * @param batch [B, channels, H, W]
 * @param mixes one for each image
 */
export function withMixes(
  batch: Float32Array,
  channels: number,
  size: Size,
  mixes: readonly (Mix | undefined)[],
): Float32Array<ArrayBuffer> {
  const area = size.height * size.width;
  const mixed = new Float32Array(batch);
  for (const [i, mix] of mixes.entries()) {
    if (!mix) continue;
    for (let c = 0; c < channels; c++)
      for (let y = mix.top; y < mix.top + mix.height; y++) {
        const row = c * area + y * size.width + mix.left;
        const from = mix.partner * channels * area + row;
        mixed.set(batch.subarray(from, from + mix.width), i * channels * area + row);
      }
  }
  return mixed;
}
