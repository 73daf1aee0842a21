import type { AnnotatedImage, AnnotatedObject, AnnotatedSet } from '../annotated-set.ts';
import { fitted } from '../fit.ts';
import { type Holds, sizeOf, type WriteOptions } from '../format.ts';
import { toBrush } from '../run-lengths/brush.ts';
import type { WrittenFile } from '../source.ts';
import { namesOf } from '../written.ts';
import { escaped } from '../xml.ts';

/** `tasks.json`, whose images are local files, and `config.xml`, the labelling interface. */
export function* writeLabelStudio(
  set: AnnotatedSet,
  options: WriteOptions,
  holds: Holds,
): Generator<WrittenFile> {
  yield { path: 'config.xml', content: configOf(set) };
  const tasks = set.images.map((image, i) => ({
    id: i + 1,
    data: { image: `/data/local-files/?d=images/${image.file}` },
    annotations: image.objects
      ? [{ result: image.objects.map((object, k) => resultOf(object, k, image, options, holds)) }]
      : [],
  }));
  yield { path: 'tasks.json', content: `${JSON.stringify(tasks, null, 1)}\n` };
}

function resultOf(
  object: AnnotatedObject,
  place: number,
  image: AnnotatedImage,
  options: WriteOptions,
  holds: Holds,
) {
  const size = sizeOf(image);
  const { label, id, score } = object;
  const shape = fitted(object.shape, holds, options, size);
  const common = {
    id: id ?? `object-${place + 1}`,
    to_name: 'image',
    original_width: size.width,
    original_height: size.height,
    image_rotation: 0,
    ...(score !== undefined && { score }),
  };
  if ('bitmap' in shape) {
    const value = { format: 'rle', rle: toBrush(shape.bitmap, size), brushlabels: [label] };
    return { ...common, from_name: 'brush', type: 'brushlabels', value };
  }
  const points = shape.parts.flat(2).map(([x, y]) => [(x * 100) / size.width, (y * 100) / size.height]);
  return {
    ...common,
    from_name: 'polygon',
    type: 'polygonlabels',
    value: { points, closed: true, polygonlabels: [label] },
  };
}

function configOf(set: AnnotatedSet): string {
  const labels = namesOf(set).map(({ name, colour }) => {
    const background = colour === undefined ? '' : ` background="${colour}"`;
    return `    <Label value="${escaped(name)}"${background}/>\n`;
  });
  const group = (tag: string, name: string) =>
    `  <${tag} name="${name}" toName="image">\n${labels.join('')}  </${tag}>\n`;
  return `<View>\n  <Image name="image" value="$image"/>\n${group('PolygonLabels', 'polygon')}${group('BrushLabels', 'brush')}</View>\n`;
}
