import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import { writeWhole } from '../core/files.node.ts';
import { type PackedError, packError } from '../core/packed-error.ts';
import { drawSyntheticSample, type SampleOptions } from './sample.ts';

/** A picture to draw and to write as PNG, with or without its mask. */
export interface DrawTask extends SampleOptions {
  readonly image: string;
  readonly mask?: string;
}

export type DrawReply = { readonly done: true } | { readonly error: PackedError };

parentPort!.on('message', async (task: DrawTask | 'close') => {
  if (task === 'close') parentPort!.close();
  else parentPort!.postMessage(await draw(task).catch((error) => ({ error: packError(error) })));
});

async function draw(task: DrawTask): Promise<DrawReply> {
  const { image, mask } = drawSyntheticSample(task);
  await writeWhole(task.image, await png(image, 3, task));
  if (task.mask !== undefined) {
    const grey = mask.map((value) => value * 255);
    await writeWhole(task.mask, await png(grey, 1, task));
  }
  return { done: true };
}

function png(data: Uint8Array, channels: 1 | 3, { height, width }: SampleOptions): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}
