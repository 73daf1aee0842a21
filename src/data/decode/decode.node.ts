import { UserError } from '../../core/errors.ts';
import type { Size } from '../../core/size.ts';
import { readBytes } from './bytes.node.ts';
import { emptyCounts, greyInto } from './grey.ts';
import { maskThreshold, meaningOf } from './mask-values.ts';
import { orient, orientedSize } from './orient.ts';
import { openPicture, type Picture } from './picture.node.ts';
import { type Image, resizeBilinear, resizeStripes } from './resize.ts';

/** An image at another size than it has. */
export interface ResizedImage {
  readonly image: Image;
  /** Its own size. */
  readonly native: Size;
}

/**
 * Reads an image file (JPEG, PNG, WebP, TIFF, GIF, AVIF, BMP) as 8-bit sRGB, channels 3: turned upright by its
 * EXIF orientation, alpha dropped, grey and CMYK converted, of 16 bits the upper 8, first page only. Floats and other
 * integers: see `bytesOfNumbers`.
 * @throws UserError naming the file, if it cannot be read
 */
export async function decodeImage(path: string): Promise<Image> {
  return decodeImageBytes(await readBytes(path), path);
}

/** `decodeImage` for a file already in memory; `path` is for messages. */
export async function decodeImageBytes(bytes: Buffer, path: string): Promise<Image> {
  const picture = await openPicture(bytes, path, 'image');
  const { height, width } = orientedSize(picture.size, picture.orientation);
  const data = new Uint8Array(height * width * 3);
  let filled = 0;
  for await (const stripe of rgbStripes(picture)) {
    data.set(stripe.data, filled);
    filled += stripe.data.length;
  }
  return orient({ width, height, channels: 3, data }, picture.orientation);
}

/** `decodeImage` and `resizeBilinear`, without ever holding all pixels of a huge image. */
export async function decodeImageTo(path: string, size: Size): Promise<ResizedImage> {
  return decodeImageBytesTo(await readBytes(path), path, size);
}

/** `decodeImageTo` for a file already in memory; `path` is for messages. */
export async function decodeImageBytesTo(bytes: Buffer, path: string, size: Size): Promise<ResizedImage> {
  const picture = await openPicture(bytes, path, 'image');
  const { orientation } = picture;
  const [from, to] = [orientedSize(picture.size, orientation), orientedSize(size, orientation)];
  const image = await resizeStripes(rgbStripes(picture), from, to);
  return { image: orient(image, orientation), native: picture.size };
}

/**
 * An image at a size that is far smaller than its own, for looking at it as a whole: close to what `decodeImageBytesTo`
 * gives, and for JPEG files several times faster.
 */
export async function decodeThumbnail(bytes: Buffer, path: string, size: Size): Promise<ResizedImage> {
  const picture = await openPicture(bytes, path, 'image');
  const reduced = await picture.reduced({ height: 2 * size.height, width: 2 * size.width });
  if (!reduced) return decodeImageBytesTo(bytes, path, size);
  const rgb = reduced.channels === 3 ? reduced : threefold(reduced);
  return { image: resizeBilinear(rgb, size), native: picture.size };
}

/**
 * Reads a mask file as one channel of grey values in 0..255, upright as its EXIF orientation says.
 * A mask of 0 and one other value, such as 1, comes back as 0 and 255.
 * @throws UserError naming the file, if it cannot be read, has coloured pixels or values that say no mask
 */
export async function decodeMask(path: string): Promise<Image> {
  return decodeMaskBytes(await readBytes(path), path);
}

/** `decodeMask` for a file already in memory; `path` is for messages. */
export async function decodeMaskBytes(bytes: Buffer, path: string): Promise<Image> {
  const picture = await openPicture(bytes, path, 'mask');
  const { height, width } = orientedSize(picture.size, picture.orientation);
  const data = new Uint8Array(height * width);
  let counts = await readGrey(picture.stripes(), data, path);
  // Files of 16 bits may hold 0/1 or 0/255, of which the upper 8 bits are 0.
  if (picture.deep && data.every((value) => value === 0)) {
    counts = await readGrey(picture.faintStripes(), data, path);
  }
  const meaning = meaningOf(counts);
  if ('complaint' in meaning) throw new UserError({ what: `mask ${path}`, ...meaning.complaint });
  for (let i = 0; i < data.length; i++) data[i] = meaning.lookup[data[i]];
  return orient({ width, height, channels: 1, data }, picture.orientation);
}

/** Grey values above 127 become 1, all others 0; in place. */
export function binarise(mask: Image): Image {
  const { data } = mask;
  for (let i = 0; i < data.length; i++) data[i] = data[i] > maskThreshold ? 1 : 0;
  return mask;
}

async function* rgbStripes(picture: Picture): AsyncGenerator<Image> {
  for await (const stripe of picture.stripes()) yield stripe.channels === 3 ? stripe : threefold(stripe);
}

function threefold({ width, height, channels, data }: Image): Image {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0, o = 0; o < rgb.length; i += channels) rgb[o++] = rgb[o++] = rgb[o++] = data[i];
  return { width, height, channels: 3, data: rgb };
}

/** Fills `data` and says what is in it. */
async function readGrey(stripes: AsyncIterable<Image>, data: Uint8Array, path: string) {
  const counts = emptyCounts();
  let filled = 0;
  for await (const stripe of stripes) {
    const area = stripe.width * stripe.height;
    const colour = greyInto(stripe, data.subarray(filled, filled + area), counts);
    if (colour) {
      throw new UserError({
        what: `mask ${path}`,
        got: `a coloured pixel (${colour.join(', ')})`,
        expected: 'grey values, white for the object and black for the rest',
        fix: 'convert it to a black-and-white PNG',
      });
    }
    filled += area;
  }
  return counts;
}
