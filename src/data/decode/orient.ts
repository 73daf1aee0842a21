import type { Size } from '../../core/size.ts';

/** Whether an EXIF orientation (1..8) exchanges width and height. */
function exchangesSides(orientation: number): boolean {
  return orientation >= 5;
}

/** The size of a stored image of this size, upright; and the other way round. */
export function orientedSize({ height, width }: Size, orientation: number): Size {
  return exchangesSides(orientation) ? { height: width, width: height } : { height, width };
}

/** Turns a stored image upright. Orientations as in EXIF 2.32, tag 274: where row 0 and column 0 lie. */
export function orient<Data extends Uint8Array | Uint16Array | Uint32Array>(
  image: Size & { readonly channels: number; readonly data: Data },
  orientation: number,
): Size & { readonly channels: number; readonly data: Data } {
  if (orientation === 1) return image;
  const { channels, data } = image;
  const { height, width } = orientedSize(image, orientation);
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const column = fromRight ? -channels : channels;
  const row = (fromBottom ? -image.width : image.width) * channels;
  const corner = (fromRight ? image.width - 1 : 0) + (fromBottom ? (image.height - 1) * image.width : 0);
  const [down, right] = exchangesSides(orientation) ? [column, row] : [row, column];
  const Type = [Uint32Array, Uint16Array].find((type) => data instanceof type) ?? Uint8Array;
  const result = new Type(data.length) as Data;
  for (let y = 0, o = 0; y < height; y++) {
    let start = corner * channels + y * down;
    for (let x = 0; x < width; x++, start += right) {
      for (let c = 0; c < channels; c++) result[o++] = data[start + c];
    }
  }
  return { width, height, channels, data: result };
}
