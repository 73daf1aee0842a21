import { basename, dirname, join } from 'node:path';
import type * as z from 'zod';
import { isToolFormat, type ToolFormat } from '../annotations/format.ts';
import { csvOf } from '../core/csv.ts';
import { UserError } from '../core/errors.ts';
import { progressOf, warn } from '../core/events.ts';
import { refuseExisting, writeWhole } from '../core/files.node.ts';
import type { Size } from '../core/size.ts';
import type { Tensor } from '../core/tensor.ts';
import type { ResizedImage } from '../data/decode/decode.node.ts';
import { type Place, type ReadAs, withoutBorder } from '../data/decode/fit.ts';
import type { ImageInMemory } from '../data/decode/memory.ts';
import type { RowSource } from '../data/decode/region.node.ts';
import { summariseUnusable, type Unusable } from '../data/folders/unusable.ts';
import { type ImageLook, LookOfParts, lookOf } from '../data/loading/look.ts';
import { toPlanes } from '../data/loading/pixels.ts';
import { Ensemble } from '../eval/ensemble.node.ts';
import { encodeNpy } from '../eval/npy.ts';
import { type MaskObject, OBJECT_COLUMNS } from '../eval/objects.ts';
import { type Tiles, tileNetwork } from '../eval/tile-network.node.ts';
import type { RunContext } from '../events/run-event.ts';
import type { OutputPicture } from '../objectives/objective.ts';
import { labellingOf } from '../settings/masks.ts';
import { parseSettings } from '../settings/parse.ts';
import { readingOf } from '../settings/pixels.ts';
import { threadsOf } from '../settings/resolve.node.ts';
import { encodePng } from './encode-png.node.ts';
import { type GivenImage, givenImages } from './given-images.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import { type Applied, openRuns } from './open-runs.node.ts';
import { outputFiles } from './output-files.node.ts';
import { heldOutput, writeTiled } from './predict-tiled.node.ts';
import { PredictedAnnotations, paintsImages } from './predicted-annotations.node.ts';
import { type PredictOptions, predictOutputSchema, predictSchema } from './settings.ts';
import { warnOfUnlike } from './unlike.node.ts';
import type { SeenImage } from './unlike.ts';

/** Where predictions go. Without `out` nothing is written: they are returned. */
export interface PredictPlace extends RunContext {
  /** Folder for `<stem>.png` or `<stem>.npy`. */
  readonly out?: string;
  readonly format?: PredictFormat;
  /** Replace files that exist. */
  readonly overwrite?: boolean;
}

/** What predictions are written as. */
export type PredictFormat = 'png' | 'npy' | ToolFormat;

/** A network's prediction for one image. */
export interface Prediction {
  /** The image's path, or `image 0`, .. of those in memory. */
  readonly image: string;
  /** Where it was written to. */
  readonly file?: string;
  /**
   * Where nothing was written: a mask of 0 and 255, of several classes of their numbers with a palette (an autoencoder: RGB), at the
   * image's own size.
   */
  readonly mask?: OutputPicture & Size;
  /** Of classes that overlap a mask each, in place of one. */
  readonly masks?: readonly (OutputPicture & Size)[];
  /** Where nothing was written: [C, H, W] at the network's size, 0..1 (an autoencoder: an image in [-1, 1]). */
  readonly probabilities?: Tensor;
  /** Share of the pixels at network size that are predicted as the object; absent for an autoencoder. */
  readonly area?: number;
  /** Where they were asked for: the connected parts of the mask at the image's own size. */
  readonly objects?: readonly MaskObject[];
}

/** The predictions for a set of images. */
export interface Predictions {
  readonly weights: 'best' | 'last';
  /** How the networks were applied and masks made. */
  readonly applied: Applied;
  /** The table of all objects, where they were asked for and written. */
  readonly objects?: string;
  readonly predictions: readonly Prediction[];
  /** Images that could not be used, and why. */
  readonly unusable: readonly { readonly image: string; readonly problem: string }[];
}

/**
 * Applies a run's network, or several runs' whose outputs are averaged, to images, files or in memory. With `out` it writes one file for each that can be used. The
 * others are named at the end; annotations for tools are written together, after the last image. `signal` ends it after the batch under way.
 *
 * @throws UserError before anything is written: unreadable run, no images, two images with one stem, files in the way;
 * later if none of the images can be used, and with `strict` at the first that cannot
 */
