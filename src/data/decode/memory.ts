import { UserError } from '../../core/errors.ts';
import { PixelsRefused } from './numbers.ts';
import { imageOfValues, type PixelReading, USUAL, type Values } from './reading.ts';
import type { Image } from './resize.ts';

/** An image in memory: rows from the top, channels innermost. */
export interface ImageInMemory {
  /** Bytes, or what a `PixelReading` makes bytes of. */
  readonly data: Values['data'];
  readonly width: number;
  readonly height: number;
  /** Grey, grey and alpha, RGB, RGBA: alpha is dropped. More where it is said which of them are taken. */
  readonly channels: number;
}

/**
 * An image in memory as 8-bit RGB.
 *
 * @param name of it, for messages
 * @param reading by default as files usually are read: 8 bits as they are, of 16 the upper 8, floats in 0..1 or 0..255
 * @throws UserError if sizes or channels do not fit its data, or values do not go with the reading
 */
export function rgbOf(image: ImageInMemory, name: string, reading: PixelReading = USUAL): Image {
  expectValues(image, name, reading);
  try {
    return imageOfValues(image, reading);
  } catch (error) {
    if (error instanceof PixelsRefused) throw new UserError({ what: name, ...error.facts });
    throw error;
  }
}

/** @throws UserError if sizes or channels do not fit its data, or it is no image at all */
function expectValues(image: ImageInMemory, name: string, reading: PixelReading): void {
  const { data, width, height, channels }: Partial<ImageInMemory> = image ?? {};
  const sound = [width, height, channels].every((size) => Number.isInteger(size) && size! > 0);
  const known = reading.channels !== undefined || channels! <= 4;
  if (sound && known && data?.length === width! * height! * channels!) return;
  throw new UserError({
    what: name,
    got: `${data?.length ?? 'no'} values for width ${width}, height ${height}, channels ${channels}`,
    expected: 'width x height x channels values, with 1 to 4 channels',
    fix: 'give rows from the top, channels innermost, values 0 to 255',
  });
}
