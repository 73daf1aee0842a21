import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';
import type { AnnotatedImage, AnnotatedSet } from './annotated-set.ts';
import type { Source, WrittenFile } from './source.ts';

export const FORMAT_NAMES = [
  'folder',
  'coco',
  'yolo',
  'labelme',
  'voc',
  'cvat',
  'labelstudio',
  'geojson',
] as const;
export type FormatName = (typeof FORMAT_NAMES)[number];

/** Those of tools in which objects can be corrected. */
export const TOOL_FORMATS = [
  'coco',
  'yolo',
  'labelme',
  'cvat',
  'labelstudio',
  'geojson',
] as const satisfies readonly FormatName[];
export type ToolFormat = (typeof TOOL_FORMATS)[number];

export const isToolFormat = (name: string): name is ToolFormat => TOOL_FORMATS.some((tool) => tool === name);

/** What a format can hold of a set. What it cannot is told when a set is written (`losses.ts`). */
export interface Holds {
  /** `map`: one number for each pixel, so nothing lies over anything else. Else objects, each with an outline or pixels of its own. */
  readonly pixels: 'map' | 'masks' | 'none';
  /** Polygons with holes in them. */
  readonly holes: boolean;
  /** Several parts as one object: as they are, as several objects of one group, or not. */
  readonly parts: 'own' | 'grouped' | 'none';
  /** Groups of objects: as such, as one object of many parts, or not. */
  readonly groups: 'own' | 'joined' | 'none';
  /** Whether objects are told apart from others of their class. */
  readonly objects: boolean;
  readonly crowd: boolean;
  readonly ids: boolean;
  readonly scores: boolean;
  readonly colours: boolean;
  /** Numbers of classes: as they are, or by their place in a list. */
  readonly numbers: 'own' | 'place';
  readonly splits: boolean;
  /** Whether an image in which nothing was found differs from one that nobody has looked at. */
  readonly unseen: boolean;
  /** Unknown pixels: as such, or as a class that is called so. */
  readonly unknown: 'own' | 'class';
}

/** How a set is written. */
export interface WriteOptions {
  /** Pixels become polygons, simplified within half a pixel, to be corrected by hand; where the format has polygons. */
  readonly polygons: boolean;
  /** Classes may overlap: where the format has maps of numbers, each class has its own. */
  readonly multilabel: boolean;
  /** Where images are not beside what is written: where one lies, from there on. Then names keep their folders. */
  readonly imageAt?: (image: AnnotatedImage) => string;
}

/** A way in which a tool stores annotations. */
export interface Format {
  readonly name: FormatName;
  /** For messages. */
  readonly title: string;
  readonly holds: Holds;
  /** What there is of this format among the files; undefined if nothing. */
  recognise(source: Source): Promise<string | undefined>;
  /** @throws UserError naming the file and the place of what cannot be read */
  read(source: Source): Promise<AnnotatedSet>;
  /** Where an image lies. */
  imagePath(image: AnnotatedImage): string;
  /** All files but the images. @throws UserError if the format needs something that the set lacks */
  write(set: AnnotatedSet, options: WriteOptions): Iterable<WrittenFile>;
}

/** @throws UserError if the size of an image is known neither from its file nor from the annotations */
export function sizeOf({ file, size }: AnnotatedImage): Size {
  if (size) return size;
  throw new UserError({
    what: `image ${file}`,
    got: 'no such file, and annotations that do not tell its size',
    expected: 'one of both',
    fix: 'put the image beside the annotations',
  });
}
