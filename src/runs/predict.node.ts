import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import sharp from 'sharp';
import { UserError } from '../core/errors.ts';
import { writeWhole } from '../core/files.node.ts';
import type { Size } from '../core/size.ts';
import { decodeImageTo } from '../data/decode/decode.node.ts';
import { imageNames } from '../data/folders/folder.node.ts';
import { summariseUnusable, type Unusable } from '../data/folders/unusable.ts';
import { toPlanes } from '../data/loading/batch.ts';
import { encodeNpy } from '../eval/npy.ts';
import { Predictor } from '../eval/predictor.node.ts';
import type { OutputPicture } from '../objectives/objective.ts';
import { parseSettings } from '../settings/parse.ts';
import { threadsOf } from '../settings/resolve.node.ts';
import type { ApplyHooks } from './evaluate.node.ts';
import { expectNoNoise, openRun } from './open-run.node.ts';
import { type PredictOptions, predictSchema } from './settings.ts';

export interface Prediction {
  readonly image: string;
  readonly file: string;
  /** Share of the pixels at network size that are predicted as lesion; absent for an autoencoder. */
  readonly area?: number;
}

/** What came of a set of images. */
export interface Predictions {
  readonly weights: 'best' | 'last';
  readonly predictions: readonly Prediction[];
  /** Images that could not be used, and why. */
  readonly unusable: readonly { readonly image: string; readonly problem: string }[];
}

/**
 * Applies a run's network to images and writes one file for each that can be used; of the others `onWarning` is told at
 * the end.
 *
 * @throws UserError before anything is written: unreadable run, no images, two images with one stem, files in the way;
 * later if none of the images can be used, and with `strict` at the first that cannot
 */
export async function predictImages(options: PredictOptions, hooks: ApplyHooks = {}): Promise<Predictions> {
  const settings = parseSettings(predictSchema, options);
  const { format, out, weights, encoder } = settings;
  const targets = outputFiles(await expand(settings.images), out, format, settings.overwrite);
  const run = await openRun(settings.run, { ...hooks, weights, encoderPath: encoder });
  expectNoNoise(run);
  const { objective } = run;
  const { size, architecture } = run.network;
  const batch = Math.min(settings.batch, targets.length);
  const predictor = await Predictor.open(run.network, { batch, threads: threadsOf(settings.threads) });
  const predictions: Prediction[] = [];
  const unusable: Unusable[] = [];
  try {
    for (let first = 0; first < targets.length; first += batch) {
      const group = targets.slice(first, first + batch);
      const input = new Float32Array(group.length * 3 * size.height * size.width);
      const read: { image: string; file: string; native: Size }[] = [];
      for (const { image: path, file } of group) {
        try {
          const { image, native } = await decodeImageTo(path, size);
          input.set(toPlanes(image.data), read.length * 3 * size.height * size.width);
          read.push({ image: path, file, native });
        } catch (error) {
          if (!(error instanceof UserError) || settings.strict) throw error;
          unusable.push({ sample: { stem: basename(path, extname(path)), image: path }, problems: [error] });
        }
      }
      if (read.length === 0) continue;
      const outputs = await predictor.run(input.subarray(0, read.length * 3 * size.height * size.width));
      for (const [i, { image, file, native }] of read.entries()) {
        const output = outputs[i];
        const content =
          format === 'npy'
            ? encodeNpy({ shape: [architecture.head.channels, size.height, size.width], data: output })
            : await encodePng(objective.output.picture(output, size, native), native);
        await writeWhole(file, content);
        predictions.push({ image, file, ...objective.output.measures(output) });
        hooks.onImage?.(predictions.length + unusable.length, targets.length);
      }
    }
  } finally {
    await predictor.close();
  }
  if (predictions.length === 0) throw unusable[0].problems[0];
  if (unusable.length > 0) hooks.onWarning?.(summariseUnusable(unusable));
  return {
    weights: run.weights,
    predictions,
    unusable: unusable.map(({ sample, problems }) => ({ image: sample.image, problem: problems[0].message })),
  };
}

/** A picture as a PNG. */
function encodePng({ data, channels }: OutputPicture, { width, height }: Size): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}

/** Folders replaced by the images in them. */
async function expand(paths: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(
    paths.map(async (path) => {
      const found = await stat(path).catch(() => undefined);
      if (!found) throw new UserError({ what: path, got: 'no such file or folder', expected: 'an image' });
      if (!found.isDirectory()) return [path];
      return (await imageNames(path)).map((name) => join(path, name));
    }),
  );
  const files = lists.flat();
  if (files.length === 0)
    throw new UserError({ what: 'images', got: 'none', expected: 'image files, or folders of them' });
  return files;
}

function outputFiles(images: readonly string[], out: string, format: string, overwrite: boolean) {
  const imageOf = new Map<string, string>();
  for (const image of images) {
    const file = join(out, `${basename(image, extname(image))}.${format}`);
    const other = imageOf.get(file);
    if (other) {
      throw new UserError({
        what: file,
        got: `two images for it, ${other} and ${image}`,
        expected: 'one',
        fix: 'rename one of them, or write them to two folders',
      });
    }
    if (resolve(file) === resolve(image)) {
      throw new UserError({
        what: file,
        got: 'the image itself as the place of its prediction',
        expected: 'another file',
        fix: 'choose another --out',
      });
    }
    if (!overwrite && existsSync(file)) {
      throw new UserError({
        what: file,
        got: 'a file in the way',
        expected: 'none',
        fix: 'choose another --out, or pass --overwrite',
      });
    }
    imageOf.set(file, image);
  }
  return [...imageOf].map(([file, image]) => ({ file, image }));
}
