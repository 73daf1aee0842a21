import type { Size } from '../../core/size.ts';
import { BACKGROUND, type Labelling, type LabelMap } from './labelling.ts';
import { objectMap } from './parts.ts';

/** What becomes of the objects of a mask, which are its connected parts of a class, at another size. */
export interface Vanishing {
  readonly objects: number;
  /** Objects that come to less than a pixel, or keep less than a tenth of their area. */
  readonly lost: number;
  /** Whether the mask has objects, and all of them are lost. */
  readonly empty: boolean;
  /** The factor on the size at which none is lost, if some are: the smallest of those that are tried. */
  readonly keptAt?: number;
}

/** An object that keeps less of its area is lost. */
const LEAST_KEPT = 1 / 10;

/** Factors on a size that are tried, one after the other, until the mask is no smaller than it is. */
const FACTORS = [1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32];

/**
 * @param at the mask, at its own size or another, as training reads it
 * @param size of the network
 * @param small the mask at that size, where it is at hand
 */
export function vanishingOf(
  at: (size?: Size) => LabelMap,
  labelling: Labelling,
  size: Size,
  small?: LabelMap,
): Vanishing {
  const own = at();
  const objects = objectsOf(own, labelling);
  const lostAt = (to: Size, map?: LabelMap) => {
    if (to.height >= own.height && to.width >= own.width) return [];
    const smaller = map ?? at(to);
    return objects.flatMap((each) => lostOf(each, own, smaller));
  };
  const count = objects.reduce((sum, { areas }) => sum + areas.length, 0);
  const lost = count === 0 ? [] : lostAt(size, small);
  const scaled = (factor: number) => ({
    height: Math.round(size.height * factor),
    width: Math.round(size.width * factor),
  });
  // Below this factor the smallest of them comes to less than a pixel.
  const least = Math.sqrt(
    (own.height * own.width) /
      (size.height * size.width) /
      lost.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY),
  );
  const keeps = (factor: number) => factor >= least && lostAt(scaled(factor)).length === 0;
  const keptAt = lost.length > 0 ? (FACTORS.find(keeps) ?? FACTORS.at(-1)) : undefined;
  return {
    ...{ objects: count, lost: lost.length, empty: count > 0 && lost.length === count },
    ...(keptAt !== undefined && { keptAt }),
  };
}

/** The objects of a class. */
interface ObjectsOfClass {
  /** In which plane of label maps, by what label. */
  readonly plane: number;
  readonly label: number;
  /** Of each pixel 0, or the number of its object, from 1. */
  readonly map: Int32Array;
  readonly areas: readonly number[];
}

function objectsOf(own: LabelMap, { classes, multilabel }: Labelling): ObjectsOfClass[] {
  return classes.flatMap(({ name }, k) => {
    if (name === BACKGROUND) return [];
    const of = multilabel ? { plane: k, label: 1 } : { plane: 0, label: k };
    return { ...of, ...objectMapOf(planeOf(own, of.plane), own, of.label) };
  });
}

function planeOf({ data, height, width }: LabelMap, plane: number): Uint8Array {
  return data.subarray(plane * height * width, (plane + 1) * height * width);
}

function objectMapOf(labels: Uint8Array, size: Size, label: number): Pick<ObjectsOfClass, 'map' | 'areas'> {
  const mask = labels.map((each) => (each === label ? 1 : 0));
  const map = objectMap(mask, size);
  const areas: number[] = [];
  for (const object of map) if (object > 0) areas[object - 1] = (areas[object - 1] ?? 0) + 1;
  return { map, areas };
}

/** The areas of those objects of a class that are lost in a smaller label map. */
function lostOf({ plane, label, map, areas }: ObjectsOfClass, own: Size, small: LabelMap): number[] {
  const labels = planeOf(small, plane);
  const kept = new Uint32Array(areas.length + 1);
  for (let y = 0, i = 0; y < small.height; y++)
    for (let x = 0; x < small.width; x++, i++)
      if (labels[i] === label) kept[objectUnder(map, own, small, { y, x })]++;
  const perPixel = (own.height * own.width) / (small.height * small.width);
  const isLost = (area: number, i: number) => area < perPixel || kept[i + 1] * perPixel < area * LEAST_KEPT;
  return areas.filter(isLost);
}

/** The object that a pixel of a smaller map stands for: the one at its centre, or else the first that it covers. */
function objectUnder(
  map: Int32Array,
  own: Size,
  small: Size,
  { y, x }: { readonly y: number; readonly x: number },
): number {
  const [down, across] = [own.height / small.height, own.width / small.width];
  const at = (v: number, u: number) =>
    map[Math.min(own.height - 1, Math.floor(v)) * own.width + Math.min(own.width - 1, Math.floor(u))];
  const centre = at((y + 0.5) * down, (x + 0.5) * across);
  if (centre > 0) return centre;
  for (let v = Math.floor(y * down); v < (y + 1) * down; v++)
    for (let u = Math.floor(x * across); u < (x + 1) * across; u++) if (at(v, u) > 0) return at(v, u);
  return 0;
}

/** Multiples of this are sizes that most networks can have. */
const STRIDE = 32;

/** Fewer are told in a check, but are no reason to warn. */
const FEW = 1 / 100;

/**
 * What is lost in a set of masks, in one line; undefined where it is nothing, or hardly anything.
 *
 * @param size of the network
 */
export function vanishingText(masks: readonly Vanishing[], size: Size): string | undefined {
  const sum = (of: (mask: Vanishing) => number) => masks.reduce((total, mask) => total + of(mask), 0);
  const [objects, lost, empty] = [
    sum((mask) => mask.objects),
    sum((mask) => mask.lost),
    sum((mask) => Number(mask.empty)),
  ];
  if (empty === 0 && lost <= FEW * objects) return undefined;
  const factor = Math.max(...masks.map(({ keptAt = 1 }) => keptAt));
  const needed = [size.height, size.width].map((side) => Math.ceil((side * factor) / STRIDE) * STRIDE);
  const whole = masks.filter((mask) => mask.objects > 0).length;
  return `at ${size.height}x${size.width}, ${lost} of ${objects} objects come to less than a pixel or keep less than a tenth of their area${empty > 0 ? `; all that is marked vanishes from ${empty} of ${whole} masks` : ''}; --size ${needed.join('x')} keeps them, and so do pieces of images at their own scale: --crop`;
}
