import type { Size } from '../../core/size.ts';

/**
 * What the values of a mask file are: grey of 8 bits (floats in 0..1 are taken times 255), numbers wider than that, places in
 * a palette of colours, or colours as `r << 16 | g << 8 | b`.
 */
export type ValueKind = 'grey' | 'wide' | 'index' | 'colour';

/** A mask file as it is stored, upright as its EXIF orientation says. */
export interface RawMask extends Size {
  readonly kind: ValueKind;
  /** One value a pixel, in rows. */
  readonly data: Uint8Array | Uint32Array;
  /** Whether the format changes values a little: JPEG. */
  readonly lossy: boolean;
  /** Whether some pixels are transparent (alpha below 128) and others not: then one for each pixel. */
  readonly transparent?: Uint8Array;
  /** Of `index`: its colours as `#rrggbb`. */
  readonly palette?: readonly string[];
}

/** `#rrggbb` of `r << 16 | g << 8 | b`. */
export function hexOf(colour: number): string {
  return `#${colour.toString(16).padStart(6, '0')}`;
}
