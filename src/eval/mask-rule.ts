import type { Size } from '../core/size.ts';
import { fillHoles, removeParts } from './mask-parts.ts';
import { THRESHOLD } from './overlap.ts';

/** How probabilities become a mask. */
export interface MaskRule {
  /** Pixels belong to it from this probability on. */
  readonly threshold: number;
  /** Holes are filled that are smaller than this share of the image, 0..1; 0 fills none. */
  readonly fillHoles: number;
  /** Then parts are taken away that are smaller than this share of the image, 0..1; 0 keeps all. */
  readonly minArea: number;
}

export const PLAIN_RULE: MaskRule = { threshold: THRESHOLD, fillHoles: 0, minArea: 0 };

/** Fills in pixels of a mask from a place on. */
export function mark(
  mask: Uint8Array,
  probabilities: Float32Array,
  {
    from = 0,
    on = 1,
    threshold,
  }: { readonly from?: number; readonly on?: number; readonly threshold: number },
): void {
  for (let i = 0; i < probabilities.length; i++) if (probabilities[i] >= threshold) mask[from + i] = on;
}

/** Fills small holes of a mask, in place, then takes small parts away. */
export function clean(mask: Uint8Array, size: Size, rule: MaskRule, on = 1): void {
  const area = size.height * size.width;
  fillHoles(mask, size, rule.fillHoles * area, on);
  removeParts(mask, size, rule.minArea * area);
}

/** Probabilities as a mask of 0 and 1 of their own size. */
export function maskOf(probabilities: Float32Array, size: Size, rule: MaskRule): Uint8Array {
  const mask = new Uint8Array(probabilities.length);
  mark(mask, probabilities, rule);
  clean(mask, size, rule);
  return mask;
}
