import { UserError } from '../../core/errors.ts';
import type { Size } from '../../core/size.ts';
import { contentOf, hashOf } from '../decode/content.node.ts';
import { decodeImageBytes, decodeImageBytesTo } from '../decode/decode.node.ts';
import { type Fit, type Place, placeIn, planesWithBorder } from '../decode/fit.ts';
import type { PixelReading } from '../decode/reading.ts';
import { resizeBilinear } from '../decode/resize.ts';
import { type Appearance, appearanceOf } from '../duplicates/appearance.ts';
import type { Sample } from '../folders/folder.node.ts';
import { maskName } from '../folders/mask-source.ts';
import { type Labelling, UNKNOWN } from '../masks/labelling.ts';
import { differentShape, readMask, undecided } from '../masks/read-mask.node.ts';
import { type Vanishing, vanishingOf } from '../masks/vanishing.ts';
import { type CropPlan, objectPixels, scaledSize } from './crop.ts';
import { decodedOnce } from './decoded.node.ts';
import { type ImageLook, lookOf } from './look.ts';
import { type PackedMask, packMask } from './packed-mask.node.ts';
import type { Pixels } from './pixels.ts';

/** Hexadecimal SHA-256 of a sample's files. */
export interface FileHashes {
  readonly image: string;
  readonly mask?: string;
}

export interface ReadSample {
  readonly pixels: Pixels;
  /** Of its pixels. */
  readonly size: Size;
  /** Where the image lies in them. */
  readonly place: Place;
  /** Where pieces of it are taken: some pixels of its objects. */
  readonly objects?: Int32Array<ArrayBuffer>;
  readonly hashes: FileHashes;
  readonly look: ImageLook;
  /** At its own size. */
  readonly mask?: PackedMask;
  /** What of the mask is lost at the size asked for. */
  readonly vanishing?: Vanishing;
  /** Of the image at the size asked for. */
  readonly appearance?: Appearance;
}

export interface ReadOptions {
  /** The network's. */
  readonly size: Size;
  readonly reading: PixelReading;
  /** What masks mean; without it they are not read. */
  readonly labelling?: Labelling;
  /** Samples keep their own size, times a scale. */
  readonly crop?: CropPlan;
  /** How others come into the network's size; default `stretch`. */
  readonly fit?: Fit;
  /** Where decoded images are kept for other processes: see `decodedFolder`. */
  readonly decodedIn?: string;
}

/**
 * Reads and resizes a sample.
 *
 * @returns the sample, or what is wrong with its files
 */
export async function readSample(
  sample: Sample,
  wanted: ReadOptions,
): Promise<ReadSample | readonly UserError[]> {
  const { size, labelling, crop } = wanted;
  const [image, mask] = await Promise.allSettled([
    readImage(sample.image, wanted),
    labelling && readMask(sample, labelling),
  ]);
  if (image.status === 'rejected' || mask.status === 'rejected') {
    return [image, mask].flatMap((file) => {
      if (file.status === 'fulfilled') return [];
      if (file.reason instanceof UserError) return [file.reason];
      throw file.reason;
    });
  }
  const { native, place } = image.value.decoded;
  const { data: rgb, ...read } = image.value.decoded.image;
  const own = { height: read.height, width: read.width };
  const told = {
    ...{ size: own, place },
    look: lookOf(image.value.decoded.image, native, place),
    appearance: appearanceOf(resizeBilinear(image.value.decoded.image, size)),
  };
  if (mask.value === undefined) {
    const border = wanted.fit === 'pad' && { mask: borderPlane(size, place) };
    return { pixels: { image: rgb, ...border }, hashes: { image: image.value.hash }, ...told };
  }
  const truth = mask.value.at();
  const name = maskName(sample.mask!);
  const labels = mask.value.at(place);
  const problem =
    differentShape(name, native, mask.value) ?? undecided(name, truth) ?? undecided(name, labels);
  if (problem) return [problem];
  return {
    pixels: { image: rgb, mask: planesWithBorder(labels.data, own, place, UNKNOWN) },
    ...(crop && { objects: objectPixels(labels, labelling!) }),
    hashes: { image: image.value.hash, mask: mask.value.hash },
    mask: packMask(truth),
    vanishing: vanishingOf(mask.value.at, labelling!, place, labels),
    ...told,
  };
}

/** Of an image without a mask: of which pixels of the network's input nothing is known, as they are of its border. */
const borderPlane = (size: Size, place: Place) =>
  planesWithBorder(new Uint8Array(place.height * place.width), size, place, UNKNOWN);

async function readImage(path: string, { size, reading, crop, fit, decodedIn }: ReadOptions) {
  const content = await contentOf(path);
  const hash = await hashOf(content);
  if (!crop) {
    const decode = () => decodeImageBytesTo(content, path, size, { reading, fit });
    const key = { hash, size, reading, fit };
    return { decoded: await (decodedIn ? decodedOnce(decodedIn, key, decode) : decode()), hash };
  }
  const native = await decodeImageBytes(content, path, reading);
  const own = scaledSize(native, crop.scale);
  const place = placeIn(own, own, 'stretch');
  return { decoded: { image: resizeBilinear(native, own), native, place }, hash };
}
