import { stringify } from 'yaml';
import type { AnnotatedSet } from '../annotated-set.ts';
import { fitted, withJoinedGroups } from '../fit.ts';
import { type Holds, sizeOf, type WriteOptions } from '../format.ts';
import { folderOf, stemOf, type WrittenFile } from '../source.ts';
import { bySplit } from '../splits.ts';
import { namesOf } from '../written.ts';

const FIRST = 'train';

/** `data.yaml`, and a text file for each image in `labels/train`, or of the part it belongs to; of images in place in `labels/`. */
export function* writeYolo(set: AnnotatedSet, options: WriteOptions, holds: Holds): Generator<WrittenFile> {
  const names = namesOf(set).map(({ name }) => name);
  const indexOf = new Map(names.map((name, i) => [name, i]));
  const parts = [...bySplit(set.images.map(({ split = FIRST }) => ({ split }))).keys()];
  const places = Object.fromEntries(parts.map((part) => [part, `images/${part}`]));
  // Ultralytics wants both, even if nothing validates.
  const all = options.imageAt
    ? { train: 'images', val: 'images' }
    : { train: `images/${parts[0] ?? FIRST}`, val: `images/${parts[0] ?? FIRST}`, ...places };
  yield { path: 'data.yaml', content: stringify({ ...all, names: Object.fromEntries(names.entries()) }) };
  for (const image of set.images) {
    if (!image.objects) continue;
    const { width, height } = sizeOf(image);
    const lines = withJoinedGroups(image).flatMap(({ label, shape }) => {
      const fit = fitted(shape, holds, options);
      if ('bitmap' in fit) return [];
      const points = fit.parts.flat(2).flatMap(([x, y]) => [x / width, y / height]);
      return points.length > 0 ? [`${[indexOf.get(label), ...points].join(' ')}\n`] : [];
    });
    const folder = options.imageAt ? folderOf(image.file) : `${image.split ?? FIRST}/`;
    yield { path: `labels/${folder}${stemOf(image.file)}.txt`, content: lines.join('') };
  }
}
