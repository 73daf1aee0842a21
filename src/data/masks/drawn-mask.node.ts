import { type AnnotatedObject, UNKNOWN_LABEL } from '../../annotations/annotated-set.ts';
import { rasteriseImage } from '../../annotations/label-map.ts';
import { unpackObjects } from '../../annotations/packed.ts';
import { UserError } from '../../core/errors.ts';
import { sha256 } from '../../core/files.node.ts';
import type { MarkedObjects } from '../folders/mask-source.ts';
import { type Coverage, coverageOfLabels } from './label-map.ts';
import { BACKGROUND, type Labelling } from './labelling.ts';

/**
 * Objects as coverage, later ones above earlier ones: a plane for each class where they may overlap, else one of all.
 *
 * @throws UserError for an object whose class is none of the labelling
 */
export function drawnCoverages(
  marked: MarkedObjects,
  { maskValues, classes, ignore, multilabel }: Labelling,
): Coverage[] {
  const size = { height: marked.height, width: marked.width };
  const places = new Map(classes.map(({ name }, label) => [name, label]));
  if (maskValues === 'nonzero')
    for (const label of marked.objects.labels)
      if (label !== BACKGROUND) places.set(label, multilabel ? 0 : 1);
  const objects = unpackObjects(marked.objects).flatMap((object): AnnotatedObject[] => {
    const { label } = object;
    if (label === BACKGROUND && !places.has(label)) return [];
    if (label === UNKNOWN_LABEL || ignore.includes(marked.numbers[label]))
      return [{ ...object, label: UNKNOWN_LABEL }];
    const place = places.get(label);
    if (place === undefined) throw unknownLabel(label, classes, marked);
    return [{ ...object, label: String(place) }];
  });
  const planes = multilabel ? classes.map((_, plane) => String(plane)) : undefined;
  if (!planes)
    return [
      drawn(
        objects,
        classes.map((_, number) => ({ number, name: String(number) })),
        size,
      ),
    ];
  return planes.map((name) =>
    drawn(
      objects.filter(({ label }) => label === name || label === UNKNOWN_LABEL),
      [{ number: 1, name }],
      size,
    ),
  );
}

function drawn(
  objects: readonly AnnotatedObject[],
  classes: Parameters<typeof rasteriseImage>[2],
  size: Parameters<typeof rasteriseImage>[1],
): Coverage {
  // Labels are below 255, which stands for unknown pixels in a map of 8 bits and in labels alike.
  const { data } = rasteriseImage({ objects }, size, classes);
  return coverageOfLabels({ ...size, data: data as Uint8Array });
}

/** Hexadecimal SHA-256 of the size, the labels and the shapes: another one where anything of the mask has changed. */
export function hashOfObjects({ width, height, objects: { labels, numbers } }: MarkedObjects): string {
  const head = new TextEncoder().encode(JSON.stringify([width, height, labels]));
  const shapes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return sha256(Buffer.concat([head, shapes]));
}

function unknownLabel(label: string, classes: Labelling['classes'], { place }: MarkedObjects): UserError {
  const known = classes.map(({ name }) => name);
  return new UserError({
    what: place,
    got: `an object of ${label}`,
    expected: `one of ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', ..' : ''}`,
    fix: 'correct its class, or name it in --classes',
  });
}
