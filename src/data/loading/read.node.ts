import { UserError } from '../../core/errors.ts';
import { sha256 } from '../../core/files.node.ts';
import type { Size } from '../../core/size.ts';
import { readBytes } from '../decode/bytes.node.ts';
import { decodeImageBytesTo } from '../decode/decode.node.ts';
import type { PixelReading } from '../decode/reading.ts';
import { type Appearance, appearanceOf } from '../duplicates/appearance.ts';
import type { Sample } from '../folders/folder.node.ts';
import { maskPaths } from '../folders/mask-paths.ts';
import type { Labelling } from '../masks/labelling.ts';
import { readMask } from '../masks/read-mask.node.ts';
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
  readonly hashes: FileHashes;
  readonly look: ImageLook;
  /** At its own size. */
  readonly mask?: PackedMask;
  /** Of the image at the size asked for. */
  readonly appearance?: Appearance;
}

/**
 * Reads and resizes a sample.
 *
 * @param wanted.labelling what its mask means; without it the mask is not read
 * @returns the sample, or what is wrong with its files
 */
export async function readSample(
  sample: Sample,
  wanted: { readonly size: Size; readonly reading: PixelReading; readonly labelling?: Labelling },
): Promise<ReadSample | readonly UserError[]> {
  const { size, reading, labelling } = wanted;
  const [image, mask] = await Promise.allSettled([
    readImage(sample.image, size, reading),
    labelling && readMask(sample, labelling),
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
  const look = lookOf(image.value.decoded.image, native);
  if (mask.value === undefined) {
    return { pixels: { image: rgb }, hashes: { image: image.value.hash }, look, appearance };
  }
  const mismatch = differentShape(sample, native, mask.value);
  if (mismatch) return [mismatch];
  return {
    pixels: { image: rgb, mask: mask.value.at(size).data },
    hashes: { image: image.value.hash, mask: mask.value.hash },
    mask: packMask(mask.value.at()),
    ...{ look, appearance },
  };
}

async function readImage(path: string, size: Size, reading: PixelReading) {
  const bytes = await readBytes(path);
  return { decoded: await decodeImageBytesTo(bytes, path, size, reading), hash: sha256(bytes) };
}

/** A mask may be smaller than its image, but one of another aspect ratio was turned or cropped differently. */
function differentShape(sample: Sample, image: Size, mask: Size): UserError | undefined {
  const ratio = (image.width * mask.height) / (image.height * mask.width);
  // A mask of few pixels has a coarse aspect ratio: one pixel more or less is no complaint.
  const slack = 1.02 + 1 / Math.min(mask.height, mask.width, image.height, image.width);
  if (ratio < slack && ratio > 1 / slack) return undefined;
  return new UserError({
    what: `mask ${maskPaths(sample)[0]}`,
    got: `${mask.width}x${mask.height} pixels`,
    expected: `the aspect ratio of its image, which has ${image.width}x${image.height} (upright as its EXIF says)`,
    fix: 'turn or crop the mask like its image',
  });
}
