/** A sample at network size: RGB [H, W, 3] in 0..255, mask [planes, H, W] as in a `LabelMap`. */
export interface Pixels {
  readonly image: Uint8Array;
  readonly mask?: Uint8Array;
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
