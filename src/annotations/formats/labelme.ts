import * as z from 'zod';
import { isImage } from '../../core/image-endings.ts';
import {
  type AnnotatedImage,
  type AnnotatedObject,
  type AnnotatedSet,
  labelsOf,
  numbered,
  type Ring,
  type Shape,
  UNKNOWN_LABEL,
} from '../annotated-set.ts';
import { fromBase64, toBase64 } from '../base64.ts';
import { bitmapOf, gridOf } from '../bitmap.ts';
import { ellipseRing, rectangleRing } from '../ellipse.ts';
import { fitted, GroupNumbers, ringsOf } from '../fit.ts';
import type { Format, Holds, WriteOptions } from '../format.ts';
import { filesOfKind, recogniseJson } from '../json-files.ts';
import { readNumbers, writeGrey } from '../png.ts';
import { checked, damaged, pointsOf, Tally } from '../reading.ts';
import { ambiguousImage } from '../settle.ts';
import { baseOf, folderOf, Images, joinedPath, type Source, stemOf, type WrittenFile } from '../source.ts';

const holds: Holds = {
  pixels: 'masks',
  holes: false,
  parts: 'grouped',
  groups: 'own',
  objects: true,
  crowd: false,
  ids: false,
  scores: false,
  colours: false,
  numbers: 'place',
  splits: false,
  unseen: true,
  unknown: 'own',
};

const side = z.int().min(1).nullish();
const shape = z.looseObject({
  label: z.union([z.string(), z.number()]).transform(String),
  points: z.array(z.unknown()),
  group_id: z.union([z.number(), z.string()]).nullish(),
  shape_type: z.string().nullish(),
  mask: z.string().nullish(),
});
const file = z.looseObject({
  shapes: z.array(shape),
  imagePath: z.string().nullish(),
  imageHeight: side,
  imageWidth: side,
  imageData: z.unknown().optional(),
});

/** Of the list that LabelMe starts with: what stands for no class. */
const BACKGROUND = '_background_';
const LABELS = 'labels.txt';

/** LabelMe: a JSON file for each image, beside it. */
export const labelme: Format = {
  name: 'labelme',
  title: 'LabelMe',
  holds,
  recognise: (source) => recogniseJson(source, 'labelme'),
  read,
  imagePath: ({ file }) => file,
  write,
};

async function read(source: Source): Promise<AnnotatedSet> {
  const tally = new Tally();
  const images: AnnotatedImage[] = [];
  const files = new Images(source, ambiguousImage(source));
  for await (const { file: path, value } of filesOfKind(source, 'labelme')) {
    images.push(imageOf(checked(file, value, `${source.name}/${path}`), path, { source, files, tally }));
  }
  const listed = source.files.includes(LABELS)
    ? (await source.text(LABELS)).split(/\r?\n/).map((line) => line.trim())
    : [];
  const names = [...listed.filter((name) => name !== '' && name !== BACKGROUND), ...labelsOf(images)];
  return {
    classes: numbered(names),
    images: [...images, ...unseenImages(source, files, images)],
    notes: tally.notes(),
  };
}

/** Images without a file of annotations. */
function unseenImages(source: Source, files: Images, images: readonly AnnotatedImage[]): AnnotatedImage[] {
  if (source.only !== undefined) return [];
  const seen = new Set(images.map(({ file, path, teller = '' }) => path ?? files.find(file, teller)));
  return source.files
    .filter((path) => isImage(path) && !seen.has(path))
    .map((path) => ({ file: path, path }));
}

interface Context {
  readonly source: Source;
  readonly files: Images;
  readonly tally: Tally;
}

function imageOf(
  { shapes, imagePath, imageHeight, imageWidth, imageData }: z.output<typeof file>,
  path: string,
  { source, files, tally }: Context,
): AnnotatedImage {
  const all = shapes.flatMap((each, i): AnnotatedObject[] => {
    const shape = shapeOf(each, `${source.name}/${path}, shape ${i + 1} (${each.label})`, tally);
    const group = each.group_id ?? undefined;
    const label = each.label === BACKGROUND ? 'background' : each.label;
    return shape ? [{ label, shape, ...(group !== undefined && { group: String(group) }) }] : [];
  });
  const objects = tally.seen(all, shapes.length);
  const stem = baseOf(path).replace(/\.json$/i, '');
  const told = imagePath || `${stem}.jpg`;
  const named = files.find(told, path);
  const found = named ?? files.beside(stem, path);
  if (imagePath && named === undefined && found !== undefined)
    tally.add(
      '{file names an image that is not there: it counts|files name images that are not there: they count} for the one of the same name',
    );
  if (found === undefined && imageData)
    tally.add(
      '{file has its image in it|files have their images in them} ("imageData") and nowhere else: save {it as a file|them as files}',
    );
  return {
    file: found ?? joinedPath(folderOf(path), told),
    ...(found !== undefined && { path: found }),
    ...(imageWidth && imageHeight && { size: { width: imageWidth, height: imageHeight } }),
    ...(objects && { objects }),
    teller: path,
  };
}

