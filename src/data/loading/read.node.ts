import { UserError } from '../../core/errors.ts';
import { sha256 } from '../../core/files.node.ts';
import type { Size } from '../../core/size.ts';
import { readBytes } from '../decode/bytes.node.ts';
import { binarise, decodeImageBytesTo, decodeMaskBytes } from '../decode/decode.node.ts';
import { resizeBilinear } from '../decode/resize.ts';
import { type Appearance, appearanceOf } from '../duplicates/appearance.ts';
import type { Sample } from '../folders/folder.node.ts';
import { type PackedMask, packMask } from './packed-mask.node.ts';
import type { Pixels } from './pixels.ts';

/** Hexadecimal SHA-256 of a sample's files. */
export interface FileHashes {
  readonly image: string;
  readonly mask?: string;
}

export interface ReadSample {
  readonly pixels: Pixels;
  readonly hashes: FileHashes;
  /** At its own size. */
  readonly mask?: PackedMask;
  /** Of the image at the size asked for. */
  readonly appearance?: Appearance;
}

/**
 * Reads and resizes a sample. A mask is resized as grey values and cut at 127 afterwards.
 * @param masks whether to read the mask, too
 * @returns the sample, or what is wrong with its files
 */
export async function readSample(
  sample: Sample,
  size: Size,
  masks: boolean,
): Promise<ReadSample | readonly UserError[]> {
  const [image, mask] = await Promise.allSettled([
    readFile(sample.image, (bytes, path) => decodeImageBytesTo(bytes, path, size)),
    masks ? readMask(sample) : undefined,
  ]);
  if (image.status === 'rejected' || mask.status === 'rejected') {
    return [image, mask].flatMap((file) => {
      if (file.status === 'fulfilled') return [];
      if (file.reason instanceof UserError) return [file.reason];
      throw file.reason;
    });
  }
  const { native } = image.value.decoded;
  const rgb = image.value.decoded.image.data;
  const appearance = appearanceOf(image.value.decoded.image);
  if (mask.value === undefined) {
    return { pixels: { image: rgb }, hashes: { image: image.value.hash }, appearance };
  }
  const mismatch = differentShape(sample, native, mask.value.decoded);
  if (mismatch) return [mismatch];
  const packed = packMask(mask.value.decoded);
  return {
    pixels: { image: rgb, mask: binarise(resizeBilinear(mask.value.decoded, size)).data },
    hashes: { image: image.value.hash, mask: mask.value.hash },
    mask: packed,
    appearance,
  };
}

async function readFile<T>(path: string, decode: (bytes: Buffer, path: string) => Promise<T>) {
  const bytes = await readBytes(path);
  return { decoded: await decode(bytes, path), hash: sha256(bytes) };
}

async function readMask(sample: Sample) {
  if (sample.mask !== undefined) return readFile(sample.mask, decodeMaskBytes);
  throw new UserError({
    what: sample.image,
    got: 'no mask',
    expected: 'a file with the same stem in masks/',
    fix: 'add the mask or leave the image out of the list',
  });
}

/** A mask may be smaller than its image, but one of another aspect ratio was turned or cropped differently. */
function differentShape(sample: Sample, image: Size, mask: Size): UserError | undefined {
  const ratio = (image.width * mask.height) / (image.height * mask.width);
  // A mask of few pixels has a coarse aspect ratio: one pixel more or less is no complaint.
  const slack = 1.02 + 1 / Math.min(mask.height, mask.width, image.height, image.width);
  if (ratio < slack && ratio > 1 / slack) return undefined;
  return new UserError({
    what: `mask ${sample.mask}`,
    got: `${mask.width}x${mask.height} pixels`,
    expected: `the aspect ratio of its image, which has ${image.width}x${image.height} (upright as its EXIF says)`,
    fix: 'turn or crop the mask like its image',
  });
}
