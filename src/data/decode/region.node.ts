import { UserError } from '../../core/errors.ts';
import type { Size } from '../../core/size.ts';
import { contentOf } from './content.node.ts';
import { opened } from './decode.node.ts';
import { orient } from './orient.ts';
import type { PixelReading } from './reading.ts';
import type { Image } from './resize.ts';

/** An image of any size, as it is read from the top. */
export interface RowSource {
  /** Upright. */
  readonly size: Size;
  /** RGB, upright. */
  stripes(): AsyncIterable<Image>;
}

/** Smaller files are read as a whole; of larger ones only what is decoded is read. */
const LARGE_FILE = 2 ** 25;

/** An image that has to be turned is held as a whole. */
const MOST_TURNED = 2 ** 28;

/**
 * Opens an image file to be read from the top. Of the rows of a huge image a part is decoded at a time: a tiled TIFF is decoded where
 * it is needed, others from their beginning for each part, of which there are few.
 *
 * @throws UserError as `decodeImage` does, and for a huge image that has to be turned
 */
export async function openRows(path: string, reading?: PixelReading): Promise<RowSource> {
  const { picture, stripes } = await opened(
    await contentOf(path, LARGE_FILE),
    path,
    reading,
    Number.POSITIVE_INFINITY,
  );
  const { size, orientation } = picture;
  if (orientation === 1) return { size, stripes };
  if (size.height * size.width > MOST_TURNED) {
    throw new UserError({
      what: path,
      got: `${size.width}x${size.height} pixels, stored turned (EXIF orientation ${orientation})`,
      expected: `an upright image, where it has more than ${MOST_TURNED} pixels`,
      fix: 'turn it upright with another program',
    });
  }
  return { size, stripes: () => turned(stripes(), orientation) };
}

async function* turned(stripes: AsyncIterable<Image>, orientation: number): AsyncGenerator<Image> {
  const parts: Image[] = [];
  for await (const stripe of stripes) parts.push(stripe);
  const [{ width, channels }] = parts;
  const height = parts.reduce((sum, part) => sum + part.height, 0);
  const data = new Uint8Array(height * width * channels);
  let filled = 0;
  for (const part of parts) {
    data.set(part.data, filled);
    filled += part.data.length;
  }
  yield orient({ width, height, channels, data }, orientation);
}
