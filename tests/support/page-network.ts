import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream } from '../../src/core/random.ts';
import { resolvePretrain } from '../../src/settings/resolve.node.ts';
import type { TrainOptions } from '../../src/settings/training.ts';
import type { NetworkFiles, PageSample } from '../../src/web.ts';
import { resolveTrain } from './classic.ts';
import { writeEncoder } from './dataset.ts';
import { tinyNetwork } from './tiny.ts';

const [width, height] = [40, 36];

/** So many images of a bright square on noise, and where it is. */
export function squares(count: number): PageSample[] {
  return Array.from({ length: count }, (_, i) => {
    const stream = new RandomStream('page sample', i);
    const inside = (k: number) =>
      Math.abs((k % width) - 12 - i) < 8 && Math.abs(Math.floor(k / width) - 18) < 8;
    const area = width * height;
    const data = Uint8Array.from({ length: 3 * area }, (_, k) =>
      inside(Math.floor(k / 3)) ? 200 : stream.integer(100),
    );
    const labels = Uint8Array.from({ length: area }, (_, k) => Number(inside(k)));
    return {
      name: `image-${i}`,
      image: { width, height, channels: 3, data },
      mask: { width, height, planes: 1, data: labels },
    };
  });
}

/** A network with a real tiny decoder behind a real encoder of random weights, and nothing learned. */
export async function untrainedFiles(
  folder: string,
  options: Omit<TrainOptions, 'data' | 'encoder'>,
): Promise<NetworkFiles> {
  const encoder = await writeEncoder(join(folder, 'encoder.safetensors'));
  const settings = resolveTrain({ data: folder, encoder, batch: 2, ...tinyNetwork, ...options }, 1);
  return { encoder: await readFile(encoder), settings: { kind: 'train', ...settings } };
}

/** The same for an autoencoder. */
export async function untrainedAutoencoder(folder: string): Promise<NetworkFiles> {
  const encoder = await writeEncoder(join(folder, 'encoder.safetensors'));
  const settings = resolvePretrain({ data: folder, encoder, ...tinyNetwork }, 1);
  return { encoder: await readFile(encoder), settings: { kind: 'pretrain', ...settings } };
}
