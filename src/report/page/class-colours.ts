import { rgbOf } from '../../annotations/png.ts';
import type { Size } from '../../core/size.ts';
import { BACKGROUND, type Labelling, UNKNOWN } from '../../data/masks/labelling.ts';
import type { Bitmap } from '../pictures.node.ts';

/** How much of a pixel is the colour of its class. */
const PART = 0.5;

/**
 * An image in the colours of its classes; the background stays as it is, unknown pixels become darker.
 *
 * @param image RGB, [H, W, 3]
 * @param labels [planes, H, W] as in a `LabelMap`; of classes that overlap the last one is seen
 */
export function drawClasses(
  image: Uint8Array,
  { height, width }: Size,
  labels: Uint8Array,
  { classes, multilabel }: Labelling,
): Uint8Array {
  const area = height * width;
  const colours = classes.map(({ colour }) => rgbOf(colour));
  const drawn = image.slice();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    const k = multilabel ? Math.floor(i / area) : label;
    if (multilabel && label !== 1) continue;
    if (label !== UNKNOWN && classes[k].name === BACKGROUND) continue;
    for (let c = 0, o = 3 * (i % area); c < 3; c++, o++) {
      const colour = label === UNKNOWN ? 0 : colours[k][c];
      drawn[o] = Math.round((1 - PART) * image[o] + PART * colour);
    }
  }
  return drawn;
}

/** Two RGB images of one size, side by side, with a light line between them. */
export function beside(left: Uint8Array, right: Uint8Array, { height, width }: Size): Bitmap {
  const gap = 4;
  const wide = 2 * width + gap;
  const data = new Uint8Array(height * wide * 3).fill(255);
  for (let y = 0; y < height; y++) {
    const row = (image: Uint8Array) => image.subarray(3 * y * width, 3 * (y + 1) * width);
    data.set(row(left), 3 * y * wide);
    data.set(row(right), 3 * (y * wide + width + gap));
  }
  return { width: wide, height, channels: 3, data };
}
