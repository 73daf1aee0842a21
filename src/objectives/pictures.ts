import type { Labelling } from '../data/masks/labelling.ts';
import type { OutputPicture } from './objective.ts';

/**
 * Pictures of masks of a class, such that they can be read like the masks of their set: white (or nearly so, where white pixels are unknown) on black, or the class's number on
 * that of the background.
 *
 * @returns a function of a mask of 0 and 1
 */
export function maskPicture(labelling: Labelling): (mask: Uint8Array) => OutputPicture {
  const { maskValues, multilabel, ignore } = labelling;
  const plain = maskValues === 'light' || (maskValues === 'nonzero' && !ignore.includes(255));
  if (!multilabel && !plain) return labelPicture(labelling);
  // White, or the next lighter grey that is not that of unknown pixels.
  const value = Array.from({ length: 255 }, (_, i) => 255 - i).find((grey) => !ignore.includes(grey)) ?? 255;
  return (mask) => ({ data: mask.map((label) => (label === 1 ? value : 0)), channels: 1 });
}

/** Numbers up to this are places in a palette, in the classes' colours. */
const MOST_IN_PALETTE = 255;

/** Pictures of the classes of pixels: each has its number, and in a viewer its colour. */
export function labelPicture({ classes }: Labelling): (labels: Uint8Array) => OutputPicture {
  const numbers = classes.map(({ number }) => number);
  const highest = Math.max(...numbers);
  if (highest > MOST_IN_PALETTE) {
    return (labels) => ({ data: Uint16Array.from(labels, (label) => numbers[label]), channels: 1 });
  }
  const palette = Array.from({ length: highest + 1 }, () => '#000000');
  for (const { number, colour } of classes) palette[number] = colour;
  return (labels) => ({ data: labels.map((label) => numbers[label]), channels: 1, palette });
}
