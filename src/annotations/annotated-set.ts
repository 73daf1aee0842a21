import type { Size } from '../core/size.ts';

/**
 * A place in an image, in pixels from its upper left corner, the image upright as its EXIF orientation says. Pixel (x, y) covers
 * x .. x + 1 and y .. y + 1; its centre is (x + 0.5, y + 0.5).
 */
export type Point = readonly [x: number, y: number];

/** A closed line: its last point is joined to the first, which is not repeated. */
export type Ring = readonly Point[];

/** An area: what lies inside an odd number of its rings. Holes are rings inside others. */
export type Part = readonly Ring[];

/** A rectangle of pixels. */
export interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/**
 * Pixels of a box, row by row, as the lengths of runs: first of pixels that are outside (may be 0), then inside, and so on.
 * Together they are the pixels of the box.
 */
export interface Bitmap extends Box {
  readonly runs: Uint32Array;
}

/** What an object covers: the union of parts, or pixels. */
export type Shape = { readonly parts: readonly Part[] } | { readonly bitmap: Bitmap };

/** The label of what is of no known class: such pixels count in nothing. LabelMe calls it so, too. */
export const UNKNOWN_LABEL = '__ignore__';

/** An object in an image. */
export interface AnnotatedObject {
  /** The name of its class, or `UNKNOWN_LABEL`. */
  readonly label: string;
  readonly shape: Shape;
  /** What the file calls it. */
  readonly id?: string;
  /** Objects of one group and one label are one thing. */
  readonly group?: string;
  /** Many things that were not told apart. */
  readonly crowd?: true;
  /** How sure a network was of it, 0..1. */
  readonly score?: number;
}

/** An image and what is marked in it. */
export interface AnnotatedImage {
  /** The name of its file, which may begin with folders, as the annotations tell it. */
  readonly file: string;
  /** Where the file was found among those that were read. */
  readonly path?: string;
  /** The file of annotations that tells of it: names are meant from there on. */
  readonly teller?: string;
  readonly size?: Size;
  readonly id?: string;
  /** The part of the data that it belongs to, as `train`. */
  readonly split?: string;
  /** Later ones lie above earlier ones. Absent where nobody has looked; empty where nothing was found. */
  readonly objects?: readonly AnnotatedObject[];
}

/** A class of objects. */
export interface SetClass {
  /** From 1, as 0 is what is of no class. */
  readonly number: number;
  readonly name: string;
  /** `#rrggbb`. */
  readonly colour?: string;
}

/** Images with what is marked in them. */
export interface AnnotatedSet {
  /** By number. */
  readonly classes: readonly SetClass[];
  readonly images: readonly AnnotatedImage[];
  /** What its reader has passed over or changed. */
  readonly notes: readonly string[];
}

/** Most classes that a set may have. */
export const MOST_CLASSES = 65534;

/** Classes numbered from 1, in the order of their names. */
export function numbered(
  names: Iterable<string>,
  colours: ReadonlyMap<string, string> = new Map(),
): SetClass[] {
  const known = [...new Set(names)].filter((name) => name !== UNKNOWN_LABEL);
  return known.map((name, i) => {
    const colour = colours.get(name);
    return { number: i + 1, name, ...(colour !== undefined && { colour }) };
  });
}

/** The labels that occur in images, in alphabetical order. */
export function labelsOf(images: readonly AnnotatedImage[]): string[] {
  return [...new Set(images.flatMap(({ objects = [] }) => objects.map(({ label }) => label)))].sort();
}
