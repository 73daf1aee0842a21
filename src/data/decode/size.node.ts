import sharp from 'sharp';
import type { ImageSize } from '../../annotations/source.ts';
import { bmpSize, isBmp } from './bmp.ts';
import { readBytes, unreadable } from './bytes.node.ts';
import { expectImage, UNLIMITED } from './content.node.ts';
import { dicomSize, isDicom } from './dicom.node.ts';
import { placeOf } from './page.ts';

/**
 * The size of an image, or of a page of one, upright, and how it is stored; only as much of it is read as tells that.
 *
 * @throws UserError naming the file if it is no image
 */
export async function imageSize(path: string): Promise<ImageSize> {
  try {
    await expectImage(path, path);
    const { file, page = 1 } = placeOf(path);
    const picture = sharp(file, { ...UNLIMITED, page: page - 1 });
    const { width, height, orientation = 1 } = await picture.metadata();
    return orientation >= 5 ? { width: height, height: width, orientation } : { width, height, orientation };
  } catch (error) {
    return sizeOfOthers(path, error);
  }
}

/** Of files that the decoder of most does not know. */
async function sizeOfOthers(path: string, reason: unknown): Promise<ImageSize> {
  const bytes = await readBytes(path);
  const read = isBmp(bytes) ? bmpSize : isDicom(bytes) ? dicomSize : undefined;
  if (!read) throw unreadable(path, reason);
  try {
    return { ...read(bytes), orientation: 1 };
  } catch (error) {
    throw unreadable(path, error);
  }
}
