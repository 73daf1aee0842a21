import { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import type { Place } from '../decode/fit.ts';
import type { Image } from '../decode/resize.ts';
import { type LabelMap, UNKNOWN } from '../masks/labelling.ts';
import { degradedImage, degradeExample, type Pretext, weighsPixels } from '../pretexts/index.ts';
import { type DrawKey, noAugmentation, type Photometric } from './augmentation.ts';
import { applyGeometry, drawGeometry, drawPiece, type Geometry } from './geometry.ts';
import { applyPhotometric, drawPhotometric } from './photometric.ts';
import { type Pixels, toBytes } from './pixels.ts';

/** Which samples, and what is drawn for each: its geometry, its mask's alike, then changes of its values. */
export interface BatchRequest extends DrawKey {
  /** Positions in the loader's list of samples. */
  readonly indices: readonly number[];
  /** Asks for a second view of each sample, `strong`: in the same geometry, its values changed within these limits. */
  readonly strong?: Photometric;
  /** Degrades the input, and says what the network is to make of it. */
  readonly pretext?: Pretext;
  /** Degrades the input as a pretext would, by the same draws, and asks for nothing: masks stay, there is no target. */
  readonly degradation?: Pretext;
  /** Of pieces of samples: the share of them that is drawn around objects; default none. */
  readonly cropObjects?: number;
}

/** Tensors of B samples; height and width are the loader's. */
export interface Batch {
  /** [B, 3, H, W], RGB in [-1, 1] (value / 127.5 - 1); beyond it where noise is added. */
  readonly input: Float32Array<ArrayBuffer>;
  /** [B, 3, H, W], what the network is asked for: the clean image under the same augmentation, or noise; only with a
   * pretext. */
  readonly target?: Float32Array<ArrayBuffer>;
  /** [B, 1, H, W], how much each pixel counts in the loss; only with a pretext that weighs pixels, or where images have borders. */
  readonly weight?: Float32Array<ArrayBuffer>;
  /** [B, 3, H, W], the second view of each sample; only where it is asked for. */
  readonly strong?: Float32Array<ArrayBuffer>;
  /** [B, planes, H, W], labels as in a `LabelMap`; only if the loader reads masks. Without masks one plane, unknown in borders. */
  readonly mask?: Float32Array<ArrayBuffer>;
}

/** Anything that makes batches: a loader, or a part of one. */
export interface BatchSource {
  batch(request: BatchRequest): Promise<Batch>;
}

/** Batches of images as a whole. */
export interface PlacedSource extends BatchSource {
  /** Where a sample lies in the network's input, which may have a border; by default it is all of it. */
  readonly place?: (index: number) => Place;
}

/** What a network can be tested on: batches, and the masks they were made of. */
export interface TestSource extends PlacedSource {
  /** The mask of a sample at its own size. */
  nativeMask(index: number): LabelMap;
  /** Only where batches are of pieces: a sample at the scale that pieces are taken at. */
  readonly whole?: (index: number) => WholeSample;
}

/** A sample at the scale that pieces are taken at. */
export interface WholeSample {
  readonly image: Image;
  /** Only where masks are read. */
  readonly mask?: LabelMap;
}

/** A request for plain images: no augmentation, nothing degraded. */
export function imageRequest(indices: readonly number[]): BatchRequest {
  return { indices, seed: 0, epoch: 0 };
}

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
  const { seed, epoch, strong: limits, pretext, degradation } = request;
  const area = size.height * size.width;
  const input = new Float32Array(pixels.length * 3 * area);
  const target = pretext && new Float32Array(input.length);
  const planes = planesOf(pixels[0], area);
  const weighs = pretext && (planes > 0 || weighsPixels(pretext));
  const weight = weighs ? new Float32Array(pixels.length * area).fill(1) : undefined;
  const mask = planes > 0 ? new Float32Array(pixels.length * planes * area) : undefined;
  const strong = limits && new Float32Array(input.length);
  const ofStrong = { ...request, augmentation: limits && { ...noAugmentation, ...limits } };
  for (const [b, sample] of pixels.entries()) {
    const stem = stems[b];
    const part = (tensor: Float32Array, channels: number) =>
      tensor.subarray(b * channels * area, (b + 1) * channels * area);
    const image = part(target ?? input, 3);
    const view = { image, ...(mask && { mask: part(mask, planes) }) };
    applyGeometry(sample, geometryOf(request, stem, size, sample), size, view);
    const seen = sample.own ? toBytes(image) : sample.image;
    if (strong) {
      const second = part(strong, 3);
      second.set(image);
      const change = drawPhotometric(ofStrong, stem, 'strong');
      if (change) applyPhotometric(second, change, size, seen);
    }
    const change = drawPhotometric(request, stem);
    if (change) applyPhotometric(image, change, size, seen);
    const drawn = () => new RandomStream(seed, 'degrade', epoch, stem);
    if (pretext) {
      const example = { input: part(input, 3), target: image, ...(weight && { weight: part(weight, 1) }) };
      degradeExample(example, size, pretext, drawn());
      if (example.weight && mask) withoutUnknown(example.weight, part(mask, planes));
    } else if (degradation) {
      image.set(degradedImage(image, size, degradation, drawn()));
    }
  }
  return {
    input,
    ...(target && { target }),
    ...(weight && { weight }),
    ...(strong && { strong }),
    ...(mask && { mask }),
  };
}

/** Lets no pixel count of which nothing is known. */
export function withoutUnknown(weight: Float32Array, plane: Float32Array): void {
  for (let i = 0; i < weight.length; i++) if (plane[i] === UNKNOWN) weight[i] = 0;
}

/** Planes of a sample's mask. @param area of the network's size */
function planesOf(sample: Pixels | undefined, area: number): number {
  const own = sample?.own ? sample.own.height * sample.own.width : area;
  return (sample?.mask?.length ?? 0) / own;
}

function geometryOf(request: BatchRequest, stem: string, size: Size, { own, objects }: Pixels): Geometry {
  if (!own) return drawGeometry(request, stem, size);
  return drawPiece(request, stem, size, { own, objects, share: request.cropObjects ?? 0 });
}
