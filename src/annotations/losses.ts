import {
  type AnnotatedImage,
  type AnnotatedObject,
  type AnnotatedSet,
  UNKNOWN_LABEL,
} from './annotated-set.ts';
import type { Format, Holds, WriteOptions } from './format.ts';
import { overlapOf } from './label-map.ts';
import { areaOf } from './rasterise.ts';
import { plural } from './words.ts';

/** Something that not every format holds. */
interface Trait {
  /** Whether it is lost. */
  readonly lost: (holds: Holds, options: WriteOptions) => boolean;
  /** How much of it a set has. */
  readonly count: (set: AnnotatedSet, holds: Holds) => number;
  /** What happens to it, after the count; the format's title comes before. */
  readonly text: string;
}

const objectsWith =
  (has: (object: AnnotatedObject) => boolean) =>
  ({ images }: AnnotatedSet): number =>
    images.reduce((sum, { objects = [] }) => sum + objects.filter(has).length, 0);

const imagesWith =
  (has: (image: AnnotatedImage) => boolean) =>
  ({ images }: AnnotatedSet): number =>
    images.filter(has).length;

const hasHoles = ({ shape }: AnnotatedObject) =>
  'parts' in shape && shape.parts.some((part) => part.length > 1);
const hasParts = ({ shape }: AnnotatedObject) => 'parts' in shape && shape.parts.length > 1;
const isPolygon = ({ shape }: AnnotatedObject) => 'parts' in shape;

const TRAITS: readonly Trait[] = [
  {
    lost: ({ objects }) => !objects,
    count: imagesWith(({ objects = [] }) => new Set(objects.map(({ label }) => label)).size < objects.length),
    text: 'no separate objects: in {# image|# images} those of a class become one area',
  },
  {
    lost: ({ pixels }) => pixels === 'map',
    count: objectsWith(isPolygon),
    text: 'no outlines: {# becomes|# become} pixels',
  },
  {
    lost: ({ pixels }) => pixels === 'map',
    count: objectsWith((object) => areaOf(object.shape) === 0),
    text: 'pixels only: {# object covers|# objects cover} the centre of none and {is|are} lost',
  },
  {
    lost: ({ pixels }, { multilabel }) => pixels === 'map' && !multilabel,
    count: (set, holds) => set.images.reduce((sum, image) => sum + overlaps(image, holds), 0),
    text: 'one number for each pixel: in {# pixel|# pixels} that several share, the later one counts',
  },
  {
    lost: ({ pixels, holes }) => pixels === 'masks' && !holes,
    count: objectsWith(hasHoles),
    text: 'no holes in outlines: {# object becomes|# objects become} pixels',
  },
  {
    lost: ({ pixels, parts }) => pixels === 'masks' && parts === 'none',
    count: objectsWith((object) => hasParts(object) && !hasHoles(object)),
    text: 'no outlines of several parts: {# object becomes|# objects become} pixels',
  },
  {
    lost: ({ pixels, holes }) => pixels === 'none' && !holes,
    count: objectsWith((object) => hasHoles(object) || hasParts(object)),
    text: 'no holes and no several parts: rings of {# object|# objects} are joined by lines of no width',
  },
  {
    lost: ({ pixels }) => pixels === 'none',
    count: objectsWith((object) => !isPolygon(object)),
    text: 'no pixels: {# object becomes an outline|# objects become outlines}',
  },
  {
    lost: ({ crowd }) => !crowd,
    count: objectsWith(({ crowd }) => crowd === true),
    text: 'no crowd flag: {# object loses|# objects lose} it',
  },
  {
    lost: ({ ids }) => !ids,
    count: objectsWith(({ id }) => id !== undefined),
    text: 'no ids: {# object loses its own|# objects lose theirs}',
  },
  {
    lost: ({ scores }) => !scores,
    count: objectsWith(({ score }) => score !== undefined),
    text: 'no scores: {# object loses its own|# objects lose theirs}',
  },
  {
    lost: ({ groups, objects }) => groups === 'none' && objects,
    count: objectsWith(({ group }) => group !== undefined),
    text: 'no groups: {# object loses its own|# objects lose theirs}',
  },
  {
    lost: ({ colours }) => !colours,
    count: ({ classes }) => classes.filter(({ colour }) => colour !== undefined).length,
    text: 'no colours: {# class loses its own|# classes lose theirs}',
  },
  {
    lost: ({ numbers }) => numbers === 'place',
    count: ({ classes }) => classes.filter(({ number }, i) => number !== i + 1).length,
    text: 'no numbers of classes: {# class gets|# classes get} another one by their place in the list',
  },
  {
    lost: ({ splits }) => !splits,
    count: imagesWith(({ split }) => split !== undefined),
    text: 'no parts of the data: {# image loses its|# images lose their} place in one',
  },
  {
    lost: ({ unseen }) => !unseen,
    count: imagesWith(({ objects }) => objects === undefined),
    text: 'no difference between an image not annotated and one with nothing in it: {# image was|# images were} not annotated',
  },
  {
    lost: ({ unknown }) => unknown === 'class',
    count: objectsWith(({ label }) => label === UNKNOWN_LABEL),
    text: `no unknown pixels: {# area is|# areas are} written as a class, ${UNKNOWN_LABEL}`,
  },
];

/** Pixels that several classes share; or several objects, where these are told apart. */
function overlaps(image: AnnotatedImage, { objects: apart }: Holds): number {
  if (!image.size) return 0;
  const objects = apart
    ? image.objects?.map((object, i) => ({ ...object, label: String(i) }))
    : image.objects;
  return overlapOf({ ...(objects && { objects }) }, image.size);
}

/** What a format cannot hold of a set, a line each. */
export function lossesOf(set: AnnotatedSet, { title, holds }: Format, options: WriteOptions): string[] {
  return TRAITS.flatMap(({ lost, count, text }) => {
    const number = lost(holds, options) ? count(set, holds) : 0;
    return number > 0 ? [`${title} holds ${plural(number, text)}`] : [];
  });
}
