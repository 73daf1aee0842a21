import { dirname } from 'node:path';
import { UserError } from '../core/errors.ts';
import { type Listener, warn } from '../core/events.ts';
import { refuseExisting } from '../core/files.node.ts';
import { expectApart } from '../core/place.node.ts';
import { parseSize, type Size } from '../core/size.ts';
import { type FolderOptions, readDataFolder, type Sample } from '../data/folders/folder.node.ts';
import { readPlainImages } from '../data/folders/plain-images.node.ts';
import type { BatchRequest } from '../data/loading/batch.ts';
import { asksForNoise, weighsPixels } from '../data/pretexts/index.ts';
import { augmentationOf } from '../settings/augmentation.ts';
import { pretextOf } from '../settings/meaning.ts';
import { outputSchema } from '../settings/output.ts';
import { parseSettings } from '../settings/parse.ts';
import { readingOf } from '../settings/pixels.ts';
import { withReading } from '../settings/reading.node.ts';
import { resolvePreview } from '../settings/resolve.node.ts';
import { type PreviewOptions, previewSchema } from '../settings/training.ts';
import { expectUsable, Images, leftOut } from '../train/images.node.ts';
import { type Bitmap, bytesOfPlanes, writePng } from './pictures.node.ts';

export interface PreviewPlace extends Listener {
  /** The PNG file to write. */
  readonly out: string;
  /** Replace what is there. */
  readonly overwrite?: boolean;
}

export interface Preview {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  /** From the top. */
  readonly images: readonly string[];
  /** From the left; `weight` if pixels have different weights in the loss, white for the full weight. */
  readonly columns: readonly ('input' | 'target' | 'weight')[];
}

/** Between pictures, in pixels. */
const GAP = 4;

const placeSchema = outputSchema.pick({ out: true, overwrite: true });

/**
 * Draws inputs and targets of the first epoch of a pretraining, for the first images by name: a row for each
 * image, without any training. Noise as a target is shown so that three standard deviations span the range.
 *
 * @throws UserError for settings or images that cannot be used, a file in the way, a name without .png
 */
export async function makePreview(options: PreviewOptions, place: PreviewPlace): Promise<Preview> {
  const { onEvent, ...output } = place ?? ({} as PreviewPlace);
  const { out, overwrite } = parseSettings(placeSchema, output);
  expectPlace({ out, overwrite });
  const config = await withReading(previewSchema, resolvePreview(options), { onEvent });
  const pretext = pretextOf(config);
  const size = parseSize(config.size);
  const folder = config.plain ?? config.data!;
  const samples = (await samplesOf(config, size)).slice(0, config.count);
  expectApart(out, { apart: [], closed: samples.map(({ image }) => dirname(image)).slice(0, 1) });
  const images = await Images.open(samples, undefined, {
    size,
    reading: readingOf(config),
    workers: 1,
    memoryBytes: 0,
  });
  try {
    const source = images.part(samples);
    for (const problem of leftOut(images)) warn({ onEvent }, problem);
    expectUsable(folder, 'shown', samples, source);
    const stems = source.samples.map(({ stem }) => stem);
    const request: BatchRequest = {
      indices: [...stems.keys()],
      ...{ seed: config.seed, epoch: 1, augmentation: augmentationOf(config), pretext },
    };
    const { input, target, weight } = await source.batch(request);
    const columns = weighsPixels(pretext)
      ? (['input', 'target', 'weight'] as const)
      : (['input', 'target'] as const);
    if (asksForNoise(pretext)) for (let i = 0; i < target!.length; i++) target![i] /= 3;
    const pictured = { input, target: target!, weight: weight ? greyOf(weight, size) : undefined };
    const sheet = sheetOf(
      columns.map((column) => pictured[column]!),
      size,
      stems.length,
    );
    await writePng(out, sheet);
    return { file: out, width: sheet.width, height: sheet.height, images: stems, columns };
  } finally {
    await images.close();
  }
}

function expectPlace({ out, overwrite }: PreviewPlace): void {
  if (!out.endsWith('.png')) {
    throw new UserError({ what: '--out', got: out, expected: 'a file name that ends in .png' });
  }
  if (!overwrite) refuseExisting(out);
}

async function samplesOf(
  { data, plain, ...reading }: FolderOptions & Pick<PreviewOptions, 'data' | 'plain'>,
  size: Size,
): Promise<Sample[]> {
  const samples = plain
    ? await readPlainImages(plain, { ...size, pages: reading.pages })
    : (await readDataFolder(data!, reading)).samples;
  return [...samples].sort((a, b) => (a.stem < b.stem ? -1 : 1));
}

/** Weights [n, 1, H, W] in [0, 1] as images [n, 3, H, W] in [-1, 1]. */
function greyOf(weights: Float32Array, { height, width }: Size): Float32Array {
  const area = height * width;
  const images = new Float32Array(3 * weights.length);
  for (let i = 0; i < images.length; i++)
    images[i] = 2 * weights[Math.floor(i / (3 * area)) * area + (i % area)] - 1;
  return images;
}

/** Columns of pictures [rows, 3, H, W] in [-1, 1] on white. */
function sheetOf(columns: readonly Float32Array[], { height, width }: Size, rows: number): Bitmap {
  const across = columns.length * (width + GAP) - GAP;
  const down = rows * (height + GAP) - GAP;
  const data = new Uint8Array(3 * across * down).fill(255);
  const each = 3 * height * width;
  for (const [column, pictures] of columns.entries()) {
    for (let row = 0; row < rows; row++) {
      const picture = bytesOfPlanes(pictures.subarray(row * each, (row + 1) * each), 3);
      for (let y = 0; y < height; y++) {
        const start = (row * (height + GAP) + y) * across + column * (width + GAP);
        data.set(picture.subarray(3 * y * width, 3 * (y + 1) * width), 3 * start);
      }
    }
  }
  return { width: across, height: down, channels: 3, data };
}
