import { type Listener, progressOf } from '../core/events.ts';
import { writeWhole } from '../core/files.node.ts';
import { partOf } from '../core/parts.ts';
import { sizeOf } from '../core/shape.ts';
import { parseSize, type Size } from '../core/size.ts';
import type { Tensor } from '../core/tensor.ts';
import type { PixelReading } from '../data/decode/reading.ts';
import { toPlanes } from '../data/loading/pixels.ts';
import { readEncoder } from '../encoders/read.node.ts';
import { loadEncoder } from '../encoders/session.ts';
import { encodeNpy } from '../eval/npy.ts';
import type { RunContext } from '../events/run-event.ts';
import { checkSize } from '../nn/model.ts';
import { Engine } from '../runtime/engine.node.ts';
import { encoderOptionsOf } from '../settings/architecture.node.ts';
import { type FeaturesOptions, featuresOutputSchema, featuresSchema } from '../settings/features.ts';
import { parseSettings } from '../settings/parse.ts';
import { isReadingSettled, type PixelSettings, readingOf } from '../settings/pixels.ts';
import { settledIntensity } from '../settings/reading.node.ts';
import { threadsOf } from '../settings/resolve.node.ts';
import { type GivenImage, givenImages } from './given-images.node.ts';
import { imagesByPage } from './given-pages.node.ts';
import { outputFiles } from './output-files.node.ts';

/** Where features go. Without `out` nothing is written: they are returned. */
export interface FeaturesPlace extends RunContext {
  /** Folder for `<stem>.<tap>.npy`. */
  readonly out?: string;
  /** Replace files that exist. */
  readonly overwrite?: boolean;
}

/** An encoder's outputs for one image, by the names of its taps. */
export interface ImageFeatures {
  /** The image's path, or `image 0`, .. of those in memory. */
  readonly image: string;
  /** Where they were written to. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where nothing was written: [C, H, W]. */
  readonly taps?: Readonly<Record<string, Tensor>>;
}

export interface Features {
  /** The family, as `resnet18`, and the SHA-256 of its file. */
  readonly encoder: { readonly name: string; readonly sha256: string };
  readonly images: readonly ImageFeatures[];
}

/**
 * The taps of an encoder for images, files or in memory, which are resized as in training. With `out` they are written, a
 * file for each image and tap; otherwise they are returned. `signal` ends it after the batch under way.
 *
 * @throws UserError before anything is written: an encoder or a size that cannot be used, no images, files in the way; later
 * for an image that cannot be read
 */
export async function features(
  options: FeaturesOptions,
  { signal, onEvent, ...output }: FeaturesPlace = {},
): Promise<Features> {
  const settings = parseSettings(featuresSchema, options);
  const place = parseSettings(featuresOutputSchema, output);
  const size = parseSize(settings.size);
  const given = await givenImages(settings.images);
  // Where the reading is found in the images, it is told of their pages, too.
  const images = await imagesByPage(given, settings.pages, { onEvent });
  const reading = await readingFor(images, settings, { onEvent });
  const { encoder, weights, sha256 } = await readEncoder(
    settings.encoder,
    { onEvent },
    encoderOptionsOf(settings),
  );
  checkSize(size, encoder);
  const names = encoder.taps.map(({ name }) => name);
  const filesOf = outputFiles(
    images,
    names.map((name) => (stem) => `${stem}.${name}.npy`),
    place,
  );
  const batch = Math.min(settings.batch, images.length);
  const engine = new Engine({ threads: threadsOf(settings.threads) });
  const results: ImageFeatures[] = [];
  const told = progressOf({ onEvent }, 'predicting');
  try {
    const session = await loadEncoder(engine, encoder, weights, { ...size, batch });
    for (let first = 0; first < images.length && !signal?.aborted; first += batch) {
      const group = images.slice(first, first + batch);
      const taps = await session.run({ image: await readImages(group, { size, reading, batch }) });
      for (const [i, image] of group.entries()) {
        const files = filesOf.get(image);
        results.push({ image: image.name, ...(await keep(names, (name) => imageOf(taps[name], i), files)) });
        told(results.length, images.length);
      }
    }
  } finally {
    await engine.close();
  }
  return { encoder: { name: encoder.name, sha256 }, images: results };
}

/** How these images are read; where it has to be found, in those that are files. */
async function readingFor(
  images: readonly GivenImage[],
  settings: PixelSettings,
  listener: Listener,
): Promise<PixelReading> {
  if (isReadingSettled(settings)) return readingOf(settings);
  const paths = images.flatMap(({ path }) => path ?? []);
  const intensity = await settledIntensity({ name: 'images', paths }, settings, listener);
  return readingOf({ ...settings, intensity });
}

/** Writes an image's taps to files, in the order of the names, or returns them. */
async function keep(
  names: readonly string[],
  tapOf: (name: string) => Tensor,
  files: readonly string[] | undefined,
): Promise<Pick<ImageFeatures, 'files' | 'taps'>> {
  if (!files) return { taps: Object.fromEntries(names.map((name) => [name, tapOf(name)])) };
  for (const [t, name] of names.entries()) await writeWhole(files[t], encodeNpy(tapOf(name)));
  return { files: Object.fromEntries(names.map((name, t) => [name, files[t]])) };
}

/** Images as the input [batch, 3, H, W] of a graph; zeros where there are fewer. */
async function readImages(
  group: readonly GivenImage[],
  { size, reading, batch }: { readonly size: Size; readonly reading: PixelReading; readonly batch: number },
): Promise<Tensor> {
  const shape = [batch, 3, size.height, size.width];
  const data = new Float32Array(sizeOf(shape));
  for (const [i, given] of group.entries()) {
    const { image } = await given.read(size, { reading });
    data.set(toPlanes(image.data), (i * data.length) / batch);
  }
  return { shape, data };
}

/** Image i of [N, C, H, W]. */
function imageOf({ shape: [images, ...shape], data }: Tensor, i: number): Tensor {
  return { shape, data: partOf(data, i, images).slice() };
}
