import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { misnamed } from '../core/files.node.ts';
import type { Size } from '../core/size.ts';
import { decodeImageTo, type ResizedImage } from '../data/decode/decode.node.ts';
import { placeIn, type ReadAs, withBorder } from '../data/decode/fit.ts';
import { type ImageInMemory, rgbOf } from '../data/decode/memory.ts';
import { placeOf } from '../data/decode/page.ts';
import type { PixelReading } from '../data/decode/reading.ts';
import { openRows, type RowSource } from '../data/decode/region.node.ts';
import { resizeBilinear } from '../data/decode/resize.ts';
import { imagePaths } from '../data/folders/image-files.node.ts';
import { inOneStripe } from '../eval/tiled.ts';

/** An image as a caller gives it: a file, or pixels in memory. */
export interface GivenImage {
  /** Its path, or `image 0`, .. by its place among those given. */
  readonly name: string;
  /** Its path, if it is a file. */
  readonly path?: string;
  /** The name of its file, from the folder that was given on; of an image in memory one that it may have. */
  readonly file: string;
  /** The folder that was given, if it is one of its images. */
  readonly folder?: string;
  /** What files made of it are called; of an image in a folder that was given it begins with the sub-folders. */
  readonly stem: string;
  /** @throws UserError if it cannot be used */
  read(size: Size, as: ReadAs): Promise<ResizedImage>;
  /** @throws UserError if it cannot be used */
  rows(reading: PixelReading): Promise<RowSource>;
}

/**
 * The images that are given, folders replaced by the images in them and in their sub-folders.
 *
 * @throws UserError if a file or folder is not there, or there is no image
 */
export async function givenImages(given: readonly (string | ImageInMemory)[]): Promise<GivenImage[]> {
  const lists = await Promise.all(
    given.map((each, i) => (typeof each === 'string' ? filesAt(each) : [inMemory(each, i)])),
  );
  const images = lists.flat();
  if (images.length > 0) return images;
  throw new UserError({ what: 'images', got: 'none', expected: 'image files, or folders of them' });
}

async function filesAt(path: string): Promise<GivenImage[]> {
  const { file: own, page } = placeOf(path);
  const found = await stat(own).catch(() => undefined);
  if (!found) {
    throw (
      misnamed(path) ?? new UserError({ what: path, got: 'no such file or folder', expected: 'an image' })
    );
  }
  const folder = found.isDirectory() ? path : undefined;
  const files = folder
    ? (await imagePaths(folder, { below: !isDataFolder(folder) }))!.paths
    : [basename(own)];
  return files.map((file) =>
    fileImage({
      path: folder ? join(folder, file) : path,
      ...{ file, folder },
      stem: file.slice(0, file.length - extname(file).length) + (page === undefined ? '' : `_p${page}`),
    }),
  );
}

/** An image that is read from a file, or a page of one. */
export const fileImage = ({
  path,
  file,
  folder,
  stem,
}: Pick<GivenImage, 'file' | 'folder' | 'stem'> & { readonly path: string }): GivenImage => ({
  ...{ name: path, path, file, folder, stem },
  read: (size, as) => decodeImageTo(path, size, as),
  rows: (reading) => openRows(path, reading),
});

/** A folder with masks beside the images, which are no images to be given. */
const isDataFolder = (folder: string) => ['images', 'masks'].some((name) => existsSync(join(folder, name)));

function inMemory(image: ImageInMemory, i: number): GivenImage {
  const name = `image ${i}`;
  const read = async (size: Size, { reading, fit = 'stretch' }: ReadAs) => {
    const rgb = rgbOf(image, name, reading);
    const place = placeIn(rgb, size, fit);
    const native = { width: rgb.width, height: rgb.height };
    return { image: withBorder(resizeBilinear(rgb, place), size, place), native, place };
  };
  const rows = async (reading: PixelReading) => {
    const rgb = rgbOf(image, name, reading);
    return { size: { width: rgb.width, height: rgb.height }, stripes: () => inOneStripe(rgb) };
  };
  return { name, file: `image-${i}.png`, stem: `image-${i}`, read, rows };
}
