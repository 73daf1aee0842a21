import type { AnnotatedImage } from './annotated-set.ts';
import { baseOf, stemOf } from './source.ts';
import { plural } from './words.ts';

/**
 * Images with file names without folders, no two of which differ in their endings only: where they would, names keep
 * their folders, with `_` for `/`, or get a number.
 *
 * @returns the images, and what is to be told of that
 */
export function plainlyNamed(images: readonly AnnotatedImage[]): {
  images: AnnotatedImage[];
  notes: string[];
} {
  const counts = new Map<string, number>();
  for (const { file } of images) counts.set(keyOf(file), (counts.get(keyOf(file)) ?? 0) + 1);
  const taken = new Set([...counts].filter(([, count]) => count === 1).map(([stem]) => stem));
  let renamed = 0;
  const named = images.map((image) => {
    if (counts.get(keyOf(image.file)) === 1) return { ...image, file: baseOf(image.file) };
    renamed++;
    const name = image.file.replaceAll('/', '_');
    const ending = name.slice(stemOf(name).length);
    let stem = stemOf(name);
    for (let k = 2; taken.has(keyOf(stem)); k++) stem = `${stemOf(name)}_${k}`;
    taken.add(keyOf(stem));
    return { ...image, file: stem + ending };
  });
  return {
    images: named,
    notes:
      renamed > 0
        ? [plural(renamed, '{image has a name|images have names} that others have, too: renamed')]
        : [],
  };
}

/** A name, such as that of a class, as that of a folder: without what leads elsewhere or file systems refuse. */
export const folderName = (name: string): string => name.replaceAll(/[/\\:*?"<>|]|^\.+$/g, '_');

/** Some file systems do not tell capitals from small letters. */
const keyOf = (file: string) => stemOf(file).toLowerCase();
