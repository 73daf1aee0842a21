import type { Size } from '../../core/size.ts';

/** A sample: RGB [H, W, 3] in 0..255, mask [planes, H, W] as in a `LabelMap`; without one, but with a border, a plane that is unknown there. */
export interface Pixels {
  readonly image: Uint8Array;
  readonly mask?: Uint8Array;
  /** Its size, if it is not the network's: then pieces of it are taken. */
  readonly own?: Size;
  /** Then some pixels of its objects. */
  readonly objects?: Int32Array;
}

/** What a byte of an image is for the network. */
export const normalised = Float32Array.from({ length: 256 }, (_, value) => value / 127.5 - 1);

/** An image [H, W, 3] in 0..255 as network input [3, H, W] in [-1, 1]. */
export function toPlanes(image: Uint8Array, target = new Float32Array(image.length)): Float32Array {
  const area = image.length / 3;
  for (let i = 0, o = 0; o < area; i += 3, o++) {
    target[o] = normalised[image[i]];
    target[o + area] = normalised[image[i + 1]];
    target[o + 2 * area] = normalised[image[i + 2]];
  }
  return target;
}

/** Network input [3, H, W] in [-1, 1] as an image [H, W, 3] in 0..255. */
export function toBytes(planes: Float32Array): Uint8Array {
  const area = planes.length / 3;
  return Uint8Array.from(planes, (_, i) =>
    Math.round((planes[(i % 3) * area + Math.floor(i / 3)] + 1) * 127.5),
  );
}
