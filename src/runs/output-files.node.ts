import { join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { refuseExisting } from '../core/files.node.ts';
import type { GivenImage } from './given-images.node.ts';

/**
 * The files that are made of each image, `<stem><ending>`, in the order of the endings; none without a folder.
 *
 * @throws UserError if two images have one stem, a file is the image itself, or a file exists that may not be replaced
 */
export function outputFiles(
  images: readonly GivenImage[],
  endings: readonly string[],
  { out, overwrite }: { readonly out?: string; readonly overwrite: boolean },
): ReadonlyMap<GivenImage, readonly string[]> {
  const filesOf = new Map<GivenImage, readonly string[]>();
  if (out === undefined) return filesOf;
  const imageOf = new Map<string, GivenImage>();
  for (const image of images) {
    const files = endings.map((ending) => join(out, `${image.stem}${ending}`));
    for (const file of files) {
      expectFree(file, image, imageOf.get(file));
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
  if (resolve(file) === resolve(image.name)) {
    throw new UserError({
      what: file,
      got: 'the image itself as the place of its output',
      expected: 'another file',
      fix: 'choose another --out',
    });
  }
}
