import { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import type { Image } from '../decode/resize.ts';
import { degradedImage, degradeExample, type Pretext, weighsPixels } from '../pretexts/index.ts';
import { applySymmetry, drawSymmetry, type Symmetry, symmetries } from './augment.ts';
import { changeColours, drawColourChange, type Jitter, jitters } from './jitter.ts';

export interface BatchRequest {
  /** Positions in the loader's list of samples. */
  readonly indices: readonly number[];
  readonly seed: number;
  readonly epoch: number;
  /** Whether each image is flipped or turned at random, its mask alike. */
  readonly augment: boolean;
  /** Changes each image's colours at random, its mask not. */
  readonly jitter?: Jitter;
  /** Degrades the input, and says what the network is to make of it. */
  readonly pretext?: Pretext;
  /** Degrades the input as a pretext would, by the same draws, and asks for nothing: masks stay, there is no target. */
  readonly degradation?: Pretext;
}

/** Tensors of B samples; height and width are the loader's. */
export interface Batch {
  /** [B, 3, H, W], RGB in [-1, 1] (value / 127.5 - 1); beyond it where noise is added. */
  readonly input: Float32Array<ArrayBuffer>;
  /** [B, 3, H, W], what the network is asked for: the clean image under the same augmentation, or noise; only with a
   * pretext. */
  readonly target?: Float32Array<ArrayBuffer>;
  /** [B, 1, H, W], how much each pixel counts in the loss; only with a pretext that weighs pixels. */
  readonly weight?: Float32Array<ArrayBuffer>;
  /** [B, 1, H, W] of 0 and 1; only if the loader reads masks. */
  readonly mask?: Float32Array<ArrayBuffer>;
}

/** Anything that makes batches: a loader, or a part of one. */
export interface BatchSource {
  batch(request: BatchRequest): Promise<Batch>;
}

/** What a network can be tested on: batches, and the masks they were made of. */
export interface TestSource extends BatchSource {
  /** The mask of a sample at its own size: one channel of 0 and 1. */
  nativeMask(index: number): Image;
}

/** A request for plain images: no augmentation, nothing degraded. */
export function imageRequest(indices: readonly number[]): BatchRequest {
  return { indices, seed: 0, epoch: 0, augment: false };
}

/** How a sample is flipped or turned in the batch of a request: known without the batch. */
export function symmetryOf({ seed, epoch, augment }: BatchRequest, stem: string, size: Size): Symmetry {
  return augment ? drawSymmetry(new RandomStream(seed, 'augment', epoch, stem), size) : symmetries[0];
}

/** A sample at network size: RGB [H, W, 3] in 0..255, mask [H, W] of 0 and 1. */
export interface Pixels {
  readonly image: Uint8Array;
  readonly mask?: Uint8Array;
}

const normalised = Float32Array.from({ length: 256 }, (_, value) => value / 127.5 - 1);

/**
 * Assembles a batch: a pure function of the request and the pixels.
 * @param stems what keys each sample's random draws, one for each index of the request
 */
export function assembleBatch(
  request: BatchRequest,
  stems: readonly string[],
  pixels: readonly Pixels[],
  size: Size,
): Batch {
  const { seed, epoch, augment, jitter, pretext, degradation } = request;
  const area = size.height * size.width;
  const input = new Float32Array(pixels.length * 3 * area);
  const target = pretext && new Float32Array(input.length);
  const weight =
    pretext && weighsPixels(pretext) ? new Float32Array(pixels.length * area).fill(1) : undefined;
  const mask = pixels.every((sample) => sample.mask) ? new Float32Array(pixels.length * area) : undefined;
  const upright = new Float32Array(3 * area);
  for (const [b, sample] of pixels.entries()) {
    const symmetry = augment ? symmetryOf(request, stems[b], size) : undefined;
    const place = (values: Float32Array, channels: number, placed: Float32Array) => {
      if (symmetry) applySymmetry(values, channels, size, symmetry, placed);
      else placed.set(values);
    };
    const part = (tensor: Float32Array, channels: number) =>
      tensor.subarray(b * channels * area, (b + 1) * channels * area);
    toPlanes(sample.image, upright);
    if (jitter && jitters(jitter)) {
      const stream = new RandomStream(seed, 'jitter', epoch, stems[b]);
      changeColours(upright, drawColourChange(stream, jitter));
    }
    place(upright, 3, part(target ?? input, 3));
    const drawn = () => new RandomStream(seed, 'degrade', epoch, stems[b]);
    if (pretext && target) {
      const example = {
        input: part(input, 3),
        target: part(target, 3),
        ...(weight && { weight: part(weight, 1) }),
      };
      degradeExample(example, size, pretext, drawn());
    } else if (degradation) {
      const image = part(input, 3);
      image.set(degradedImage(image, size, degradation, drawn()));
    }
    if (mask && sample.mask) place(new Float32Array(sample.mask), 1, part(mask, 1));
  }
  return { input, ...(target && { target }), ...(weight && { weight }), ...(mask && { mask }) };
}

/** An image [H, W, 3] in 0..255 as network input [3, H, W] in [-1, 1]. */
export function toPlanes(image: Uint8Array, target = new Float32Array(image.length)): Float32Array {
  const area = image.length / 3;
  for (let i = 0, o = 0; o < area; i += 3, o++) {
    target[o] = normalised[image[i]];
    target[o + area] = normalised[image[i + 1]];
    target[o + 2 * area] = normalised[image[i + 2]];
  }
  return target;
}
