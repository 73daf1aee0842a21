import type { Size } from '../core/size.ts';
import {
  type AnnotatedImage,
  type AnnotatedObject,
  type Box,
  type SetClass,
  type Shape,
  UNKNOWN_LABEL,
} from './annotated-set.ts';
import { bitmapOf, eachNeighbour, pixelCount, pixelsWith } from './bitmap.ts';
import { simplifiedOutlinesOf } from './contours.ts';
import type { NumberMap } from './png.ts';
import { draw, eachSpan } from './rasterise.ts';

/** What stands for unknown pixels in maps of numbers of 8 and of 16 bits. */
export const unknownIn = (data: Uint8Array | Uint16Array) => (data instanceof Uint8Array ? 255 : 65535);

/**
 * An image as a map of class numbers, 0 where there is none: later objects lie above earlier ones. Of 8 bits, or of 16 where
 * numbers are above 254. Unknown pixels are 255, or 65535.
 *
 * @param size that of the map, [height, width]
 */
export function rasteriseImage(
  { objects = [] }: Pick<AnnotatedImage, 'objects'>,
  { width, height }: Size,
  classes: readonly SetClass[],
): NumberMap {
  const wide = classes.some(({ number }) => number > 254);
  const data = new (wide ? Uint16Array : Uint8Array)(width * height);
  const numbers = numbersOf(classes).set(UNKNOWN_LABEL, unknownIn(data));
  const box = { left: 0, top: 0, width, height };
  for (const { shape, label } of objects) draw(shape, box, data, numbers.get(label)!);
  return { width, height, data };
}

/**
 * An image as a map for each class that occurs in it: the class's number where it is, 0 where it is not, 255 (or 65535) where
 * nothing is known. Unlike one map, they keep pixels that are of several classes.
 */
export function rasterisePlanes(
  { objects = [] }: Pick<AnnotatedImage, 'objects'>,
  size: Size,
  classes: readonly SetClass[],
): Map<string, NumberMap> {
  const planes = new Map<string, NumberMap>();
  for (const only of classes) {
    const own = objects.filter(({ label }) => label === only.name || label === UNKNOWN_LABEL);
    planes.set(only.name, rasteriseImage({ objects: own }, size, [only]));
  }
  return planes;
}

/** How many pixels are of several classes. */
export function overlapOf(
  { objects = [] }: Pick<AnnotatedImage, 'objects'>,
  { width, height }: Size,
): number {
  const numbers = new Map([...new Set(objects.map(({ label }) => label))].map((label, i) => [label, i + 1]));
  const owner = new Uint32Array(width * height);
  const shared = new Uint8Array(width * height);
  for (const { label, shape } of objects) {
    const own = numbers.get(label)!;
    eachSpan(shape, { left: 0, top: 0, width, height }, (y, from, to) => {
      for (let i = y * width + from; i < y * width + to; i++) {
        if (owner[i] !== 0 && owner[i] !== own) shared[i] = 1;
        owner[i] = own;
      }
    });
  }
  return pixelCount(shared);
}

/** How the objects of a map of numbers are made. */
export interface ObjectsOfMap {
  /** Whether pixels of one number that do not touch (not even at corners) are several objects. They are one if not. */
  readonly apart: boolean;
  /** Whether they are polygons, simplified within half a pixel; pixels if not. */
  readonly polygons: boolean;
}

/**
 * The objects of a map of class numbers. Where the number is 255 (65535 of 16 bits), and no class has it, they are unknown.
 *
 * @throws Error for a number that is of no class
 */
export function objectsOfMask(
  map: NumberMap,
  classes: readonly SetClass[],
  options: ObjectsOfMap = { apart: true, polygons: true },
): AnnotatedObject[] {
  const names = new Map(classes.map(({ number, name }) => [number, name]));
  const unknown = unknownIn(map.data);
  if (!names.has(unknown)) names.set(unknown, UNKNOWN_LABEL);
  return piecesOf(map, options).map(({ number, shape }) => {
    const label = names.get(number);
    if (label === undefined) throw new Error(`the number ${number} is of no class`);
    return { label, shape };
  });
}

/** The objects of a map of object numbers, in their order: one for each number, however many parts it has. */
export function objectsOfInstances(map: NumberMap, label: string): AnnotatedObject[] {
  return piecesOf(map, { apart: false, polygons: false }).map(({ number, shape }) => ({
    label,
    shape,
    id: String(number),
  }));
}

interface Piece {
  readonly number: number;
  readonly shape: Shape;
}

/** The shapes of the numbers of a map, by number and then from the top. */
export function piecesOf(
  map: Size & { readonly data: ArrayLike<number> },
  { apart, polygons }: ObjectsOfMap,
): Piece[] {
  const marks = apart ? connected(map) : map.data;
  const found = new Map<number, Box & { readonly number: number }>();
  for (let y = 0, i = 0; y < map.height; y++) {
    for (let x = 0; x < map.width; x++, i++) {
      if (map.data[i] === 0) continue;
      const old = found.get(marks[i]);
      const inside = old && x >= old.left && x < old.left + old.width && y < old.top + old.height;
      if (!inside) found.set(marks[i], { ...grown(old, x, y), number: map.data[i] });
    }
  }
  return [...found]
    .sort(([, a], [, b]) => a.number - b.number)
    .map(([mark, { number, ...box }]) => {
      const grid = pixelsWith(marks, map, mark, box);
      return { number, shape: polygons ? { parts: simplifiedOutlinesOf(grid) } : { bitmap: bitmapOf(grid) } };
    });
}

function grown(box: Box | undefined, x: number, y: number): Box {
  if (!box) return { left: x, top: y, width: 1, height: 1 };
  const left = Math.min(box.left, x);
  return {
    left,
    top: box.top,
    width: Math.max(box.left + box.width, x + 1) - left,
    height: y + 1 - box.top,
  };
}

/** Marks the pixels of each connected part of equal numbers (8 neighbours) by a number of their own, from 1; 0 stays 0. */
function connected({ width, height, data }: Size & { readonly data: ArrayLike<number> }): Int32Array {
  const marks = new Int32Array(width * height);
  let mark = 0;
  const open: number[] = [];
  for (let start = 0; start < data.length; start++) {
    if (data[start] === 0 || marks[start]) continue;
    marks[start] = ++mark;
    open.push(start);
    for (let pixel = open.pop(); pixel !== undefined; pixel = open.pop()) {
      eachNeighbour(pixel, { width, height }, (other) => {
        if (marks[other] || data[other] !== data[start]) return;
        marks[other] = mark;
        open.push(other);
      });
    }
  }
  return marks;
}

function numbersOf(classes: readonly SetClass[]): Map<string, number> {
  return new Map(classes.map(({ number, name }) => [name, number]));
}
