import { UserError } from '../../core/errors.ts';
import { expectSize, type Size } from '../../core/size.ts';
import type { PixelReading } from './reading.ts';
import type { Image } from './resize.ts';

/** How an image comes into the size of a network: stretched, or made as large as fits in, with a border around it. */
export const FITS = ['stretch', 'pad'] as const;
export type Fit = (typeof FITS)[number];

/** How an image becomes the input of a network. */
export interface ReadAs {
  /** What its values mean; default as files usually have them. */
  readonly reading?: PixelReading;
  /** Default `stretch`. */
  readonly fit?: Fit;
}

/** Where an image lies in the input of a network. */
export interface Place extends Size {
  readonly top: number;
  readonly left: number;
}

/** What the border is filled with: the middle of 0..255. */
export const BORDER = 127;

/**
 * @param native the image's own size
 * @param size the network's
 * @throws UserError for a size without pixels, and for an unknown fit
 */
export function placeIn(native: Size, size: Size, fit: Fit): Place {
  for (const each of [native, size]) expectSize(each);
  if (!FITS.includes(fit))
    throw new UserError({ what: 'fit', got: String(fit), expected: `one of ${FITS.join(', ')}` });
  if (fit === 'stretch') return { ...size, top: 0, left: 0 };
  const scale = Math.min(size.height / native.height, size.width / native.width);
  const [height, width] = (['height', 'width'] as const).map((side) =>
    Math.min(size[side], Math.max(1, Math.round(native[side] * scale))),
  );
  return {
    ...{ height, width },
    top: Math.floor((size.height - height) / 2),
    left: Math.floor((size.width - width) / 2),
  };
}

const isWhole = ({ height, width }: Size, size: Size) => height === size.height && width === size.width;

/** An image of the size of its place, with a border around it. */
export function withBorder(image: Image, size: Size, place: Place): Image {
  if (isWhole(place, size)) return image;
  const { channels } = image;
  const data = new Uint8Array(size.height * size.width * channels).fill(BORDER);
  const length = place.width * channels;
  for (let y = 0; y < place.height; y++) {
    const row = image.data.subarray(y * length, (y + 1) * length);
    data.set(row, ((place.top + y) * size.width + place.left) * channels);
  }
  return { ...size, channels, data };
}

/** Planes [planes, height, width] of the size of their place, with a border of one value. */
export function planesWithBorder(planes: Uint8Array, size: Size, place: Place, value: number): Uint8Array {
  if (isWhole(place, size)) return planes;
  const count = planes.length / (place.height * place.width);
  const data = new Uint8Array(count * size.height * size.width).fill(value);
  for (let row = 0; row < count * place.height; row++) {
    const [plane, y] = [Math.floor(row / place.height), row % place.height];
    const to = (plane * size.height + place.top + y) * size.width + place.left;
    data.set(planes.subarray(row * place.width, (row + 1) * place.width), to);
  }
  return data;
}

/** Planes [planes, height, width] of a network's size without the border. */
export function withoutBorder(planes: Float32Array, size: Size, place: Place): Float32Array {
  if (isWhole(place, size)) return planes;
  const count = planes.length / (size.height * size.width);
  const inner = new Float32Array(count * place.height * place.width);
  for (let row = 0; row < count * place.height; row++) {
    const [plane, y] = [Math.floor(row / place.height), row % place.height];
    const from = (plane * size.height + place.top + y) * size.width + place.left;
    inner.set(planes.subarray(from, from + place.width), row * place.width);
  }
  return inner;
}
