import { UserError } from '../../core/errors.ts';
import type { Image } from './resize.ts';

/** An image in memory: rows from the top, channels innermost, 0..255. */
export interface ImageInMemory {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** Grey, grey and alpha, RGB, RGBA. Alpha is dropped. */
  readonly channels: 1 | 2 | 3 | 4;
}

/**
 * An image in memory as RGB.
 *
 * @param name of it, for messages
 * @throws UserError if sizes or channels do not fit its data
 */
export function rgbOf({ data, width, height, channels }: ImageInMemory, name: string): Image {
  const area = width * height;
  const sound = [width, height].every((size) => Number.isInteger(size) && size > 0);
  if (!sound || ![1, 2, 3, 4].includes(channels) || data.length !== area * channels) {
    throw new UserError({
      what: name,
      got: `${data.length} values for width ${width}, height ${height}, channels ${channels}`,
      expected: 'width x height x channels values, with 1 to 4 channels',
      fix: 'give rows from the top, channels innermost, values 0 to 255',
    });
  }
  const colours = channels >= 3 ? [0, 1, 2] : [0, 0, 0];
  const rgb = new Uint8Array(area * 3);
  for (let i = 0, o = 0; o < rgb.length; i += channels) for (const c of colours) rgb[o++] = data[i + c];
  return { width, height, channels: 3, data: rgb };
}