export async function predict(
  options: PredictOptions & { readonly images: readonly (string | ImageInMemory)[] },
  { signal, onEvent, ...output }: PredictPlace = {},
): Promise<Predictions> {
  const settings = parseSettings(predictSchema, options);
  const place = parseSettings(predictOutputSchema, output);
  const images = await givenImages(options.images);
  const tool = isToolFormat(place.format) ? place.format : undefined;
  const filesOf = outputFiles(images, tool ? ['.json'] : [`.${place.format}`], {
    ...place,
    overwrite: place.overwrite || tool !== undefined,
  });
  const table = settings.objects && place.out !== undefined ? join(place.out, OBJECTS_FILE) : undefined;
  if (table && !place.overwrite) refuseExisting(table);
  const { first: run, networks, application, applied, tiles } = await openRuns(settings, { onEvent });
  const annotations =
    place.out !== undefined && tool
      ? annotationsOf(run, tool, images, { ...place, out: place.out })
      : undefined;
  const batch = tiles ? settings.batch : Math.min(settings.batch, images.length);
  const ensemble = await Ensemble.open(networks, {
    ...{ ...application, batch, threads: threadsOf(settings.threads) },
  });
  const predictions: Prediction[] = [];
  const unusable: Unusable[] = [];
  const seen: SeenImage[] = [];
  const told = progressOf({ onEvent }, 'predicting');
  const work = { run, ensemble, settings, filesOf, annotations, seen, signal, onEvent, ...place };
  try {
    const made = tiles ? tileByTile(images, { ...work, tiles }) : groupByGroup(images, work);
    for await (const result of made) {
      if ('problems' in result) unusable.push(result);
      else predictions.push(result);
      told(predictions.length + unusable.length, images.length);
    }
  } finally {
    await ensemble.close();
  }
  if (predictions.length === 0 && unusable.length > 0) throw unusable[0].problems[0];
  if (unusable.length > 0) warn({ onEvent }, summariseUnusable(unusable));
  await warnOfUnlike(run, seen, { size: tiles ? undefined : run.network.size, onEvent });
  if (predictions.length > 0) await annotations?.write();
  if (table) await writeWhole(table, objectTable(predictions));
  return {
    weights: run.weights,
    applied,
    ...(table && { objects: table }),
    predictions,
    unusable: unusable.map(({ sample, problems }) => ({ image: sample.image, problem: problems[0].message })),
  };
}

/** In the folder of the predictions. */
const OBJECTS_FILE = 'objects.csv';

/** A row for each object, numbers to six digits. */
function objectTable(predictions: readonly Prediction[]): string {
  const rows = predictions.flatMap(({ image, objects = [] }) =>
    objects.map((object) => {
      const short = OBJECT_COLUMNS.map((column) => {
        const value = object[column];
        return [column, typeof value === 'number' ? Number(value.toPrecision(6)) : value];
      });
      return { image, ...Object.fromEntries(short) };
    }),
  );
  return csvOf(rows, ['image', ...OBJECT_COLUMNS]);
}

/** What predictions are made by, and where they go. */
interface Work extends Pick<PredictPlace, 'signal' | 'onEvent'> {
  readonly run: OpenedRun;
  readonly ensemble: Ensemble;
  readonly settings: z.output<typeof predictSchema>;
  readonly filesOf: ReturnType<typeof outputFiles>;
  /** Takes in what images are like. */
  readonly seen: SeenImage[];
  readonly format: PredictFormat;
  /** Where predictions are kept as annotations for a tool. */
  readonly annotations?: PredictedAnnotations;
}

/** Of images resized to the networks' size. */
async function* groupByGroup(
  images: readonly GivenImage[],
  { run, ensemble, settings, filesOf, annotations, seen, signal, format }: Work,
): AsyncGenerator<Prediction | Unusable> {
  const { batch } = ensemble;
  for (let at = 0; at < images.length && !signal?.aborted; at += batch) {
    const { config, network } = run;
    const fit = config.kind === 'train' ? config.fit : undefined;
    const group = await readGroup(images.slice(at, at + batch), ensemble.sizes, {
      ...{ strict: settings.strict, fit, reading: readingOf(config) },
    });
    yield* group.unusable;
    seen.push(...group.read.map(({ image: { name }, look }) => ({ name, look })));
    const outputs = group.read.length > 0 ? await ensemble.run(group.inputs) : [];
    for (const [i, read] of group.read.entries()) {
      const [file] = filesOf.get(read.image) ?? [];
      const output = withoutBorder(outputs[i], network.size, read.place);
      const inner = { ...run, network: { ...network, size: read.place } };
      yield keep(inner, output, { ...read, file, format, annotations, objects: settings.objects });
    }
  }
}

