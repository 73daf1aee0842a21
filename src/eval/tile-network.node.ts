import { UserError } from '../core/errors.ts';
import type { Size } from '../core/size.ts';
import type { RowSource } from '../data/decode/region.node.ts';
import { type Image, resizeBilinear } from '../data/decode/resize.ts';
import { resizedStripes } from '../data/decode/resize-rows.ts';
import { scaledSize } from '../data/loading/crop.ts';
import { toPlanes } from '../data/loading/pixels.ts';
import type { Ensemble } from './ensemble.node.ts';
import { blendedBands, inOneStripe, type OutputBand, type TileNetwork, wholeOutput } from './tiled.ts';
import { tilingOf } from './tiles.ts';

/** How images are cut into tiles. */
export interface Tiles {
  readonly tile: Size;
  /** The factor by which images are resized first. */
  readonly scale: number;
  /** Tiles begin at multiples of it. */
  readonly stride: number;
}

/** Networks that are applied to tiles, until they are told to end. */
export function tileNetwork(
  ensemble: Ensemble,
  { signal, onRow }: Pick<TileNetwork, 'onRow'> & { readonly signal?: AbortSignal } = {},
): TileNetwork {
  const inputOf = (tiles: readonly Image[], size: Size) => {
    const length = 3 * size.height * size.width;
    const input = new Float32Array(tiles.length * length);
    for (const [i, tile] of tiles.entries())
      toPlanes(resizeBilinear(tile, size).data, input.subarray(i * length, (i + 1) * length));
    return input;
  };
  return {
    ...{ channels: ensemble.channels, batch: ensemble.batch, onRow },
    run: (tiles) => {
      signal?.throwIfAborted();
      return ensemble.run(ensemble.sizes.map((size) => inputOf(tiles, size)));
    },
  };
}

/** What networks make of an image: rows from the top at the scale of the tiles. */
export function tiledOutput(
  { size: native, stripes }: RowSource,
  { tile, scale, stride }: Tiles,
  network: TileNetwork,
): { readonly size: Size; readonly bands: AsyncIterable<OutputBand> } {
  const size = scaledSize(native, scale);
  const scaled = resizedStripes(stripes(), native, size);
  return { size, bands: blendedBands(scaled, tilingOf(size, tile, stride), network) };
}

/** So many probabilities are held at once, at most. */
const MOST_HELD = 2 ** 27;

/**
 * All that networks make of an image in memory, at the scale that it has.
 *
 * @param name for messages
 * @returns [channels, height, width]
 * @throws UserError for an image that is too large for that
 */
export function outputOfWhole(
  image: Image,
  { tile, stride }: Omit<Tiles, 'scale'>,
  network: TileNetwork,
  name: string,
): Promise<Float32Array> {
  const problem = tooLargeToScore(image, network.channels, name);
  if (problem) throw problem;
  const bands = blendedBands(inOneStripe(image), tilingOf(image, tile, stride), network);
  return wholeOutput(bands, image, network.channels);
}

/**
 * @param of its name, and why the whole is needed
 * @throws UserError for an image that is too large for that
 */
export function expectHeld(
  size: Size,
  channels: number,
  of: { readonly name: string; readonly why: string },
): void {
  const fix =
    'resize it, or let predict write plain masks: --out DIR without --objects, --fill-holes and --min-area';
  const problem = tooLarge(size, channels, { ...of, fix });
  if (problem) throw problem;
}

/** What is wrong with an image that cannot be scored tile by tile; undefined of others. */
export function tooLargeToScore(size: Size, channels: number, name: string): UserError | undefined {
  const fix =
    'cut it into parts, let it be no test or validation image, or make all images smaller: --crop-scale of train, --scale of evaluate';
  return tooLarge(size, channels, { name, why: 'scores', fix });
}

function tooLarge(
  { height, width }: Size,
  channels: number,
  { name, why, fix }: { readonly name: string; readonly why: string; readonly fix: string },
): UserError | undefined {
  const most = Math.floor(MOST_HELD / channels);
  if (height * width <= most) return undefined;
  return new UserError({
    what: name,
    got: `${width}x${height} pixels with ${why}, for which all probabilities are needed at once`,
    expected: `at most ${most} pixels`,
    fix,
  });
}
