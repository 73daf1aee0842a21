import { join } from 'node:path';
import { writeDataset, writeEncoder } from './dataset.ts';

/** The smallest network at the smallest size. */
export const tinyNetwork = { size: 32, decoderChannels: [8, 8, 8, 8, 8] };

/** A data folder and an encoder in a folder, and the settings of a run on them that takes seconds. */
export async function tinySettings(folder: string, count = 10) {
  const data = join(folder, 'data');
  const stems = await writeDataset(data, { count });
  const encoder = await writeEncoder(join(folder, 'encoder.safetensors'));
  return { stems, settings: { data, encoder, batch: 2, epochs: 1, threads: 1, ...tinyNetwork } };
}
