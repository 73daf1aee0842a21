import { PixelsRefused } from './numbers.ts';
import type { TiffHeader } from './tiff-header.ts';

/** Kinds of pixels by their numbers in a TIFF file. */
const [WHITE_TO_BLACK, GREY, RGB, CMYK, YCBCR] = [0, 1, 2, 5, 6];
const LAB: readonly number[] = [8, 9, 10];
const [FLOATS, COMPLEX] = [3, [5, 6]];
const JPEG: readonly number[] = [6, 7];
const BITS: readonly number[] = [1, 2, 4, 8, 16, 32];

/**
 * What libvips reads otherwise than it is meant, or says to be damaged.
 *
 * @throws PixelsRefused
 */
export function expectKnownPixels(header: TiffHeader): void {
  const { bits, format, photometric, channels, compression } = header;
  const refuse = (got: string, expected: string) => {
    throw new PixelsRefused({ got, expected, fix: 'convert the file' });
  };
  if (format === FLOATS && bits !== 32)
    refuse(`floats of ${bits} bits`, 'floats of 32 bits, or whole numbers');
  if (COMPLEX.includes(format)) refuse('complex numbers', 'floats of 32 bits, or whole numbers');
  if (!BITS.includes(bits)) refuse(`values of ${bits} bits`, 'values of 8, 16 or 32 bits');
  if (LAB.includes(photometric)) refuse('colours as CIE Lab', 'grey or RGB');
  if (photometric === YCBCR && !JPEG.includes(compression))
    refuse('colours as YCbCr without JPEG', 'grey or RGB');
  if (photometric === WHITE_TO_BLACK && (channels > 1 || bits > 16)) {
    const kind = channels > 1 ? `of ${channels} channels` : `of ${bits} bits`;
    refuse(`values ${kind} from white to black (MinIsWhite)`, 'values from black to white (MinIsBlack)');
  }
  const known = header.photometricAt && bits >= 8 && [GREY, RGB, CMYK].includes(photometric);
  if (areApart(header) && !known)
    refuse('channels in planes of their own (PlanarConfiguration 2)', 'channels pixel by pixel');
}

/** Whether channels lie apart. */
const areApart = ({ planes, channels }: TiffHeader) => planes && channels > 1;

/** Whether libvips mixes up the channels: it takes rows of all of them for rows of one, unless it only copies them. */
export const areMixedUp = (header: TiffHeader) => areApart(header) && header.photometric === GREY;

/** A mask of what is seen, of which libvips knows nothing, so that it copies values. */
const UNKNOWN = 4;

/** The file as one whose channels mean nothing, which libvips reads as they are. */
export function ofUnknownChannels(bytes: Uint8Array, { photometricAt }: TiffHeader): Buffer {
  const copy = Buffer.from(bytes);
  const view = new DataView(copy.buffer, copy.byteOffset);
  if (photometricAt) view.setUint16(photometricAt.at, UNKNOWN, photometricAt.little);
  return copy;
}
