import type { AnnotatedImage, AnnotatedObject, AnnotatedSet } from '../annotated-set.ts';
import { pixelsOf } from '../bitmap.ts';
import { fitted, pixelsOfShape, ringsOf, withJoinedGroups } from '../fit.ts';
import { type Holds, sizeOf, type WriteOptions } from '../format.ts';
import { compressed, toColumns } from '../run-lengths/coco.ts';
import type { WrittenFile } from '../source.ts';
import { bySplit } from '../splits.ts';
import { longInteger, namesOf, stringified } from '../written.ts';

/** COCO's instances: a file for each part of the data, in `annotations/`; file names are from the folder `images/` on. */
export function* writeCoco(set: AnnotatedSet, options: WriteOptions, holds: Holds): Generator<WrittenFile> {
  const categories = namesOf(set).map(({ number, name }) => ({ id: number, name }));
  const ids = new Map(categories.map(({ id, name }) => [name, id]));
  const images = set.images.map((image) => ({ ...image, objects: withJoinedGroups(image) }));
  const imageId = keptIds(images);
  const annotationId = keptIds(images.flatMap(({ objects }) => objects));
  let object = 0;
  const entries = images.map((each, image) => ({
    split: each.split,
    listed: { id: imageId(image), file_name: each.file, ...sizeOf(each) },
    annotations: each.objects.map((one) => ({
      id: annotationId(object++),
      image_id: imageId(image),
      category_id: ids.get(one.label)!,
      ...geometryOf(one, each, options, holds),
      iscrowd: one.crowd ? 1 : 0,
      ...(one.score !== undefined && { score: one.score }),
    })),
  }));
  for (const [split, part] of bySplit(entries)) {
    const content = stringified({
      images: part.map(({ listed }) => listed),
      annotations: part.flatMap(({ annotations }) => annotations),
      categories,
    });
    yield { path: `annotations/instances${split === undefined ? '' : `_${split}`}.json`, content };
  }
}

function geometryOf(object: AnnotatedObject, image: AnnotatedImage, options: WriteOptions, holds: Holds) {
  const size = sizeOf(image);
  const shape = fitted(object.shape, holds, options, size);
  const bitmap = pixelsOfShape(shape, size);
  const area = pixelsOf(bitmap);
  if ('bitmap' in shape) {
    const { left, top, width, height } = bitmap;
    const segmentation = { size: [size.height, size.width], counts: compressed(toColumns(bitmap, size)) };
    return { segmentation, area, bbox: [left, top, width, height] };
  }
  const rings = ringsOf(shape.parts);
  const [xs, ys] = [0, 1].map((axis) => rings.flatMap((ring) => ring.map((point) => point[axis])));
  const [left, top] = [least(xs), least(ys)];
  const bbox = [left, top, -least(xs.map((x) => -x)) - left, -least(ys.map((y) => -y)) - top];
  return { segmentation: rings.map((ring) => ring.flat()), area, bbox };
}

const least = (values: readonly number[]) =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);

/** Ids as they were, if all are numbers and none comes twice; else from 1. */
function keptIds(items: readonly { readonly id?: string }[]): (place: number) => string {
  const known = items.map(({ id }) => id);
  const own =
    new Set(known).size === items.length && known.every((id) => id !== undefined && /^\d{1,30}$/.test(id));
  return (place) => longInteger(own ? known[place]! : place + 1);
}
