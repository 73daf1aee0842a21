import sharp from 'sharp';
import { contentOf, formatOfContent } from '../data/decode/content.node.ts';
import { decodeImage } from '../data/decode/decode.node.ts';
import { openPicture } from '../data/decode/picture.node.ts';
import { isUsual, type PixelReading, USUAL } from '../data/decode/reading.ts';
import { imageSize } from '../data/decode/size.node.ts';

/** What a browser shows as it is. */
const SHOWN: Readonly<Record<string, string>> = { jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp' };

/** An image as a browser shows it. */
interface Picture {
  readonly bytes: Uint8Array;
  /** `image/png`, for one. */
  readonly type: string;
  /** Whether its values have more than 8 bits. */
  readonly deep: boolean;
}

/**
 * An image for a browser, upright, at its own size: its file where a browser shows that, else as a PNG of what a network is shown.
 *
 * @param reading how images of the folder are read
 * @throws UserError for an image that cannot be read
 */
export async function pictureFor(image: string, reading: PixelReading = USUAL): Promise<Picture> {
  const content = await contentOf(image);
  const type = isUsual(reading) ? SHOWN[await formatOfContent(content)] : undefined;
  if (type && Buffer.isBuffer(content) && (await isPlain(content, image)))
    return { bytes: content, type, deep: false };
  const { width, height, data } = await decodeImage(image, reading);
  const bytes = await sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .png({ compressionLevel: 1 })
    .toBuffer();
  const { depth } = await openPicture(content, image, 'values');
  return { bytes, type: 'image/png', deep: depth !== 'uchar' };
}

/** Upright, of 8 bits, of one page, and without alpha: a browser multiplies that into the colours. */
async function isPlain(content: Buffer, image: string): Promise<boolean> {
  const { orientation } = await imageSize(image);
  const { depth, pages = 1, hasAlpha } = await sharp(content).metadata();
  return orientation === 1 && depth === 'uchar' && pages === 1 && !hasAlpha;
}
