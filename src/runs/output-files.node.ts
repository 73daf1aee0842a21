import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { refuseExisting } from '../core/files.node.ts';
import { expectApart, realPlace } from '../core/place.node.ts';
import type { GivenImage } from './given-images.node.ts';

/** Where in a folder a file of an image lies. */
export type OutputPlace = (stem: string) => string;

/**
 * The files that are made of each image, in the order of their places; none without a folder.
 *
 * @throws UserError if two images have one stem, the folder is one of those that images were given by, a file is one of the images
 *   (through whatever links), or a file exists that may not be replaced
 */
export function outputFiles(
  images: readonly GivenImage[],
  places: readonly OutputPlace[],
  { out, overwrite }: { readonly out?: string; readonly overwrite: boolean },
): ReadonlyMap<GivenImage, readonly string[]> {
  const filesOf = new Map<GivenImage, readonly string[]>();
  if (out === undefined) return filesOf;
  const folders = new Set(images.flatMap(({ folder }) => folder ?? []));
  expectApart(out, { apart: [], closed: [...folders] });
  const imageOf = new Map<string, GivenImage>();
  const sources = new Map(images.map((image) => [realPlace(image.name), image]));
  for (const image of images) {
    const files = places.map((place) => join(out, place(image.stem)));
    for (const file of files) {
      expectFree(file, image, imageOf.get(file));
      expectNoSource(file, sources.get(realPlace(file)));
      if (!overwrite) refuseExisting(file);
      imageOf.set(file, image);
    }
    filesOf.set(image, files);
  }
  return filesOf;
}

/** @param other the image that the file was already given to */
function expectFree(file: string, image: GivenImage, other: GivenImage | undefined): void {
  if (other) {
    throw new UserError({
      what: file,
      got: `two images for it, ${other.name} and ${image.name}`,
      expected: 'one',
      fix: 'rename one of them, or write them to two folders',
    });
  }
}

function expectNoSource(file: string, source: GivenImage | undefined): void {
  if (!source) return;
  throw new UserError({
    what: file,
    got: `the image ${source.name} itself as the place of an output`,
    expected: 'another file',
    fix: 'choose another --out',
  });
}
