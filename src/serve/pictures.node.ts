import sharp from 'sharp';
import { contentOf, formatOfContent } from '../data/decode/content.node.ts';
import { decodeImage } from '../data/decode/decode.node.ts';
import { imageSize } from '../data/decode/size.node.ts';

/** What a browser shows as it is. */
const SHOWN: Readonly<Record<string, string>> = { jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp' };

/**
 * An image for a browser, upright, at its own size: its file where a browser shows that, else as a PNG of what a network is shown.
 *
 * @throws UserError for an image that cannot be read
 */
export async function pictureFor(
  image: string,
): Promise<{ readonly bytes: Uint8Array; readonly type: string }> {
  const content = await contentOf(image);
  const type = SHOWN[await formatOfContent(content)];
  if (type && Buffer.isBuffer(content) && (await isPlain(content, image))) return { bytes: content, type };
  const { width, height, data } = await decodeImage(image);
  const bytes = await sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .png({ compressionLevel: 1 })
    .toBuffer();
  return { bytes, type: 'image/png' };
}

/** Upright, of 8 bits, and of one page. */
async function isPlain(content: Buffer, image: string): Promise<boolean> {
  const { orientation } = await imageSize(image);
  const { depth, pages = 1 } = await sharp(content).metadata();
  return orientation === 1 && depth === 'uchar' && pages === 1;
}
