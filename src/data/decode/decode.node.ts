import type { Size } from '../../core/size.ts';
import { unreadable } from './bytes.node.ts';
import { contentOf, type ImageContent } from './content.node.ts';
import { type Place, placeIn, type ReadAs, withBorder } from './fit.ts';
import { PixelsRefused } from './numbers.ts';
import { orient, orientedSize } from './orient.ts';
import { openPicture, type Picture, rangeOfAll } from './picture.node.ts';
import { imageOfValues, isUsual, type PixelReading, USUAL } from './reading.ts';
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
 * Reads an image file (JPEG, PNG, WebP, TIFF, GIF, AVIF, BMP, DICOM) as 8-bit RGB, channels 3: turned upright by its EXIF orientation,
 * of several pages the first, or that which the path names. As files usually are read: sRGB, alpha dropped, grey and CMYK converted, of 16 bits the upper 8; floats and other
 * integers: see `bytesOfNumbers`. With a reading of its own: of the values as they are stored.
 * @throws UserError naming the file, if it cannot be read, or not so
 */
export async function decodeImage(path: string, reading?: PixelReading): Promise<Image> {
  return decodeImageBytes(await contentOf(path), path, reading);
}

/** `decodeImage` of a file's bytes, or of what `contentOf` gives; `path` is for messages. */
export async function decodeImageBytes(
  content: ImageContent,
  path: string,
  reading?: PixelReading,
): Promise<Image> {
  const { picture, stripes } = await opened(content, path, reading);
  const { height, width } = orientedSize(picture.size, picture.orientation);
  const data = new Uint8Array(height * width * 3);
  let filled = 0;
  for await (const stripe of stripes()) {
    data.set(stripe.data, filled);
    filled += stripe.data.length;
  }
  return orient({ width, height, channels: 3, data }, picture.orientation);
}

/** `decodeImage` and `resizeBilinear`, without ever holding all pixels of a huge image. */
export async function decodeImageTo(path: string, size: Size, as?: ReadAs): Promise<ResizedImage> {
  return decodeImageBytesTo(await contentOf(path), path, size, as);
}

/** `decodeImageTo` of a file's bytes, or of what `contentOf` gives; `path` is for messages. */
export async function decodeImageBytesTo(
  content: ImageContent,
  path: string,
  size: Size,
  { reading, fit = 'stretch' }: ReadAs = {},
): Promise<ResizedImage> {
  const { picture, stripes } = await opened(content, path, reading);
  const { orientation } = picture;
  const place = placeIn(picture.size, size, fit);
  const [from, to] = [orientedSize(picture.size, orientation), orientedSize(place, orientation)];
  const image = await resizeStripes(stripes(), from, to);
  return { image: withBorder(orient(image, orientation), size, place), native: picture.size, place };
}

/**
 * An image at a size that is far smaller than its own, for looking at it as a whole: close to what `decodeImageBytesTo`
 * gives, and for JPEG files several times faster.
 */
export async function decodeThumbnail(
  content: ImageContent,
  path: string,
  size: Size,
  reading: PixelReading = USUAL,
): Promise<ResizedImage> {
  if (!isUsual(reading)) return decodeImageBytesTo(content, path, size, { reading });
  const { picture } = await opened(content, path, reading);
  const reduced = await picture.reduced({ height: 2 * size.height, width: 2 * size.width });
  if (!reduced) return decodeImageBytesTo(content, path, size);
  const rgb = reduced.channels === 3 ? reduced : threefold(reduced);
  return { image: resizeBilinear(rgb, size), native: picture.size, place: placeIn(size, size, 'stretch') };
}

/** A picture, and its stripes as RGB. */
interface Opened {
  readonly picture: Picture;
  stripes(): AsyncGenerator<Image>;
}

/**
 * Opens an image file, to be read in stripes.
 *
 * @param content of the file, or its path again: see `openPicture`
 * @param most pixels
 * @throws UserError naming the file, if it cannot be read, or nothing tells what its channels are
 */
export async function opened(
  content: ImageContent,
  path: string,
  reading: PixelReading = USUAL,
  most?: number,
): Promise<Opened> {
  const usual = isUsual(reading);
  const picture = await openPicture(content, path, usual ? 'image' : 'values', most);
  if (!reading.channels && picture.colours === undefined) {
    throw unreadable(path, new PixelsRefused(unclearChannels(picture)));
  }
  return { picture, stripes: () => (usual ? rgbStripes(picture) : readStripes(picture, path, reading)) };
}

/** What to say of channels that nothing tells the meaning of. */
export function unclearChannels({ channels }: Pick<Picture, 'channels'>): PixelsRefused['facts'] {
  return {
    got: `${channels} channels, of which it does not say what they are`,
    expected: 'grey or RGB, with or without alpha',
    fix: 'say which of them are red, green and blue, or a single one for grey: --channels 1,2,3 or --channels 1',
  };
}

async function* rgbStripes(picture: Picture): AsyncGenerator<Image> {
  for await (const stripe of picture.stripes()) yield stripe.channels === 3 ? stripe : threefold(stripe);
}

async function* readStripes(picture: Picture, path: string, reading: PixelReading): AsyncGenerator<Image> {
  try {
    const settled = reading.intensity || picture.depth === 'uchar' || picture.depth === 'ushort';
    const range = settled || !picture.huge ? undefined : await rangeOfAll(picture.bands());
    for await (const values of picture.bands()) yield imageOfValues(values, reading, range);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function threefold({ width, height, channels, data }: Image): Image {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0, o = 0; o < rgb.length; i += channels) rgb[o++] = rgb[o++] = rgb[o++] = data[i];
  return { width, height, channels: 3, data: rgb };
}
