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
  /**
   * Of floats in 0..1: whether some lie between, and all were taken times 255; if not, 1 may be a number as it is, or be meant
   * as 255.
   */
  readonly shares?: boolean;
  /** Of `index`: its colours as `#rrggbb`. */
  readonly palette?: readonly string[];
}

/** The colour of a value, as `r << 16 | g << 8 | b`; of grey its three channels are equal. */
export function colourOf({ kind, palette }: Pick<RawMask, 'kind' | 'palette'>, value: number): number {
  if (kind === 'colour') return value;
  const listed = kind === 'index' ? palette?.[value] : undefined;
  if (listed !== undefined) return Number.parseInt(listed.slice(1), 16);
  return 0x10101 * (kind === 'wide' ? Math.min(255, value >> 8) : value);
}

/**
 * Whether nothing is known of pixels of a value.
 *
 * @param ignore values as they are stored, of files that are not coloured, or colours as `#rrggbb`
 * @param inColours whether colours count only
 */
export function isIgnored(
  mask: Pick<RawMask, 'kind' | 'palette'>,
  value: number,
  ignore: readonly (number | string)[],
  inColours: boolean,
): boolean {
  if (ignore.length === 0) return false;
  if (ignore.includes(hexOf(colourOf(mask, value)))) return true;
  return !inColours && mask.kind !== 'colour' && ignore.includes(value);
}

/**
 * A value of which nothing is known, as files of a kind store it: the first of `ignore` that they can hold.
 *
 * @returns undefined if there is none
 */
export function ignoredValue(
  mask: Pick<RawMask, 'kind' | 'palette'>,
  ignore: readonly (number | string)[],
): number | undefined {
  const stored = (value: number | string) => {
    if (typeof value === 'number') return value;
    const colour = Number.parseInt(value.slice(1), 16);
    if (mask.kind === 'colour') return colour;
    if (mask.kind === 'index') return mask.palette?.indexOf(value) ?? -1;
    return mask.kind === 'wide' ? (colour & 0xff) << 8 : colour & 0xff;
  };
  return ignore.map(stored).find((value) => value >= 0 && isIgnored(mask, value, ignore, false));
}

/** `#rrggbb` of `r << 16 | g << 8 | b`. */
export function hexOf(colour: number): string {
  return `#${colour.toString(16).padStart(6, '0')}`;
}
