import { GrowingFile } from '../core/growing-file.node.ts';
import type { Size } from '../core/size.ts';
import type { RowSource } from '../data/decode/region.node.ts';
import { resizedBands } from '../data/decode/resize-rows.ts';
import { npyHeader } from '../eval/npy.ts';
import { expectHeld, type Tiles, tiledOutput } from '../eval/tile-network.node.ts';
import { type OutputBand, type TileNetwork, wholeOutput } from '../eval/tiled.ts';
import type { Objective, OutputPicture } from '../objectives/objective.ts';
import { PngStream } from './png-stream.node.ts';

type Output = Objective['output'];

/**
 * All that networks make of an image, at the scale of the tiles.
 *
 * @param of its name, and what needs the whole, for messages
 * @throws UserError for an image that is too large for that
 */
export async function heldOutput(
  source: RowSource,
  tiles: Tiles,
  network: TileNetwork,
  of: { readonly name: string; readonly why: string },
): Promise<{ readonly size: Size; readonly output: Float32Array }> {
  const { size, bands } = tiledOutput(source, tiles, network);
  for (const each of [size, source.size]) expectHeld(each, network.channels, of);
  return { size, output: await wholeOutput(bands, size, network.channels) };
}

/** A prediction that is written while it is made, so that nothing as large as the image is held. */
export interface WrittenWhile {
  readonly source: RowSource;
  readonly tiles: Tiles;
  readonly network: TileNetwork;
  readonly output: Output;
  /** One, or of several pictures one each. */
  readonly files: readonly string[];
  readonly format: 'png' | 'npy';
}

/** Writes it: a mask at the image's own size, or probabilities at the scale of the tiles. @returns what is told of it, and the pictures' names */
export async function writeTiled(options: WrittenWhile): Promise<{
  readonly measures: Readonly<Record<string, number>>;
  readonly pictures: readonly Pick<OutputPicture, 'name'>[];
}> {
  const { source, tiles, network, output, format } = options;
  const { size, bands } = tiledOutput(source, tiles, network);
  const measures = new Map<string, number>();
  const { channels } = network;
  async function* measured() {
    for await (const band of bands) {
      const own = output.measures(planar(band, size.width, channels), { ...band, width: size.width });
      for (const [name, value] of Object.entries(own))
        measures.set(name, (measures.get(name) ?? 0) + (value * band.height) / size.height);
      yield band;
    }
  }
  const told = () => Object.fromEntries(measures);
  if (format === 'npy') {
    await writeNpy(options, size, measured());
    return { measures: told(), pictures: [{}] };
  }
  const native = { from: size, to: source.size, channels };
  const pictures = await writePictures(options, resizedBands(measured(), native));
  return { measures: told(), pictures };
}

async function writeNpy(
  { network: { channels }, files: [file] }: WrittenWhile,
  { height, width }: Size,
  bands: AsyncIterable<OutputBand>,
): Promise<void> {
  const header = npyHeader([channels, height, width]);
  const target = await GrowingFile.open(file);
  try {
    await target.append(header);
    let top = 0;
    for await (const band of bands) {
      const values = planar(band, width, channels);
      const rows = band.height * width;
      for (let c = 0; c < channels; c++) {
        const plane = values.subarray(c * rows, (c + 1) * rows);
        const bytes = new Uint8Array(plane.buffer, plane.byteOffset, plane.byteLength);
        await target.writeAt(header.length + 4 * (c * height + top) * width, bytes);
      }
      top += band.height;
    }
    await target.finish();
  } catch (error) {
    await target.discard();
    throw error;
  }
}

async function writePictures(
  { network: { channels }, output, source, files: places }: WrittenWhile,
  bands: AsyncIterable<OutputBand>,
): Promise<Pick<OutputPicture, 'name'>[]> {
  const { width } = source.size;
  const files: GrowingFile[] = [];
  const pngs: PngStream[] = [];
  const names: Pick<OutputPicture, 'name'>[] = [];
  try {
    for await (const band of bands) {
      const rows = { height: band.height, width };
      for (const [i, picture] of output.pictures(planar(band, width, channels), rows, rows).entries()) {
        files[i] ??= await GrowingFile.open(places[i]);
        names[i] ??= picture.name === undefined ? {} : { name: picture.name };
        pngs[i] ??= new PngStream(files[i], source.size);
        await pngs[i].write(picture);
      }
    }
    for (const png of pngs) await png.end();
    for (const target of files) await target.finish();
    return names;
  } catch (error) {
    for (const target of files) await target.discard();
    throw error;
  }
}

/** Rows [height, channels, width] as [channels, height, width]. */
function planar({ height, data }: OutputBand, width: number, channels: number): Float32Array {
  if (data.length === height * width) return data;
  const planes = new Float32Array(data.length);
  for (let y = 0; y < height; y++)
    for (let c = 0; c < channels; c++) {
      const from = (y * channels + c) * width;
      planes.set(data.subarray(from, from + width), (c * height + y) * width);
    }
  return planes;
}
