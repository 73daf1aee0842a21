import type { Size } from '../core/size.ts';

/** How an image is cut into tiles that overlap. */
export interface Tiling {
  /** Of the image. */
  readonly size: Size;
  /** Of each tile. */
  readonly tile: Size;
  readonly rows: TiledAxis;
  readonly columns: TiledAxis;
}

/** Where tiles lie along one side of an image, and how much each counts there. */
export interface TiledAxis {
  /** The first pixel of each tile. The last tile may end beyond the image, which is reflected there. */
  readonly starts: readonly number[];
  /** Of each tile, how much each of its pixels counts: at each pixel of the image, weights of all tiles sum to 1. */
  readonly weights: readonly Float32Array[];
}

/** How much of a tile overlaps with the next one, at least. */
const OVERLAP = 1 / 4;

/**
 * Tiles of an image: each overlaps the next by a quarter, or a little more, so that tiles begin at multiples of the network's largest
 * stride. Then all of them see the image on the grid on which the network sees it as a whole. The last tile of a row or column is moved
 * inwards to the last such place that covers the image; fewer pixels than a stride lie beyond it, or more if the image is smaller than a
 * tile. A tile of less than two strides begins anywhere.
 *
 * @param size of the image
 * @param stride of the network's deepest features
 */
export function tilingOf(size: Size, tile: Size, stride: number): Tiling {
  return {
    ...{ size, tile },
    rows: axisOf(size.height, tile.height, stride),
    columns: axisOf(size.width, tile.width, stride),
  };
}

function axisOf(length: number, tile: number, stride: number): TiledAxis {
  const grid = tile >= 2 * stride ? stride : 1;
  const step = Math.max(1, Math.floor((tile * (1 - OVERLAP)) / grid) * grid);
  const last = Math.max(0, Math.ceil((length - tile) / grid) * grid);
  const starts = Array.from({ length: Math.ceil(last / step) + 1 }, (_, i) => Math.min(i * step, last));
  return { starts, weights: weightsOf(starts, tile, tile - step) };
}

/** Weights that rise and fall as a squared sine over the overlap, and are 1 in between; divided by their sum over the tiles. */
function weightsOf(starts: readonly number[], tile: number, overlap: number): Float32Array[] {
  const rise = (i: number) => (i < overlap ? Math.sin(((i + 0.5) / overlap) * (Math.PI / 2)) ** 2 : 1);
  const own = starts.map((_, t) =>
    Float64Array.from(
      { length: tile },
      (_, i) => (t > 0 ? rise(i) : 1) * (t < starts.length - 1 ? rise(tile - 1 - i) : 1),
    ),
  );
  const sums = new Float64Array(starts[starts.length - 1] + tile);
  for (const [t, start] of starts.entries()) for (let i = 0; i < tile; i++) sums[start + i] += own[t][i];
  return own.map((weights, t) => Float32Array.from(weights, (weight, i) => weight / sums[starts[t] + i]));
}

/** A place before the first or behind the last pixel, reflected without repeating the edge, as often as needed. */
export function reflected(place: number, length: number): number {
  if (length === 1) return 0;
  const within = Math.abs(place) % (2 * (length - 1));
  return within < length ? within : 2 * (length - 1) - within;
}
