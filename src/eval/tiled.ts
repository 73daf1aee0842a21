import type { Size } from '../core/size.ts';
import type { Image } from '../data/decode/resize.ts';
import { reflected, type Tiling } from './tiles.ts';

/** Rows of outputs from the top, [height, channels, width]. */
export interface OutputBand {
  readonly height: number;
  readonly data: Float32Array;
}

/** So many rows are given at once, at most. */
const BAND = 32;

/** A network as it is applied to tiles. */
export interface TileNetwork {
  /** Of its outputs. */
  readonly channels: number;
  /** Channels of the image; default 3. */
  readonly inputs?: number;
  /** How many tiles are computed together, at most. */
  readonly batch: number;
  /** @param tiles with the channels of the image, all of the tiles' size; @returns their outputs [channels, height, width] */
  run(tiles: readonly Image[]): Promise<Float32Array[]>;
  /** Is told how many rows of tiles are done. */
  readonly onRow?: (done: number, total: number) => void;
}

/**
 * What a network makes of an image, tile by tile, from the top: outputs are blended where tiles overlap. It holds the rows of one row
 * of tiles, of the image and of outputs, never the whole.
 *
 * @param stripes the image in stripes from the top: RGB, unless the network takes something else
 */
export async function* blendedBands(
  stripes: AsyncIterable<Image>,
  tiling: Tiling,
  network: TileNetwork,
): AsyncGenerator<OutputBand> {
  const { size, tile, rows, columns } = tiling;
  const { channels, batch } = network;
  const rowLength = channels * size.width;
  const source = new RowWindow(stripes, { ...size, channels: network.inputs ?? 3 }, tile.height);
  const sums = new Float32Array(tile.height * rowLength);
  for (const [r, top] of rows.starts.entries()) {
    await source.moveTo(top);
    for (let first = 0; first < columns.starts.length; first += batch) {
      const lefts = columns.starts.slice(first, first + batch);
      const outputs = await network.run(lefts.map((left) => source.tile(left, tile)));
      for (const [i, output] of outputs.entries()) addTile(sums, output, tiling, { r, c: first + i });
    }
    const next = rows.starts[r + 1] ?? size.height;
    const done = Math.min(next, size.height) - top;
    for (let y = 0; y < done; y += BAND) {
      const height = Math.min(BAND, done - y);
      yield { height, data: sums.slice(y * rowLength, (y + height) * rowLength) };
    }
    sums.copyWithin(0, done * rowLength);
    sums.fill(0, sums.length - done * rowLength);
    network.onRow?.(r + 1, rows.starts.length);
  }
}

/** Adds a tile's outputs, weighted, to the rows of its row of tiles. */
function addTile(
  sums: Float32Array,
  output: Float32Array,
  { size, tile, rows, columns }: Tiling,
  { r, c }: { readonly r: number; readonly c: number },
): void {
  const area = tile.height * tile.width;
  const channels = output.length / area;
  const [left, across] = [columns.starts[c], columns.weights[c]];
  const [height, width] = [
    Math.min(tile.height, size.height - rows.starts[r]),
    Math.min(tile.width, size.width - left),
  ];
  for (let y = 0; y < height; y++) {
    const down = rows.weights[r][y];
    for (let k = 0; k < channels; k++) {
      const from = k * area + y * tile.width;
      const to = (y * channels + k) * size.width + left;
      for (let x = 0; x < width; x++) sums[to + x] += down * across[x] * output[from + x];
    }
  }
}

/** The rows of an image that a row of tiles needs, of an image that comes in stripes. */
class RowWindow {
  readonly #stripes: AsyncIterator<Image>;
  readonly #size: Size & { readonly channels: number };
  readonly #rows: Uint8Array;
  readonly #height: number;
  #top = 0;
  /** Rows of the image that have been taken. */
  #taken = 0;
  #stripe: { readonly image: Image; readonly used: number } | undefined;

  constructor(stripes: AsyncIterable<Image>, size: Size & { readonly channels: number }, height: number) {
    this.#stripes = stripes[Symbol.asyncIterator]();
    this.#size = size;
    this.#height = height;
    this.#rows = new Uint8Array(height * size.width * size.channels);
  }

  /** @param top not above the last one */
  async moveTo(top: number): Promise<void> {
    const length = this.#size.width * this.#size.channels;
    this.#rows.copyWithin(0, (top - this.#top) * length);
    this.#top = top;
    const bottom = Math.min(top + this.#height, this.#size.height);
    while (this.#taken < bottom) await this.#take(bottom);
    for (let y = bottom; y < top + this.#height; y++) {
      const from = (reflected(y, this.#size.height) - top) * length;
      this.#rows.copyWithin((y - top) * length, from, from + length);
    }
  }

  /** Takes rows of the stripe at hand. */
  async #take(bottom: number): Promise<void> {
    const length = this.#size.width * this.#size.channels;
    if (!this.#stripe) {
      const { value, done } = await this.#stripes.next();
      if (done) throw new RangeError(`${this.#taken} rows of ${this.#size.height}`);
      this.#stripe = { image: value, used: 0 };
    }
    const { image, used } = this.#stripe;
    const rows = Math.min(bottom - this.#taken, image.height - used);
    const part = image.data.subarray(used * length, (used + rows) * length);
    this.#rows.set(part, (this.#taken - this.#top) * length);
    this.#taken += rows;
    this.#stripe = used + rows < image.height ? { image, used: used + rows } : undefined;
  }

  tile(left: number, { height, width }: Size): Image {
    const { width: own, channels } = this.#size;
    const data = new Uint8Array(height * width * channels);
    const inside = Math.min(width, own - left);
    for (let y = 0; y < height; y++) {
      const row = this.#rows.subarray(y * own * channels, (y + 1) * own * channels);
      data.set(row.subarray(left * channels, (left + inside) * channels), y * width * channels);
      for (let x = inside; x < width; x++) {
        const from = reflected(left + x, own) * channels;
        data.set(row.subarray(from, from + channels), (y * width + x) * channels);
      }
    }
    return { height, width, channels, data };
  }
}

/** All rows together, as outputs lie: [channels, height, width]. */
export async function wholeOutput(
  bands: AsyncIterable<OutputBand>,
  { height, width }: Size,
  channels: number,
): Promise<Float32Array> {
  const whole = new Float32Array(channels * height * width);
  let top = 0;
  for await (const band of bands) {
    for (let y = 0; y < band.height; y++)
      for (let k = 0; k < channels; k++) {
        const from = (y * channels + k) * width;
        whole.set(band.data.subarray(from, from + width), (k * height + top + y) * width);
      }
    top += band.height;
  }
  return whole;
}

/** One stripe of all rows. */
export async function* inOneStripe(image: Image): AsyncGenerator<Image> {
  yield image;
}
