import { eachOf } from '../core/each.ts';
import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';
import type {
  AnnotatedImage,
  AnnotatedObject,
  AnnotatedSet,
  Box,
  Part,
  Ring,
  Shape,
} from './annotated-set.ts';
import { bitmapOf, cropped, gridOf, within } from './bitmap.ts';
import { clippedRing } from './clip.ts';
import { boundsOf } from './rasterise.ts';
import { AT_ONCE, type ImageSize, Images, type Source } from './source.ts';
import { tidied } from './tidy.ts';
import { turnedShape } from './turn.ts';
import { plural, some } from './words.ts';

/** What was found of an image, beside its objects. */
interface Counts {
  missing: string[];
  turned: number;
  cut: number;
  outside: number;
}

/**
 * Finds the image files of a set, and brings objects to what these are: upright, and inside. What was changed is told in the notes.
 *
 * @throws UserError if an image has another size than its annotations say, or a name fits several files
 */
export async function settle(
  set: AnnotatedSet,
  source: Source,
  onImage?: (done: number, total: number) => void,
): Promise<AnnotatedSet> {
  const { classes, images: told, notes } = tidied(set, source.name);
  const files = new Images(source, ambiguousImage(source));
  const counts: Counts = { missing: [], turned: 0, cut: 0, outside: 0 };
  const paths = told.map((image) => image.path ?? files.find(image.file, image.teller ?? source.only ?? ''));
  expectToldOnce(told, paths, source);
  let done = 0;
  const sizes = await eachOf(paths, AT_ONCE, async (path) => {
    const size = path === undefined ? undefined : await source.sizeOf(path);
    onImage?.(++done, paths.length);
    return size;
  });
  const images = told.map((image, i) => {
    const [path, size] = [paths[i], sizes[i]];
    return path === undefined || !size
      ? missing(image, counts)
      : settled({ ...image, path }, size, source, counts);
  });
  return { classes, images, notes: [...notes, ...notesOf(counts)] };
}

/** @throws UserError for an image that two places tell of */
function expectToldOnce(
  told: readonly AnnotatedImage[],
  paths: readonly (string | undefined)[],
  source: Source,
): void {
  const known = new Map<string, AnnotatedImage>();
  for (const [i, path] of paths.entries()) {
    if (path === undefined) continue;
    const other = known.get(path);
    if (other) throw toldTwice(path, [other, told[i]], source);
    known.set(path, told[i]);
  }
}

function toldTwice(path: string, tellers: readonly AnnotatedImage[], { name }: Source): UserError {
  const files = [...new Set(tellers.map(({ file, teller }) => teller ?? file))];
  return new UserError({
    what: `${name}, image ${path}`,
    got: `annotations of it twice${files.length > 1 ? ` (${files.join(' and ')})` : ` in ${files[0]}`}`,
    expected: 'once, as nothing tells which of them count',
    fix: 'take one of them away',
  });
}

/** The refusal of a name that several files have. */
export const ambiguousImage = (source: Source) => (file: string, found: readonly string[]) =>
  new UserError({
    what: `${source.name}, image ${file}`,
    got: `${found.length} files of that name (${some(found)})`,
    expected: 'one',
    fix: 'rename the others, or take them away',
  });

function missing(image: AnnotatedImage, counts: Counts): AnnotatedImage {
  counts.missing.push(image.file);
  return image.size ? inside(image, image.size, counts) : image;
}

function settled(image: AnnotatedImage, actual: ImageSize, source: Source, counts: Counts): AnnotatedImage {
  const { width, height, orientation } = actual;
  const told = image.size ?? actual;
  const size = { width, height };
  if (told.width === width && told.height === height) return inside({ ...image, size }, size, counts);
  if (orientation < 5 || told.width !== height || told.height !== width) {
    throw new UserError({
      what: `${source.name}, image ${image.file}`,
      got: `${width} x ${height} pixels`,
      expected: `${told.width} x ${told.height}, as its annotations say`,
      fix: 'put the image there that was annotated',
    });
  }
  // Annotated as it is stored, not as it is shown.
  counts.turned++;
  const objects = image.objects?.map((object) => ({
    ...object,
    shape: turnedShape(object.shape, size, orientation),
  }));
  return inside({ ...image, size, ...(objects && { objects }) }, size, counts);
}

function inside(image: AnnotatedImage, size: Size, counts: Counts): AnnotatedImage {
  const objects = image.objects?.flatMap((object): AnnotatedObject[] => {
    const shape = clipped(object.shape, size);
    if (shape === object.shape) return [object];
    if (!shape) counts.outside++;
    else counts.cut++;
    return shape ? [{ ...object, shape }] : [];
  });
  return objects ? { ...image, objects } : image;
}

/** What of a shape lies in an image; undefined if nothing does. */
function clipped(shape: Shape, size: Size): Shape | undefined {
  const bounds = boundsOf(shape);
  const box = within(bounds, size);
  if (box.width === bounds.width && box.height === bounds.height) return shape;
  if (box.width <= 0 || box.height <= 0) return undefined;
  if ('bitmap' in shape) return { bitmap: bitmapOf(cropped(gridOf(shape.bitmap), box)) };
  const parts = shape.parts.map((part) => clippedPart(part, size)).filter((part) => part.length > 0);
  return parts.length > 0 ? { parts } : undefined;
}

function clippedPart(part: Part, size: Size): Ring[] {
  const box: Box = { left: 0, top: 0, ...size };
  return part.map((ring) => clippedRing(ring, box)).filter((ring) => ring.length >= 3);
}

function notesOf({ missing: files, turned, cut, outside }: Counts): string[] {
  return [
    ...(files.length > 0
      ? [`${plural(files.length, '{image is|images are}')} not there: ${some(files)}`]
      : []),
    ...(turned > 0
      ? [
          `${plural(turned, '{image is|images are}')} annotated as stored, not as shown by the EXIF orientation: turned`,
        ]
      : []),
    ...(cut > 0
      ? [`${plural(cut, '{object reaches|objects reach}')} beyond the image: cut off at its edge`]
      : []),
    ...(outside > 0
      ? [`${plural(outside, '{object lies|objects lie}')} outside of the image: left out`]
      : []),
  ];
}
