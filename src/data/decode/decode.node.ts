import type { Size } from '../../core/size.ts';
import { readBytes } from './bytes.node.ts';
import { type Fit, type Place, placeIn, withBorder } from './fit.ts';
import { orient, orientedSize } from './orient.ts';
import { openPicture, type Picture } from './picture.node.ts';
import { type Image, resizeBilinear, resizeStripes } from './resize.ts';

/** An image at another size than it has. */
export interface ResizedImage {
  readonly image: Image;
  /** Its own size. */
  readonly native: Size;
  /** Where it lies in it: the whole, unless it has a border. */
  readonly place: Place;
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
export async function decodeImageTo(path: string, size: Size, fit?: Fit): Promise<ResizedImage> {
  return decodeImageBytesTo(await readBytes(path), path, size, fit);
}

/** `decodeImageTo` for a file already in memory; `path` is for messages. */
export async function decodeImageBytesTo(
  bytes: Buffer,
  path: string,
  size: Size,
  fit: Fit = 'stretch',
): Promise<ResizedImage> {
  const picture = await openPicture(bytes, path, 'image');
  const { orientation } = picture;
  const place = placeIn(picture.size, size, fit);
  const [from, to] = [orientedSize(picture.size, orientation), orientedSize(place, orientation)];
  const image = await resizeStripes(rgbStripes(picture), from, to);
  return { image: withBorder(orient(image, orientation), size, place), native: picture.size, place };
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
  return { image: resizeBilinear(rgb, size), native: picture.size, place: placeIn(size, size, 'stretch') };
}

/** A picture in stripes from the top, as it is stored; RGB. */
export async function* rgbStripes(picture: Picture): AsyncGenerator<Image> {
  for await (const stripe of picture.stripes()) yield stripe.channels === 3 ? stripe : threefold(stripe);
}

function threefold({ width, height, channels, data }: Image): Image {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0, o = 0; o < rgb.length; i += channels) rgb[o++] = rgb[o++] = rgb[o++] = data[i];
  return { width, height, channels: 3, data: rgb };
}
