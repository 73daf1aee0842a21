import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../core/errors.ts';
import { progressOf } from '../core/events.ts';
import { writeWhole } from '../core/files.node.ts';
import { sizeOf } from '../core/shape.ts';
import { parseSize, type Size } from '../core/size.ts';
import type { Tensor } from '../core/tensor.ts';
import { toPlanes } from '../data/loading/batch.ts';
import { readEncoder } from '../encoders/read.node.ts';
import { encodeNpy } from '../eval/npy.ts';
import type { RunContext } from '../events/run-event.ts';
import type { Encoder } from '../nn/encoder.ts';
import { encoderGraph } from '../nn/features.ts';
import { checkSize } from '../nn/model.ts';
import { Engine } from '../runtime/engine.node.ts';
import { type FeaturesOptions, featuresOutputSchema, featuresSchema } from '../settings/features.ts';
import { parseSettings } from '../settings/parse.ts';
import { threadsOf } from '../settings/resolve.node.ts';
import { type GivenImage, givenImages } from './given-images.node.ts';

/** Where features go. Without `out` nothing is written: they are returned. */
export interface FeaturesPlace extends RunContext {
  /** Folder for `<stem>.<tap>.npy`. */
  readonly out?: string;
  /** Replace files that exist. */
  readonly overwrite?: boolean;
}

/** What an encoder makes of one image, by the names of its taps. */
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
 * file an image and tap; otherwise they are returned. `signal` ends it after the batch under way.
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
  const images = await givenImages(settings.images);
  const { encoder, weights, sha256 } = await readEncoder(settings.encoder, { onEvent });
  checkSize(size, encoder);
  const filesOf = outputFiles(images, encoder, place);
  const batch = Math.min(settings.batch, images.length);
  const engine = new Engine({ threads: threadsOf(settings.threads) });
  const results: ImageFeatures[] = [];
  const told = progressOf({ onEvent }, 'predicting');
  try {
    const session = await engine.load(encoderGraph(encoder, weights, { ...size, batch }));
    for (let first = 0; first < images.length && !signal?.aborted; first += batch) {
      const group = images.slice(first, first + batch);
      const taps = await session.run({ image: await readImages(group, size, batch) });
      for (const [i, image] of group.entries()) {
        const own = Object.entries(taps).map(([name, tap]) => [name, imageOf(tap, i)] as const);
        const files = filesOf.get(image);
        if (files) for (const [name, tap] of own) await writeWhole(files[name], encodeNpy(tap));
        results.push({ image: image.name, ...(files ? { files } : { taps: Object.fromEntries(own) }) });
        told(results.length, images.length);
      }
    }
  } finally {
    await engine.close();
  }
  return { encoder: { name: encoder.name, sha256 }, images: results };
}

/** Images as the input [batch, 3, H, W] of a graph; zeros where there are fewer. */
async function readImages(group: readonly GivenImage[], size: Size, batch: number): Promise<Tensor> {
  const shape = [batch, 3, size.height, size.width];
  const data = new Float32Array(sizeOf(shape));
  for (const [i, given] of group.entries()) {
    const { image } = await given.read(size);
    data.set(toPlanes(image.data), (i * data.length) / batch);
  }
  return { shape, data };
}

/** Image i of [N, C, H, W]. */
function imageOf({ shape: [, ...shape], data }: Tensor, i: number): Tensor {
  const each = sizeOf(shape);
  return { shape, data: data.slice(i * each, (i + 1) * each) };
}

/** The files of each image, by tap; none without a folder. */
function outputFiles(
  images: readonly GivenImage[],
  { taps }: Encoder,
  { out, overwrite }: { readonly out?: string; readonly overwrite: boolean },
): ReadonlyMap<GivenImage, Readonly<Record<string, string>>> {
  if (out === undefined) return new Map();
  const imageOf = new Map<string, GivenImage>();
  return new Map(
    images.map((image) => {
      const other = imageOf.get(image.stem);
      if (other) {
        throw new UserError({
          what: join(out, `${image.stem}.*.npy`),
          got: `two images for it, ${other.name} and ${image.name}`,
          expected: 'one',
          fix: 'rename one of them, or write them to two folders',
        });
      }
      imageOf.set(image.stem, image);
      const files = taps.map(({ name }) => [name, join(out, `${image.stem}.${name}.npy`)]);
      const inTheWay = overwrite ? undefined : files.find(([, file]) => existsSync(file));
      if (inTheWay) {
        throw new UserError({
          what: inTheWay[1],
          got: 'a file in the way',
          expected: 'none',
          fix: 'choose another --out, or pass --overwrite',
        });
      }
      return [image, Object.fromEntries(files)];
    }),
  );
}
