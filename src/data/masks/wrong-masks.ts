import type { RandomStream } from '../../core/random.ts';
import type { Size } from '../../core/size.ts';
import { nearestPixels } from '../decode/resize.ts';
import { OBJECTS, objectMap, partsOf } from './parts.ts';

/** A mask of one class: 1 inside, 0 outside, [height, width]. */
interface ObjectMask extends Size {
  readonly data: Uint8Array;
}

/** How masks are wrong, as they are when people make mistakes. Each makes a wrong mask of a right one that is not empty. */
export const WRONG_MASKS = {
  /** Everything lies beside its place, by 25 to 50 % of its width or height. */
  shifted: ({ data, ...size }, { stream }) => {
    const { left, top, right, bottom } = boxOf(data, size);
    const part = 0.25 + 0.25 * stream.uniform();
    const sideways = stream.uniform() < 0.5;
    const by = Math.max(1, Math.ceil(part * (sideways ? right - left : bottom - top)));
    const [forward, back] = sideways ? [size.width - right, left] : [size.height - bottom, top];
    // To where there is more room, so that as much as possible stays inside.
    const step = forward >= back ? by : -by;
    return movedBy(data, size, sideways ? { x: step, y: 0 } : { x: 0, y: step });
  },
  /** Inside and outside are exchanged. */
  inverted: ({ data }) => data.map((value) => 1 - value),
  /** It is the mask of another image. */
  'of another image': (size, { other }) =>
    Uint8Array.from(nearestPixels(other, size), (place) => other.data[place]),
  /** One object was forgotten. */
  'an object left out': ({ data, ...size }, { stream }) => {
    const map = objectMap(data, size);
    const forgotten = 1 + stream.integer(partsOf(data, size, OBJECTS).areas.size);
    return data.map((value, i) => (map[i] === forgotten ? 0 : value));
  },
} as const satisfies Record<
  string,
  (mask: ObjectMask, by: { readonly stream: RandomStream; readonly other: ObjectMask }) => Uint8Array
>;

export type WrongMask = keyof typeof WRONG_MASKS;

/** The smallest box around what is inside; right and bottom are the first places outside. */
function boxOf(mask: Uint8Array, { height, width }: Size) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
  }
  return { left, top, right, bottom };
}

function movedBy(
  mask: Uint8Array,
  { height, width }: Size,
  { x: dx, y: dy }: { readonly x: number; readonly y: number },
): Uint8Array {
  const moved = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i++) {
    const [x, y] = [(i % width) + dx, Math.floor(i / width) + dy];
    if (mask[i] > 0 && x >= 0 && x < width && y >= 0 && y < height) moved[y * width + x] = 1;
  }
  return moved;
}
