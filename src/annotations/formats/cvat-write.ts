import type { AnnotatedImage, AnnotatedObject, AnnotatedSet } from '../annotated-set.ts';
import { fitted, GroupNumbers, ringsOf } from '../fit.ts';
import { type Holds, sizeOf, type WriteOptions } from '../format.ts';
import type { WrittenFile } from '../source.ts';
import { namesOf } from '../written.ts';
import { escaped } from '../xml.ts';

/** `annotations.xml`. */
export function* writeCvat(set: AnnotatedSet, options: WriteOptions, holds: Holds): Generator<WrittenFile> {
  const labels = namesOf(set).map(({ name, colour }) => {
    const told = colour === undefined ? '' : `<color>${colour}</color>`;
    return `        <label><name>${escaped(name)}</name>${told}<type>any</type><attributes></attributes></label>\n`;
  });
  const images = set.images.map((image, id) => imageText(image, id, options, holds));
  const content = [
    '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n',
    `  <meta>\n    <task>\n      <size>${set.images.length}</size>\n      <labels>\n`,
    ...labels,
    '      </labels>\n    </task>\n  </meta>\n',
    ...images,
    '</annotations>\n',
  ];
  yield { path: 'annotations.xml', content: content.join('') };
}

function imageText(image: AnnotatedImage, id: number, options: WriteOptions, holds: Holds): string {
  const { width, height } = sizeOf(image);
  const groups = new GroupNumbers(image);
  const objects = (image.objects ?? []).flatMap((object) => elementsOf(object, groups, options, holds));
  const tag = opening('image', {
    id,
    name: image.file,
    ...(image.split !== undefined && { subset: image.split }),
    width,
    height,
  });
  return `  <${tag}>\n${objects.join('')}  </image>\n`;
}

function elementsOf(
  object: AnnotatedObject,
  groups: GroupNumbers,
  options: WriteOptions,
  holds: Holds,
): string[] {
  const shape = fitted(object.shape, holds, options);
  const pieces =
    'bitmap' in shape
      ? [{ name: 'mask', rle: shape.bitmap.runs.join(', '), ...boxOf(shape.bitmap) }]
      : ringsOf(shape.parts).map((ring) => ({
          name: 'polygon',
          points: ring.map((point) => point.join()).join(';'),
        }));
  const group = groups.of(object, pieces.length);
  const common = {
    label: object.label,
    source: 'manual',
    occluded: 0,
    z_order: 0,
    ...(group !== undefined && { group_id: group }),
  };
  return pieces.map(({ name, ...own }) => `    <${opening(name, { ...common, ...own })}></${name}>\n`);
}

const boxOf = ({
  left,
  top,
  width,
  height,
}: {
  left: number;
  top: number;
  width: number;
  height: number;
}) => ({ left, top, width, height });

function opening(name: string, attributes: Readonly<Record<string, string | number>>): string {
  return [
    name,
    ...Object.entries(attributes).map(([key, value]) => `${key}="${escaped(String(value))}"`),
  ].join(' ');
}
