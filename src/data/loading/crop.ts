import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import { BACKGROUND, type Labelling, type LabelMap } from '../masks/labelling.ts';
import { partsOf } from '../masks/parts.ts';

/** How pieces of images are drawn. */
export interface CropPlan {
  /** The factor by which images are resized first. */
  readonly scale: number;
  /** The share of the pieces that are drawn around objects, 0 to 1. */
  readonly objects: number;
}

/** Where a piece of an image begins; outside the image, where that is smaller than the piece. */
export interface Corner {
  readonly top: number;
  readonly left: number;
}

/** The size of an image at a scale. */
export function scaledSize({ height, width }: Size, scale: number): Size {
  const scaled = (length: number) => Math.max(1, Math.round(length * scale));
  return { height: scaled(height), width: scaled(width) };
}

/** So many objects are known at most, and pixels of each. */
const MOST_OBJECTS = 4096;
const PIXELS_EACH = 8;

/** Pixels of the objects of a mask: for each object as many, by their place in the plane. Empty without objects. */
export function objectPixels(mask: LabelMap, { classes, multilabel }: Labelling): Int32Array<ArrayBuffer> {
  const area = mask.height * mask.width;
  const pixels = classes.flatMap(({ name }, k) => {
    if (name === BACKGROUND) return [];
    const plane = mask.data.subarray(multilabel ? k * area : 0, (multilabel ? k + 1 : 1) * area);
    const label = multilabel ? 1 : k;
    const of = plane.map((each) => (each === label ? 1 : 0));
    return pixelsOfParts(of, mask);
  });
  const objects = pixels.length / PIXELS_EACH;
  const kept = Math.min(objects, MOST_OBJECTS);
  // Evenly among them, where there are more.
  return Int32Array.from({ length: kept * PIXELS_EACH }, (_, i) => {
    const object = Math.floor((Math.floor(i / PIXELS_EACH) * objects) / kept);
    return pixels[object * PIXELS_EACH + (i % PIXELS_EACH)];
  });
}

/** Of each connected part some pixels, evenly among its runs. */
function pixelsOfParts(mask: Uint8Array, size: Size): number[] {
  const { starts, ends, first } = partsOf(mask, size, { inside: true, corners: true });
  const runsOf = new Map<number, number[]>();
  for (const [run, part] of first.entries()) {
    const runs = runsOf.get(part);
    if (runs) runs.push(run);
    else runsOf.set(part, [run]);
  }
  return [...runsOf.values()].flatMap((runs) =>
    Array.from({ length: PIXELS_EACH }, (_, i) => {
      const run = runs[Math.floor((i * runs.length) / PIXELS_EACH)];
      return Math.floor((starts[run] + ends[run] - 1) / 2);
    }),
  );
}

/**
 * Where a piece of an image is taken: anywhere in it, or, for the share of them that the plan says, such that a pixel of an object is
 * in it; all objects of an image alike.
 *
 * @param pixels of objects, as `objectPixels` gives them
 */
export function drawCorner(
  stream: RandomStream,
  own: Size,
  size: Size,
  { share, pixels }: { readonly share: number; readonly pixels?: Int32Array },
): Corner {
  const around = stream.uniform() < share;
  const [v, u] = [stream.uniform(), stream.uniform()];
  const chosen = stream.uniform();
  const anywhere = (room: number, at: number) =>
    room < 0 ? Math.floor(room / 2) : Math.floor(at * (room + 1));
  const rooms = { height: own.height - size.height, width: own.width - size.width };
  if (!around || !pixels || pixels.length === 0) {
    return { top: anywhere(rooms.height, v), left: anywhere(rooms.width, u) };
  }
  const pixel = pixels[Math.floor(chosen * pixels.length)];
  const near = (place: number, length: number, room: number, at: number) =>
    room < 0 ? Math.floor(room / 2) : Math.min(room, Math.max(0, place - Math.floor(at * length)));
  return {
    top: near(Math.floor(pixel / own.width), size.height, rooms.height, v),
    left: near(pixel % own.width, size.width, rooms.width, u),
  };
}
