import type { Size } from '../../core/size.ts';
import { type AnnotatedObject, type AnnotatedSet, type SetClass, UNKNOWN_LABEL } from '../annotated-set.ts';
import { withJoinedGroups } from '../fit.ts';
import { sizeOf, type WriteOptions } from '../format.ts';
import { rasteriseImage } from '../label-map.ts';
import { type NumberMap, paletteOf, writeNumbers } from '../png.ts';
import { stemOf, type WrittenFile } from '../source.ts';
import { bySplit } from '../splits.ts';

/** Maps of classes and of objects, lists of the parts of the data, and `class_names.txt`, a name a line from number 0 on. */
export function* writeVoc(set: AnnotatedSet, _options: WriteOptions): Generator<WrittenFile> {
  const palette = paletteOf(set.classes);
  yield { path: 'class_names.txt', content: `${namesFrom0(set.classes).join('\n')}\n` };
  for (const [split, images] of bySplit(set.images)) {
    if (split === undefined) continue;
    yield {
      path: `ImageSets/Segmentation/${split}.txt`,
      content: images.map(({ file }) => `${stemOf(file)}\n`).join(''),
    };
  }
  for (const image of set.images) {
    if (!image.objects) continue;
    const objects = withJoinedGroups(image);
    const size = sizeOf(image);
    const name = `${stemOf(image.file)}.png`;
    yield {
      path: `SegmentationClass/${name}`,
      content: writeNumbers(rasteriseImage({ objects }, size, set.classes), palette),
    };
    yield { path: `SegmentationObject/${name}`, content: writeNumbers(objectNumbers(objects, size)) };
  }
}

/** Objects by their place, from 1. */
function objectNumbers(objects: readonly AnnotatedObject[], size: Size): NumberMap {
  let count = 0;
  const placed = objects.map((object) => ({
    ...object,
    label: object.label === UNKNOWN_LABEL ? UNKNOWN_LABEL : String(++count),
  }));
  const numbers = Array.from({ length: count }, (_, i) => ({ number: i + 1, name: String(i + 1) }));
  return rasteriseImage({ objects: placed }, size, numbers);
}

/** Numbers without a class have empty lines. */
function namesFrom0(classes: readonly SetClass[]): string[] {
  const names = ['_background_'];
  for (const { number, name } of classes) names[number] = name;
  return Array.from(names, (name) => name ?? '');
}
