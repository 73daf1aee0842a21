import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { RandomStream } from '../../src/core/random.ts';
import { encodeSafetensors } from '../../src/onnx/safetensors.ts';
import { randomEncoder } from './random-encoder.ts';

/** A made-up data folder: bright ellipses on a dark texture. */
export interface DatasetOptions {
  readonly count: number;
  readonly seed?: number;
  /** Width and height of the images, in turn. */
  readonly sizes?: readonly (readonly [number, number])[];
  /** How many of them have masks, the first; default all. */
  readonly masks?: number;
  /** The images' names start so; default `image`. */
  readonly prefix?: string;
}

const MIXED_SIZES = [
  [48, 48],
  [64, 40],
  [36, 52],
] as const;

/**
 * Writes `images/` and `masks/`, PNG files that depend on the options alone.
 *
 * @returns the stems in order
 */
export async function writeDataset(folder: string, options: DatasetOptions): Promise<string[]> {
  const { count, seed = 0, sizes = MIXED_SIZES, masks = count, prefix = 'image' } = options;
  await mkdir(join(folder, 'images'), { recursive: true });
  if (masks > 0) await mkdir(join(folder, 'masks'), { recursive: true });
  const stems = Array.from({ length: count }, (_, i) => `${prefix}-${String(i).padStart(2, '0')}`);
  for (const [i, stem] of stems.entries()) {
    const [width, height] = sizes[i % sizes.length];
    const { image, mask } = ellipse(width, height, new RandomStream('dataset', seed, stem));
    await writePicture(join(folder, 'images', `${stem}.png`), width, height, image);
    if (i < masks) await writePicture(join(folder, 'masks', `${stem}.png`), width, height, mask);
  }
  return stems;
}

/** Writes a list of stems, such as `train.txt`. */
export function writeList(folder: string, name: string, stems: readonly string[]): Promise<void> {
  return writeFile(join(folder, name), `${stems.join('\n')}\n`);
}

/** Writes encoder weights out of nothing; the network is real, what it sees is not. */
export async function writeEncoder(path: string, seed?: number): Promise<string> {
  await writeFile(path, encodeSafetensors({ tensors: randomEncoder(seed), metadata: {} }));
  return path;
}

/** Writes grey values or RGB as a PNG. */
export async function writePicture(path: string, width: number, height: number, data: Uint8Array) {
  const channels = data.length === width * height ? 1 : 3;
  await sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toFile(path);
}

function ellipse(width: number, height: number, random: RandomStream) {
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const [x0, y0] = [width * between(0.35, 0.65), height * between(0.35, 0.65)];
  const [rx, ry] = [width * between(0.15, 0.3), height * between(0.15, 0.3)];
  const image = new Uint8Array(width * height * 3);
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < mask.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const inside = ((x - x0) / rx) ** 2 + ((y - y0) / ry) ** 2 < 1;
    mask[i] = inside ? 255 : 0;
    const [red, green, blue] = inside ? [210, 150, 120] : [110, 50 + (30 * x) / width, 60];
    for (const [c, value] of [red, green, blue].entries()) image[3 * i + c] = value + between(-25, 25);
  }
  return { image, mask };
}

/** A data folder of twenty images, fourteen of them with masks, the first three in test.txt. */
export async function writePartlyMasked(data: string): Promise<{ data: string; stems: string[] }> {
  const stems = await writeDataset(data, { count: 20, masks: 14 });
  await writeList(data, 'test.txt', stems.slice(0, 3));
  return { data, stems };
}
