import { contentOf } from '../data/decode/content.node.ts';
import { opened } from '../data/decode/decode.node.ts';
import { orient, orientedSize } from '../data/decode/orient.ts';
import type { Depth } from '../data/decode/picture.node.ts';
import { coloursOf, type Intensity, type PixelReading, type Values } from '../data/decode/reading.ts';

/** The values of an image as they are stored, for whoever chooses what of them is black and white. */
export interface Samples extends Intensity {
  readonly width: number;
  readonly height: number;
  /** Grey, or red, green and blue. */
  readonly channels: 1 | 3;
  /** [height, width, channels], upright: 0 = `low`, the lowest value of the image, 65535 = `high`, the highest. */
  readonly data: Uint16Array;
  /** Which values are black and white by the folder's rule. */
  readonly black: number;
  readonly white: number;
}

/** The stored values of an image. @throws UserError for one that cannot be read */
export async function samplesOf(image: string, reading: PixelReading): Promise<Samples> {
  const { picture } = await opened(await contentOf(image), image, { ...reading, intensity: ANY });
  const { height, width } = orientedSize(picture.size, picture.orientation);
  const grey = reading.channels?.length === 1 || (!reading.channels && picture.channels < 3);
  const channels = grey ? 1 : 3;
  const values = new Float32Array(width * height * channels);
  let filled = 0;
  for await (const band of picture.bands()) {
    const taken = takenOf(band, reading, channels);
    values.set(taken, filled);
    filled += taken.length;
  }
  const { low, high } = rangeOf(values);
  const factor = 65535 / (high - low);
  const data = Uint16Array.from(values, (value) => Math.round((value - low) * factor));
  const upright = orient({ width, height, channels, data }, picture.orientation);
  const { low: black, high: white } = reading.intensity ?? usualRange(picture.depth, high);
  return { ...upright, channels, ...{ low, high, black, white } };
}

/** What files usually have, see `decodeImage`. */
function usualRange(depth: Depth, high: number): Intensity {
  if (depth === 'ushort') return { low: 0, high: 65535 };
  return { low: 0, high: depth !== 'uchar' && high <= 1 ? 1 : 255 };
}

/** Stored values are wanted, whatever they are. */
const ANY: Intensity = { low: 0, high: 1 };

function takenOf(band: Values, reading: PixelReading, channels: 1 | 3): Float32Array {
  const colours = coloursOf(band.channels, reading.channels).slice(0, channels);
  const taken = new Float32Array(band.width * band.height * channels);
  for (let i = 0, o = 0; o < taken.length; i += band.channels)
    for (const c of colours) taken[o++] = c === undefined ? 0 : band.data[i + c];
  return taken;
}

/** At least one apart; what is no number counts as the lowest. */
function rangeOf(values: Float32Array): Intensity {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!Number.isFinite(low)) return { low: 0, high: 1 };
  return high > low ? { low, high } : { low, high: low + 1 };
}