/** Of images cut into tiles at their own scale. Only what needs a mask as a whole holds one. */
async function* tileByTile(
  images: readonly GivenImage[],
  {
    run,
    ensemble,
    settings,
    filesOf,
    signal,
    onEvent,
    format,
    annotations,
    seen,
    tiles,
  }: Work & { readonly tiles: Tiles },
): AsyncGenerator<Prediction | Unusable> {
  const { objective, network, config } = run;
  const { objects, fillHoles, minArea } = settings;
  const tiled = tileNetwork(ensemble, {
    signal,
    onRow: progressOf({ onEvent }, 'predicting tiles'),
  });
  for (const image of images) {
    if (signal?.aborted) return;
    try {
      const { source, look } = watched(await image.rows(readingOf(config)));
      const [file] = filesOf.get(image) ?? [];
      const whole = [
        ...(file === undefined ? ['no file to write'] : []),
        ...(objects ? ['--objects'] : []),
        ...(isToolFormat(format) ? [`--format ${format}`] : []),
        ...(format === 'png' && fillHoles > 0 ? ['--fill-holes'] : []),
        ...(format === 'png' && minArea > 0 ? ['--min-area'] : []),
      ];
      if (file !== undefined && whole.length === 0 && !isToolFormat(format)) {
        const { output } = objective;
        const measures = await writeTiled({ source, tiles, network: tiled, output, file, format, fileOf });
        seen.push({ name: image.name, look: look() });
        yield { image: image.name, ...measures, file };
        continue;
      }
      const held = await heldOutput(source, tiles, tiled, { name: image.name, why: whole.join(', ') });
      seen.push({ name: image.name, look: look() });
      const atScale = { ...run, network: { ...network, size: held.size } };
      yield await keep(atScale, held.output, {
        ...{ image, native: source.size, file, format, objects, annotations },
      });
    } catch (error) {
      if (signal?.aborted) return;
      if (!(error instanceof UserError) || settings.strict) throw error;
      yield unusableImage(image, error);
    }
  }
}

/** An image, and what it was like once it has been read. */
function watched({ size, stripes }: RowSource): { readonly source: RowSource; look(): ImageLook } {
  const parts = new LookOfParts();
  async function* counted() {
    for await (const stripe of stripes()) {
      parts.add(stripe);
      yield stripe;
    }
  }
  return { source: { size, stripes: counted }, look: () => parts.look(size) };
}

const unusableImage = ({ stem, name }: GivenImage, error: UserError): Unusable => ({
  sample: { stem, image: name },
  problems: [error],
});

interface ReadImage {
  readonly image: GivenImage;
  readonly native: Size;
  /** Where it lies in the networks' input. */
  readonly place: Place;
  readonly look: ImageLook;
}

/** Images that are computed together: those that can be used, at each size [n, 3, H, W], and what is wrong with the others. */
async function readGroup(
  group: readonly GivenImage[],
  sizes: readonly Size[],
  { strict, ...as }: ReadAs & { readonly strict: boolean },
) {
  const lengths = sizes.map(({ height, width }) => 3 * height * width);
  const inputs = lengths.map((length) => new Float32Array(group.length * length));
  const read: ReadImage[] = [];
  const unusable: Unusable[] = [];
  for (const image of group) {
    try {
      const pictures: ResizedImage[] = [];
      for (const size of sizes) pictures.push(await image.read(size, as));
      for (const [s, picture] of pictures.entries())
        inputs[s].set(toPlanes(picture.image.data), read.length * lengths[s]);
      const [{ image: fed, native, place }] = pictures;
      read.push({ image, native, place, look: lookOf(fed, native, place) });
    } catch (error) {
      if (!(error instanceof UserError) || strict) throw error;
      unusable.push(unusableImage(image, error));
    }
  }
  const filled = inputs.map((input, s) => input.subarray(0, read.length * lengths[s]));
  return { inputs: filled, read, unusable };
}

/** @throws UserError for a network that marks nothing, and for files in the way */
function annotationsOf(
  { objective, config, path }: OpenedRun,
  format: ToolFormat,
  images: readonly GivenImage[],
  place: { readonly out: string; readonly overwrite: boolean },
): PredictedAnnotations {
  if (!objective.output.masks || config.kind !== 'train') throw paintsImages(path, format);
  return new PredictedAnnotations(format, labellingOf(config), images, place);
}

interface KeepOptions extends Pick<ReadImage, 'image' | 'native'>, Pick<Work, 'format' | 'annotations'> {
  readonly file?: string;
  readonly objects: boolean;
}

/** Writes a prediction to its file, or returns it. */
async function keep(
  { objective, network }: OpenedRun,
  output: Float32Array,
  { image, native, file, format, objects, annotations }: KeepOptions,
): Promise<Prediction> {
  const { size, architecture } = network;
  const found = objects ? objective.output.objects?.(output, size, native) : undefined;
  const told = { image: image.name, ...objective.output.measures(output, size) };
  const also = found && { objects: found };
  if (annotations) {
    const masks = objective.output.masks!(output, size, native);
    return { ...told, ...also, file: annotations.add(image, masks, size, native) };
  }
  const shape = [architecture.head.channels, size.height, size.width];
  const pictures = () => objective.output.pictures(output, size, native);
  if (file === undefined) {
    const { width, height } = native;
    const masks = pictures().map((picture) => ({ ...picture, width, height }));
    const [first] = masks;
    const marked = first.name === undefined ? { mask: first } : { masks };
    return { ...told, ...marked, probabilities: { shape, data: output }, ...also };
  }
  if (format === 'npy') await writeWhole(file, encodeNpy({ shape, data: output }));
  else
    for (const picture of pictures())
      await writeWhole(fileOf(file, picture), await encodePng(picture, native));
  return { ...told, file, ...also };
}

/** Of classes that overlap each has a folder of its own, as masks of such classes lie. */
function fileOf(file: string, { name }: OutputPicture): string {
  return name === undefined ? file : join(dirname(file), name, basename(file));
}
