import type * as z from 'zod';
import { isToolFormat } from '../annotations/format.ts';
import { UserError } from '../core/errors.ts';
import { progressOf } from '../core/events.ts';
import type { Size } from '../core/size.ts';
import type { ResizedImage } from '../data/decode/decode.node.ts';
import type { Place, ReadAs } from '../data/decode/fit.ts';
import type { RowSource } from '../data/decode/region.node.ts';
import type { Unusable } from '../data/folders/unusable.ts';
import { type ImageLook, LookOfParts, lookOf } from '../data/loading/look.ts';
import { toPlanes } from '../data/loading/pixels.ts';
import type { Ensemble } from '../eval/ensemble.node.ts';
import { type Tiles, tileNetwork } from '../eval/tile-network.node.ts';
import type { RunContext } from '../events/run-event.ts';
import { readingOf } from '../settings/pixels.ts';
import type { Expecter } from './expecter.node.ts';
import type { GivenImage } from './given-images.node.ts';
import { keepPrediction, writtenTo } from './keep-prediction.node.ts';
import type { OpenedRun } from './open-run.node.ts';
import type { outputFiles } from './output-files.node.ts';
import { heldOutput, writeTiled } from './predict-tiled.node.ts';
import type { PredictedAnnotations } from './predicted-annotations.node.ts';
import type { PredictFormat, Prediction } from './prediction.ts';
import type { predictSchema } from './settings.ts';
import type { SeenImage } from './unlike.ts';

/** What predictions are made by, and where they go. */
export interface PredictWork extends RunContext {
  readonly run: OpenedRun;
  readonly ensemble: Ensemble;
  readonly settings: z.output<typeof predictSchema>;
  readonly filesOf: ReturnType<typeof outputFiles>;
  /** Takes in what images are like. */
  readonly seen: SeenImage[];
  readonly format: PredictFormat;
  /** Where predictions are kept as annotations for a tool. */
  readonly annotations?: PredictedAnnotations;
  /** Where it is asked what to expect of masks. */
  readonly expecter?: Expecter;
}

/** Of images resized to the networks' size. */
export async function* groupByGroup(
  images: readonly GivenImage[],
  { run, ensemble, settings, filesOf, annotations, expecter, seen, signal, format }: PredictWork,
): AsyncGenerator<Prediction | Unusable> {
  const { batch } = ensemble;
  for (let at = 0; at < images.length && !signal?.aborted; at += batch) {
    const { config, network } = run;
    const { fit } = config;
    const group = await readGroup(images.slice(at, at + batch), ensemble.sizes, {
      ...{ strict: settings.strict, fit, reading: readingOf(config) },
    });
    yield* group.unusable;
    seen.push(...group.read.map(({ image: { name }, look }) => ({ name, look })));
    const watch = expecter?.watch();
    const outputs =
      group.read.length > 0
        ? await ensemble.run(group.inputs, {
            places: group.places,
            watch: watch && {
              output: (i, view) => watch.view(i, view, group.read[i].place),
              features: (i, values) => watch.features(i, values),
            },
          })
        : [];
    for (const [i, read] of group.read.entries()) {
      const files = filesOf.get(read.image);
      const output = outputs[i];
      const inner = { ...run, network: { ...network, size: read.place } };
      watch?.mean(i, output, read.place);
      const expected = watch && expecter?.of(watch.of(i));
      const place = { ...read, files, format, annotations, objects: settings.objects };
      const kept = await keepPrediction(inner, output, place).catch((error: unknown) => {
        if (!(error instanceof UserError) || settings.strict) throw error;
        return unusableImage(read.image, error);
      });
      yield 'problems' in kept ? kept : { ...kept, ...(expected && { expected }) };
    }
  }
}

/** Of images cut into tiles at their own scale. Only what needs a mask as a whole holds one. */
export async function* tileByTile(
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
  }: PredictWork & { readonly tiles: Tiles },
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
      const files = filesOf.get(image);
      const whole = [
        ...(files === undefined ? ['no file to write'] : []),
        ...(objects ? ['--objects'] : []),
        ...(isToolFormat(format) ? [`--format ${format}`] : []),
        ...(format === 'png' && fillHoles > 0 ? ['--fill-holes'] : []),
        ...(format === 'png' && minArea > 0 ? ['--min-area'] : []),
      ];
      if (files && whole.length === 0 && !isToolFormat(format)) {
        const { output } = objective;
        const { measures, pictures } = await writeTiled({
          ...{ source, tiles, network: tiled, output, files, format },
        });
        seen.push({ name: image.name, look: look() });
        yield { image: image.name, ...measures, ...writtenTo(files, pictures) };
        continue;
      }
      const held = await heldOutput(source, tiles, tiled, { name: image.name, why: whole.join(', ') });
      seen.push({ name: image.name, look: look() });
      const atScale = { ...run, network: { ...network, size: held.size } };
      yield await keepPrediction(atScale, held.output, {
        ...{ image, native: source.size, files, format, objects, annotations },
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
  /** Where it lies in the first of the networks' inputs. */
  readonly place: Place;
  readonly look: ImageLook;
}

/** Images that are computed together: those that can be used, at each size [n, 3, H, W] with their places in it, and what is wrong with the others. */
async function readGroup(
  group: readonly GivenImage[],
  sizes: readonly Size[],
  { strict, ...as }: ReadAs & { readonly strict: boolean },
) {
  const lengths = sizes.map(({ height, width }) => 3 * height * width);
  const inputs = lengths.map((length) => new Float32Array(group.length * length));
  const places = sizes.map((): Place[] => []);
  const read: ReadImage[] = [];
  const unusable: Unusable[] = [];
  for (const image of group) {
    try {
      const pictures: ResizedImage[] = [];
      for (const size of sizes) pictures.push(await image.read(size, as));
      for (const [s, picture] of pictures.entries()) {
        inputs[s].set(toPlanes(picture.image.data), read.length * lengths[s]);
        places[s].push(picture.place);
      }
      const [{ image: fed, native, place }] = pictures;
      read.push({ image, native, place, look: lookOf(fed, native, place) });
    } catch (error) {
      if (!(error instanceof UserError) || strict) throw error;
      unusable.push(unusableImage(image, error));
    }
  }
  const filled = inputs.map((input, s) => input.subarray(0, read.length * lengths[s]));
  return { inputs: filled, places, read, unusable };
}