function shapeOf(
  { shape_type: kind, points, mask }: z.output<typeof shape>,
  place: string,
  tally: Tally,
): Shape | undefined {
  const ring = pointsOf(points, place);
  const one = (outline: Ring | undefined): Shape | undefined => outline && { parts: [[outline]] };
  switch (kind ?? 'polygon') {
    case 'polygon':
      return one(tally.ring(ring));
    case 'rectangle':
      expectPoints(ring, [2, 4], place);
      return one(ring.length === 4 ? ring : rectangleRing(...span(ring)));
    case 'circle': {
      expectPoints(ring, [2], place);
      const [[cx, cy], [x, y]] = ring;
      const radius = Math.hypot(x - cx, y - cy);
      return one(ellipseRing([cx, cy], radius, radius));
    }
    case 'oriented_rectangle':
      return one(tally.ring(ring));
    case 'mask':
      expectPoints(ring, [2], place);
      return maskOf(mask, ring, place);
    case 'line':
    case 'linestrip':
    case 'point':
    case 'points':
      tally.add('{line or point|lines and points}, which have no area: left out');
      return undefined;
    default:
      throw damaged(
        place,
        `the shape type "${kind}"`,
        'polygon, rectangle, circle, mask, line, linestrip or point',
      );
  }
}

function expectPoints(ring: Ring, counts: readonly number[], place: string): void {
  if (!counts.includes(ring.length)) throw damaged(place, `${ring.length} points`, counts.join(' or '));
}

function span([[x0, y0], [x1, y1]]: Ring): [left: number, top: number, right: number, bottom: number] {
  return [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
}

/** The lower right point is the last pixel of the mask. LabelMe puts the mask on the pixel that the upper left point is in. */
function maskOf(mask: string | null | undefined, ring: Ring, place: string): Shape {
  const [left, top, right, bottom] = span(ring);
  const picture = readNumbers(bytesOf(mask, place), place);
  const [width, height] = [Math.round(right - left) + 1, Math.round(bottom - top) + 1];
  if (picture.width !== width || picture.height !== height) {
    throw damaged(
      place,
      `a mask of ${picture.width} x ${picture.height} pixels`,
      `${width} x ${height}, as its points say`,
    );
  }
  return {
    bitmap: bitmapOf({
      left: Math.floor(left),
      top: Math.floor(top),
      width,
      height,
      data: Uint8Array.from(picture.data, (value) => Number(value > 0)),
    }),
  };
}

function bytesOf(mask: string | null | undefined, place: string): Uint8Array {
  try {
    return fromBase64(mask || '!');
  } catch {
    throw damaged(place, 'a mask that is no base64', 'a PNG in base64');
  }
}

function* write(set: AnnotatedSet, options: WriteOptions): Generator<WrittenFile> {
  yield {
    path: LABELS,
    content: `${[UNKNOWN_LABEL, BACKGROUND, ...set.classes.map(({ name }) => name)].join('\n')}\n`,
  };
  for (const image of set.images) {
    if (!image.objects) continue;
    const groups = new GroupNumbers(image);
    const shapes = image.objects.flatMap((object) => shapesOf(object, image, options, groups));
    const content = {
      version: '5.0.1',
      flags: {},
      shapes,
      imagePath: options.imageAt ? upFrom(image.file) + options.imageAt(image) : baseOf(image.file),
      imageData: null,
      imageHeight: image.size?.height ?? null,
      imageWidth: image.size?.width ?? null,
    };
    yield {
      path: `${folderOf(image.file)}${stemOf(image.file)}.json`,
      content: `${JSON.stringify(content, null, 2)}\n`,
    };
  }
}

/** From the folder of a file to that in which it begins. */
const upFrom = (file: string) => '../'.repeat(file.split('/').length - 1);

function shapesOf(
  object: AnnotatedObject,
  image: AnnotatedImage,
  options: WriteOptions,
  groups: GroupNumbers,
) {
  const shape = fitted(object.shape, holds, options, image.size);
  const pieces =
    'bitmap' in shape
      ? [maskPiece(shape)]
      : ringsOf(shape.parts).map((ring) => ({ shape_type: 'polygon', points: ring, mask: null }));
  const group = groups.of(object, pieces.length) ?? null;
  return pieces.map((piece) => ({
    label: object.label,
    group_id: group,
    description: '',
    flags: {},
    ...piece,
  }));
}

function maskPiece({ bitmap }: Extract<Shape, { bitmap: unknown }>) {
  const { left, top, width, height, data } = gridOf(bitmap);
  const points = [
    [left, top],
    [left + width - 1, top + height - 1],
  ];
  return {
    shape_type: 'mask',
    points,
    mask: toBase64(writeGrey({ width, height, data: data.map((value) => value * 255) })),
  };
}
